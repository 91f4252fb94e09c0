/*-------------------------------------------------------------------------
 *
 * folders.c
 *	  The folders that objects lie in as files, and what goes from them.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/file_utils.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#define FOLDER		"pgstd_objects"

/* How many files a session looks at when it removes what others have left. */
#define SWEEP			1000

/* A transaction that has written a file may take its time to commit the row. */
#define ORPHAN_SECONDS	3600

/* That of this database. */
char *
plgo_folder(void)
{
	return psprintf(FOLDER "/%u", MyDatabaseId);
}

/* Makes a folder.  Returns whether it was not there before. */
bool
plgo_make_folder(const char *path)
{
	if (MakePGDirectory(path) == 0)
		return true;
	if (errno != EEXIST)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not create directory \"%s\": %m", path)));
	return false;
}

/*
 * Removes the folders of databases that have been dropped: nothing tells us when that
 * happens.  Nobody can be connected to one that is not in pg_database, so nobody is
 * about to write there.
 */
static void
sweep_folders(void)
{
	DIR		   *dir = AllocateDir(FOLDER);
	struct dirent *entry;

	while ((entry = ReadDirExtended(dir, FOLDER, LOG)) != NULL)
	{
		char	   *end;
		unsigned long oid = strtoul(entry->d_name, &end, 10);

		if (*end == '\0' && end != entry->d_name && oid != MyDatabaseId &&
			!SearchSysCacheExists1(DATABASEOID, ObjectIdGetDatum((Oid) oid)))
			rmtree(psprintf("%s/%s", FOLDER, entry->d_name), true);
	}
	FreeDir(dir);
}

/*
 * Whether a file is one that is being written, as NAME.PID.tmp, by a process that is no
 * more.
 */
static bool
is_abandoned(const char *name)
{
	const char *end = name + strlen(name) - strlen(".tmp");
	const char *digits = end;
	long		pid;

	if (end <= name || strcmp(end, ".tmp") != 0)
		return false;
	while (digits > name && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	pid = strtol(digits, NULL, 10);
	return pid > 0 && kill((pid_t) pid, 0) != 0 && errno == ESRCH;
}

/* Whether something has lain there for a while. */
static bool
is_old(const char *path)
{
	struct stat info;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return stat(path, &info) == 0 && info.st_mtime <= now.tv_sec - ORPHAN_SECONDS;
}

static size_t
digits(const char *name)
{
	return strspn(name, "0123456789abcdef");
}

/* Whether a file is one of an object that no row has, and has been so for a while. */
static bool
is_orphan(const char *path, const char *name)
{
	PlgoDigest	digest;

	if (digits(name) != 2 * PLGO_DIGEST_SIZE || name[2 * PLGO_DIGEST_SIZE] != '.' || !is_old(path))
		return false;
	hex_decode(name, 2 * PLGO_DIGEST_SIZE, (char *) digest.bytes);
	return !plgo_store_has(&digest);
}

/* Whether it is the folder of a text for a debugger, and nobody has loaded that for a while. */
static bool
is_text(const char *path, const char *name)
{
	return digits(name) == 2 * PLGO_DIGEST_SIZE && name[2 * PLGO_DIGEST_SIZE] == '\0' && is_old(path);
}

/*
 * Removes what others have left: processes that were killed while they wrote, and
 * transactions that did not commit.  Once in a session, and not too much of it.
 */
static void
sweep_files(void)
{
	static bool done = false;
	int			looked = 0;
	DIR		   *dir;
	struct dirent *entry;

	if (done)
		return;
	done = true;
	dir = AllocateDir(plgo_folder());
	while (looked < SWEEP && (entry = ReadDirExtended(dir, plgo_folder(), LOG)) != NULL)
	{
		char	   *path = psprintf("%s/%s", plgo_folder(), entry->d_name);

		looked++;
		if (is_abandoned(entry->d_name) || is_orphan(path, entry->d_name))
			unlink(path);
		else if (is_text(path, entry->d_name))
			rmtree(path, true);
		pfree(path);
	}
	FreeDir(dir);
}

void
plgo_make_folders(void)
{
	plgo_make_folder(FOLDER);
	if (plgo_make_folder(plgo_folder()))
		sweep_folders();
	sweep_files();
}
