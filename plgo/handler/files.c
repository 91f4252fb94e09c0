/*-------------------------------------------------------------------------
 *
 * files.c
 *	  Objects as files, so that all backends share their pages.
 *
 * They lie in the data directory, in a folder for each database, under the digest
 * of their content, as long as a row of the table of objects has that.  Only the server can write there, no user has a say in any
 * name, and the table of objects can always make them again: they may go at any
 * time, and do not have to be backed up.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "../../host/modules.h"
#include "../../host/postgres/proof/digest.h"
#include "../../host/postgres/proof/signature.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cryptohash.h"
#include "common/file_utils.h"
#include "common/sha2.h"
#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/builtins.h"

/* More than any signature has. */
#define MAX_SIGNATURE	8192


/* From so many bytes on, it is worth while to have OpenSSL make itself ready in this process, if the server has that. */
#define LARGE			(256 * 1024)

static void
digest_large(const void *data, size_t size, PlgoDigest *digest)
{
	pg_cryptohash_ctx *ctx = pg_cryptohash_create(PG_SHA256);

	if (ctx == NULL || pg_cryptohash_init(ctx) < 0 ||
		pg_cryptohash_update(ctx, data, size) < 0 ||
		pg_cryptohash_final(ctx, digest->bytes, sizeof(digest->bytes)) < 0)
		elog(ERROR, "could not compute a SHA-256 digest");
	pg_cryptohash_free(ctx);
}

void
plgo_digest(const void *data, size_t size, PlgoDigest *digest)
{
	if (size < LARGE)
		pgstd_sha256(data, size, digest->bytes);
	else
		digest_large(data, size, digest);
}

static char *
hex_of(const PlgoDigest *digest)
{
	char	   *hex = palloc(2 * PLGO_DIGEST_SIZE + 1);

	hex_encode((const char *) digest->bytes, PLGO_DIGEST_SIZE, hex);
	hex[2 * PLGO_DIGEST_SIZE] = '\0';
	return hex;
}

char *
plgo_files_of(const PlgoDigest *digest)
{
	return psprintf("%s/%s.so", plgo_folder(), hex_of(digest));
}

bool
plgo_files_look_at(int fd, PlgoFileState *state)
{
	struct stat info;

	if (fstat(fd, &info) != 0)
		return false;
	*state = (PlgoFileState) {
		.device = (uint64) info.st_dev,
		.inode = (uint64) info.st_ino,
		.size = (int64) info.st_size,
		.seconds = (int64) info.st_ctim.tv_sec,
		.nanoseconds = (int64) info.st_ctim.tv_nsec,
	};
	return true;
}

bool
plgo_files_is_same(int fd, const PlgoFileState *then)
{
	PlgoFileState now;

	return fd >= 0 && plgo_files_look_at(fd, &now) && memcmp(&now, then, sizeof(now)) == 0;
}

/* The same for a debugger, which may look from elsewhere. */
const char *
plgo_files_path(const PlgoDigest *digest)
{
	return psprintf("%s/%s", DataDir, plgo_files_of(digest));
}

/*
 * Where a debugger is to find the text of a function: in a folder that is named by a key, so that two
 * functions of a name have two files.  Anybody may choose the name, so what could lead
 * elsewhere, or nowhere, is left out.
 */
