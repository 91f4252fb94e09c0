/*-------------------------------------------------------------------------
 *
 * files.c
 *	  Objects as files, so that all backends share their pages.
 *
 * They lie in the data directory, in a folder for each database, under the digest
 * of their content.  Only the server can write there, no user has a say in any
 * name, and the table of objects can always make them again: they may go at any
 * time, and do not have to be backed up.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "../host/postgres/signature.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#if PG_VERSION_NUM >= 140000
#include "common/cryptohash.h"
#endif
#include "common/file_utils.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#define FOLDER		"pgstd_objects"

void
plgo_digest(const void *data, size_t size, PlgoDigest *digest)
{
#if PG_VERSION_NUM >= 140000
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (ctx == NULL || pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, data, size) < 0 ||
		pg_cryptohash_final(ctx, digest->bytes, sizeof(digest->bytes)) < 0)
		elog(ERROR, "could not compute a SHA-256 digest");
	pg_cryptohash_free(ctx);
#else
	pg_sha256_ctx ctx;

	pg_sha256_init(&ctx);
	pg_sha256_update(&ctx, data, size);
	pg_sha256_final(&ctx, digest->bytes);
#endif
}

static char *
hex_of(const PlgoDigest *digest)
{
	char	   *hex = palloc(2 * PLGO_DIGEST_SIZE + 1);

	hex_encode((const char *) digest->bytes, PLGO_DIGEST_SIZE, hex);
	hex[2 * PLGO_DIGEST_SIZE] = '\0';
	return hex;
}

static char *
folder(void)
{
	return psprintf(FOLDER "/%u", MyDatabaseId);
}

static char *
file_of(const PlgoDigest *digest)
{
	return psprintf("%s/%s.so", folder(), hex_of(digest));
}

/* Whether what a file holds is what its name says. */
static bool
is_intact(int fd, const PlgoDigest *digest)
{
	struct stat info;
	PlgoDigest	found;
	void	   *data;

	if (fstat(fd, &info) != 0 || info.st_size == 0)
		return false;
	data = mmap(NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return false;
	plgo_digest(data, (size_t) info.st_size, &found);
	munmap(data, (size_t) info.st_size);
	return memcmp(&found, digest, sizeof(found)) == 0;
}

/*
 * How the signed comment of a function's object ends (internal/compileapi): it is
 * that of no other function, whatever row it stands in.
 */
static const char *
signed_for(const PlgoDigest *key)
{
	return psprintf(" for %s", hex_of(key));
}

/*
 * Maps the object of a digest.  Returns false if there is no such file, or not an
 * intact one, which then is removed.
 */
bool
plgo_files_map(const PlgoDigest *digest, const PlgoDigest *key, PgstdImage *image)
{
	const char *path = file_of(digest);
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	const char *problem;

	if (fd < 0)
	{
		if (errno == ENOENT)
			return false;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path)));
	}
	if (plgo_verify && !is_intact(fd, digest))
	{
		CloseTransientFile(fd);
		ereport(LOG,
				(errmsg("file \"%s\" is damaged; it is written again", path)));
		unlink(path);
		return false;
	}
	if (pgstd_signature_wanted())
	{
		const char *about = signed_for(key);

		if (!pgstd_signature_says(path, about))
		{
			/* Perhaps the table has one. */
			CloseTransientFile(fd);
			unlink(path);
			return false;
		}
		pgstd_signature_require_open(path, fd, about);
	}
	problem = pgstd_image_open(fd, image);
	CloseTransientFile(fd);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("could not load file \"%s\": %s", path, problem)));
	return true;
}

/* Returns whether it was not there before. */
static bool
make_folder(const char *path)
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

static void
write_whole(const char *path, const char *data, size_t size)
{
	int			fd = OpenTransientFile(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY);
	bool		failed = fd < 0;
	int			saved;

	errno = 0;
	for (size_t done = 0; !failed && done < size;)
	{
		ssize_t		n = write(fd, data + done, size - done);

		failed = n <= 0;
		if (n == 0 && errno == 0)
			errno = ENOSPC;
		if (!failed)
			done += (size_t) n;
	}
	failed = failed || pg_fsync(fd) != 0;
	saved = errno;
	if (fd >= 0)
		failed = CloseTransientFile(fd) != 0 || failed;
	if (failed)
	{
		unlink(path);
		errno = saved;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not write file \"%s\": %m", path)));
	}
}

/* Makes a file whole or not at all. */
static void
write_file(const char *path, const char *data, size_t size)
{
	char	   *temporary = psprintf("%s.%d.tmp", path, MyProcPid);

	unlink(temporary);			/* of a process that had this number before */
	write_whole(temporary, data, size);
	if (durable_rename(temporary, path, LOG) != 0)
	{
		int			saved = errno;

		unlink(temporary);
		errno = saved;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not rename file \"%s\" to \"%s\": %m", temporary, path)));
	}
}

/*
 * Removes what processes have left that were killed while they wrote; once in a
 * session.
 */
static void
sweep_temporary(void)
{
	static bool done = false;
	DIR		   *dir;
	struct dirent *entry;

	if (done)
		return;
	done = true;
	dir = AllocateDir(folder());
	while ((entry = ReadDirExtended(dir, folder(), LOG)) != NULL)
	{
		const char *so = strstr(entry->d_name, ".so.");
		char	   *end;
		long		pid = so != NULL ? strtol(so + 4, &end, 10) : 0;

		if (pid > 0 && strcmp(end, ".tmp") == 0 && kill((pid_t) pid, 0) != 0 && errno == ESRCH)
			unlink(psprintf("%s/%s", folder(), entry->d_name));
	}
	FreeDir(dir);
}

/*
 * Makes the file of an object, if it is not there.
 */
void
plgo_files_write(const PlgoObject *object, const PlgoDigest *key)
{
	char	   *path = file_of(&object->digest);

	pgstd_signature_require(path, object->data, object->size, object->signature,
							object->signature != NULL ? strlen(object->signature) : 0, signed_for(key));
	make_folder(FOLDER);
	if (make_folder(folder()))
		sweep_folders();
	sweep_temporary();
	if (object->signature != NULL)
		write_file(psprintf("%s.minisig", path), object->signature, strlen(object->signature));
	write_file(path, object->data, object->size);
}

void
plgo_files_remove(const PlgoDigest *digest)
{
	char	   *path = file_of(digest);

	unlink(path);
	unlink(psprintf("%s.minisig", path));
}