char *
plgo_files_text(const PlgoDigest *key, const char *name)
{
	char	   *plain = pstrdup(name);

	for (char *c = plain; *c != '\0'; c++)
		if (!(*c >= '0' && *c <= '9') && !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'))
			*c = '_';
	return psprintf("%s/%s/%s/%s.go", DataDir, plgo_folder(), hex_of(key), plain);
}

/* The signature beside a file; NULL if there is none. */
static char *
signature_of(const char *path, size_t *size)
{
	int			fd = OpenTransientFile(psprintf("%s.minisig", path), O_RDONLY | PG_BINARY);
	char	   *signature;
	ssize_t		n;

	if (fd < 0)
		return NULL;
	signature = palloc(MAX_SIGNATURE);
	n = read(fd, signature, MAX_SIGNATURE);
	CloseTransientFile(fd);
	*size = (size_t) Max(n, 0);
	return n < 0 ? NULL : signature;
}

/*
 * How the signed comment of a function's object ends (plgo/compileapi): it is
 * that of no other function, whatever row it stands in.
 */
static const char *
signed_for(const PlgoDigest *key)
{
	return psprintf(" for %s", hex_of(key));
}

/*
 * Whether a file may be mapped: what it holds is what its name says, and is signed if
 * that is demanded.  A signature that is there and wrong is an error.
 */
static bool
is_loadable(const char *path, const void *data, size_t size, const PlgoDigest *digest, const PlgoDigest *key)
{
	PlgoDigest	found;
	size_t		signature_size = 0;
	char	   *signature;

	if (plgo_verify)
	{
		plgo_digest(data, size, &found);
		if (memcmp(&found, digest, sizeof(found)) != 0)
		{
			ereport(LOG,
					(errmsg("file \"%s\" is damaged; it is written again", path)));
			return false;
		}
	}
	if (!pgstd_signature_wanted())
		return true;
	if (!pgstd_signature_says(path, signed_for(key)))
		return false;			/* perhaps the table has one */
	signature = signature_of(path, &signature_size);
	pgstd_signature_require(path, data, size, signature, signature_size, signed_for(key));
	return true;
}

/* The same of an open file: what is looked at is what is mapped afterwards. */
static bool
check_file(const char *path, int fd, const PlgoDigest *digest, const PlgoDigest *key)
{
	struct stat info;
	bool		loadable = false;
	void	   *data;

	if (fstat(fd, &info) != 0 || info.st_size == 0)
		return false;
	data = mmap(NULL, (size_t) info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return false;
	PG_TRY();
	{
		loadable = is_loadable(path, data, (size_t) info.st_size, digest, key);
	}
	PG_FINALLY();
	{
		munmap(data, (size_t) info.st_size);
	}
	PG_END_TRY();
	return loadable;
}

/*
 * The same, once while the server runs and the file is as it was.  A module's file is opened twice, to see
 * what base it is for, and to load it: the session remembers.
 */
static bool
is_checked(const char *path, int fd, const PlgoDigest *digest, const PlgoDigest *key)
{
	static PlgoDigest last;
	static PlgoFileState then;	/* of zeros: of no file */
	PlgoFileState now;

	if (!plgo_verify || pgstd_signature_wanted() || !plgo_files_look_at(fd, &now))
		return check_file(path, fd, digest, key);
	if (memcmp(&last, digest, sizeof(last)) == 0 && memcmp(&then, &now, sizeof(then)) == 0)
		return true;
	if (!plgo_compared_is(path, &now))
	{
		if (!check_file(path, fd, digest, key))
			return false;
		plgo_compared_note(path, &now);
	}
	last = *digest;
	then = now;
	return true;
}

/* Says why the file of an object could not be mapped. */
void
plgo_files_unmappable(const char *path, const char *problem)
{
	if (problem == pgstd_image_no_memory)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not load file \"%s\": %s", path, problem),
				 errhint("pgstd.discard_worlds() ends what this session does not use of Go code, and so does a new session; the limits of the server's processes (ulimit -v, vm.max_map_count) may be too low.")));
	ereport(ERROR,
			(errcode(ERRCODE_DATA_CORRUPTED),
			 errmsg("could not load file \"%s\": %s", path, problem)));
}

static void
open_image(const char *path, int fd, PgstdImage *image)
{
	const char *problem = pgstd_image_open(fd, image);

	CloseTransientFile(fd);
	if (problem != NULL)
		plgo_files_unmappable(path, problem);
}

/* Returns -1 if there is no such file. */
int
plgo_files_find(const char *path)
{
	int			fd = OpenTransientFile(path, O_RDONLY | PG_BINARY);

	if (fd < 0 && errno != ENOENT)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", path)));
	return fd;
}

/*
 * Opens the file of a digest.  Returns -1 if there is none, or not an intact one, which
 * then is removed.
 */
int
plgo_files_open(const PlgoDigest *digest, const PlgoDigest *key)
{
	const char *path = plgo_files_of(digest);
	int			fd = plgo_files_find(path);

	if (fd >= 0 && !is_checked(path, fd, digest, key))
	{
		CloseTransientFile(fd);
		unlink(path);
		return -1;
	}
	return fd;
}

/* Maps the object of a file that has been opened so, and closes that. */
void
plgo_files_map_open(int fd, const PlgoDigest *digest, PgstdImage *image)
{
	open_image(plgo_files_of(digest), fd, image);
}

/* Maps the object of a digest.  Returns false if it cannot be opened. */
bool
plgo_files_map(const PlgoDigest *digest, const PlgoDigest *key, PgstdImage *image)
{
	int			fd = plgo_files_open(digest, key);

	if (fd >= 0)
		open_image(plgo_files_of(digest), fd, image);
	return fd >= 0;
}

/* Reads which base a module is for, and closes its file. */
void
plgo_files_read_base(int fd, const PlgoDigest *digest, PlgoDigest *base)
{
	PgstdModuleHeader header;
	ssize_t		n = read(fd, &header, sizeof(header));

	CloseTransientFile(fd);
	*base = plgo_base_of(&header, (size_t) Max(n, 0));
}

/* Returns false if not all of it could be written; errno says why. */
bool
plgo_files_put(int fd, const char *data, size_t size)
{
	for (size_t done = 0; done < size;)
	{
		ssize_t		n;

		errno = 0;
		n = write(fd, data + done, size - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
		{
			/* Whoever writes less and does not say why has no space. */
			if (errno == 0)
				errno = ENOSPC;
			return false;
		}
		done += (size_t) n;
	}
	return true;
}

pg_noreturn static void
cannot_write(const char *path, int why)
{
	unlink(path);
	errno = why;
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not write file \"%s\": %m", path)));
}

static void
write_whole(const char *path, const char *data, size_t size)
{
	int			fd = OpenTransientFile(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY);

	if (fd < 0)
		cannot_write(path, errno);
	if (!plgo_files_put(fd, data, size) || pg_fsync(fd) != 0)
	{
		int			why = errno;

		CloseTransientFile(fd);
		cannot_write(path, why);
	}
	if (CloseTransientFile(fd) != 0)
		cannot_write(path, errno);
}

/* Makes a file whole or not at all. */
static void
write_file(const char *path, const void *data, size_t size)
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
 * Makes the file of an object, if it is not there.
 */
void
plgo_files_write(const PlgoObject *object, const PlgoDigest *key)
{
	char	   *path = plgo_files_of(&object->digest);

	pgstd_signature_require(path, object->data, object->size, object->signature,
							object->signature != NULL ? strlen(object->signature) : 0, signed_for(key));
	plgo_make_folders();
	if (object->signature != NULL)
		write_file(psprintf("%s.minisig", path), object->signature, strlen(object->signature));
	write_file(path, object->data, object->size);
}

/* Writes a text where plgo_files_text has said. */
void
plgo_files_write_text(const char *path, const char *text)
{
	char	   *folder = pnstrdup(path, (size_t) (strrchr(path, '/') - path));

	plgo_make_folders();
	plgo_make_folder(folder);
	write_file(path, text, strlen(text));
}

/*
 * Maps an object for this session only.  Its file has no name any more when it is
 * written: it goes with the last mapping, however that ends.
 */
void
plgo_files_map_private(const PlgoObject *object, const PlgoDigest *key, PgstdImage *image)
{
	char	   *path = psprintf("%s/%d.tmp", plgo_folder(), MyProcPid);
	int			fd;
	int			again;
	bool		whole;
	int			why;

	pgstd_signature_require(path, object->data, object->size, object->signature,
							object->signature != NULL ? strlen(object->signature) : 0, signed_for(key));
	plgo_make_folders();
	unlink(path);				/* of a process that had this number before */
	fd = OpenTransientFile(path, O_WRONLY | O_CREAT | O_EXCL | PG_BINARY);
	if (fd < 0)
		cannot_write(path, errno);
	/* A cell gets what is open of it. */
	again = OpenTransientFile(path, O_RDONLY | PG_BINARY);
	why = errno;
	unlink(path);
	whole = again >= 0 && plgo_files_put(fd, object->data, object->size);
	if (again >= 0 && !whole)
		why = errno;
	CloseTransientFile(fd);
	if (!whole)
		cannot_write(path, why);
	open_image(path, again, image);
}

/* Removes the file of an object; whoever has it mapped keeps it. */
void
plgo_files_remove(const PlgoDigest *digest)
{
	char	   *path = plgo_files_of(digest);

	unlink(path);
	unlink(psprintf("%s.minisig", path));
	plgo_compared_remove(path);
	plgo_linked_remove(path);
}
