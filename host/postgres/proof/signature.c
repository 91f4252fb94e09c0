/*-------------------------------------------------------------------------
 *
 * signature.c
 *	  Whether a file may be loaded: pgstd.trusted_keys.
 *
 * An administrator can demand that every object and module is signed by one of
 * the keys in a folder, in minisign's format.  The parameter is PGC_SIGHUP: it
 * comes from the server's configuration only, and no session, not even a
 * superuser's, can set it for itself.  What cannot be checked is refused.
 *
 * An object that the host loads is checked before that.  A module is loaded by
 * PostgreSQL: its own code can only refuse to serve, in _PG_init.
 *
 *-------------------------------------------------------------------------
 */
#include "../base/limits.h"
#include "signature.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "digest.h"
#include "common/base64.h"
#include "lib/stringinfo.h"
#include "storage/fd.h"
#include "utils/guc.h"
#include "utils/memutils.h"

/* In base64: algorithm, key number, key; the same with a signature. */
#define ALGORITHM_SIZE	2
#define NUMBER_SIZE		8
#define KEY_SIZE		32
#define SIGNATURE_SIZE	64
#define KEY_BYTES		(ALGORITHM_SIZE + NUMBER_SIZE + KEY_SIZE)
#define SIGNATURE_BYTES	(ALGORITHM_SIZE + NUMBER_SIZE + SIGNATURE_SIZE)

/* More than any file of a key or a signature has. */
#define SMALL_FILE		8192
/* More than any module has. */
#define LARGE_FILE		(1024 * 1024 * 1024)

#define TRUSTED_COMMENT	"trusted comment: "

typedef struct Bytes
{
	char	   *data;
	size_t		size;
} Bytes;

/* Takes a line off the text; false if there is none. */
static bool
next_line(Bytes *text, Bytes *line)
{
	char	   *end = memchr(text->data, '\n', text->size);
	size_t		n = end != NULL ? (size_t) (end - text->data) : text->size;

	if (text->size == 0)
		return false;
	*line = (Bytes) {text->data, n};
	if (end != NULL)
		n++;
	text->data += n;
	text->size -= n;
	if (line->size > 0 && line->data[line->size - 1] == '\r')
		line->size--;
	return true;
}

/* Decodes a line that has to be of exactly so many bytes, in their only form. */
static bool
base64(Bytes line, uint8_t *out, size_t size)
{
	size_t		padding = (3 - size % 3) % 3;

	return line.size == (size + 2) / 3 * 4 &&
		memchr(line.data, '=', line.size - padding) == NULL &&
		(padding == 0 || line.data[line.size - 1] == '=') &&
		pgstd_b64_decode(line.data, (int) line.size, out, (int) size) == (int) size;
}

/* Reads an open file whole; NULL data if that fails, and errno says why. */
static Bytes
read_open(int fd, size_t limit)
{
	Bytes		file = {NULL, 0};
	struct stat info;

	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || (uint64) info.st_size > limit)
		errno = EINVAL;
	else
	{
		char	   *data = MemoryContextAllocHuge(CurrentMemoryContext, (Size) info.st_size + 1);
		size_t		n = 0;
		ssize_t		got = 1;

		while (n < (size_t) info.st_size && got > 0)
		{
			got = pread(fd, data + n, (size_t) info.st_size - n, (off_t) n);
			if (got > 0)
				n += (size_t) got;
		}
		if (n == (size_t) info.st_size)
			file = (Bytes) {data, n};
	}
	return file;
}

/* The same by name.  A pipe in a file's place is not waited for. */
static Bytes
read_file(const char *path, size_t limit)
{
	Bytes		file = {NULL, 0};
	int			fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK);

	if (fd >= 0)
	{
		file = read_open(fd, limit);
		CloseTransientFile(fd);
	}
	return file;
}

/* One of the folder's keys: does it verify the file? */
static bool
key_verifies(Bytes key_file, Bytes file, const uint8_t *signature, Bytes comment, const uint8_t *global)
{
	Bytes		line;
	uint8_t		key[KEY_BYTES];
	uint8_t		digest[64];
	const void *message = file.data;
	size_t		size = file.size;

	if (!next_line(&key_file, &line) || !next_line(&key_file, &line) ||
		!base64(line, key, sizeof(key)) || memcmp(key, "Ed", ALGORITHM_SIZE) != 0 ||
		memcmp(key + ALGORITHM_SIZE, signature + ALGORITHM_SIZE, NUMBER_SIZE) != 0)
		return false;
	if (memcmp(signature, "ED", ALGORITHM_SIZE) == 0)
	{
		pgstd_blake2b(file.data, file.size, digest);
		message = digest;
		size = sizeof(digest);
	}
	else if (memcmp(signature, "Ed", ALGORITHM_SIZE) != 0)
		return false;
	return pgstd_ed25519_verify(signature + ALGORITHM_SIZE + NUMBER_SIZE,
								key + ALGORITHM_SIZE + NUMBER_SIZE, message, size, "", 0) &&
		pgstd_ed25519_verify(global, key + ALGORITHM_SIZE + NUMBER_SIZE,
							 signature + ALGORITHM_SIZE + NUMBER_SIZE, SIGNATURE_SIZE, comment.data, comment.size);
}

/*
 * A folder or file that others can write to proves nothing: it has to belong to
 * the server's user or to root.
 */
static bool
is_protected(const char *path)
{
	struct stat info;

	return stat(path, &info) == 0 && (info.st_uid == 0 || info.st_uid == geteuid()) &&
		(info.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* Does a comment end with a text? */
static bool
ends_with(Bytes comment, const char *text)
{
	size_t		n = strlen(text);

	return comment.size >= n && memcmp(comment.data + comment.size - n, text, n) == 0;
}

/* Reads the next trusted key of an open folder, and its path; false if there is none left. */
static bool
next_key(DIR *dir, const char *keys, Bytes *key, char **path)
{
	struct dirent *entry;

	while ((entry = ReadDirExtended(dir, keys, LOG)) != NULL)
	{
		size_t		n;

		*path = psprintf("%s/%s", keys, entry->d_name);
		n = strlen(*path);
		if (n < 4 || strcmp(*path + n - 4, ".pub") != 0 || !is_protected(*path))
			continue;
		*key = read_file(*path, SMALL_FILE);
		if (key->data != NULL)
			return true;
	}
	return false;
}

/*
 * What is wrong with a file and its signature, or NULL.  The signed comment has to
 * end with "about", unless that is NULL: what is signed is then for one purpose.
 */
static const char *
find_problem(const char *keys, Bytes file, Bytes signature_file, const char *about)
{
	Bytes		lines[4];
	uint8_t		signature[SIGNATURE_BYTES];
	uint8_t		global[SIGNATURE_SIZE];
	DIR		   *dir;
	Bytes		key;
	char	   *path;
	int			nkeys = 0;

	for (int i = 0; i < 4; i++)
		if (!next_line(&signature_file, &lines[i]))
			return "Its signature is not in minisign's format.";
	if (!base64(lines[1], signature, sizeof(signature)) || !base64(lines[3], global, sizeof(global)) ||
		lines[2].size < strlen(TRUSTED_COMMENT) ||
		memcmp(lines[2].data, TRUSTED_COMMENT, strlen(TRUSTED_COMMENT)) != 0)
		return "Its signature is not in minisign's format.";
	lines[2].data += strlen(TRUSTED_COMMENT);
	lines[2].size -= strlen(TRUSTED_COMMENT);
	if (!is_absolute_path(keys))
		return "The folder of trusted keys is not named by an absolute path.";
	dir = AllocateDir(keys);
	if (dir == NULL)
		return "The folder of trusted keys cannot be read by the server.";
	if (!is_protected(keys))
	{
		FreeDir(dir);
		return "The folder of trusted keys belongs to neither root nor the server's user, or others can write to it.";
	}
	while (next_key(dir, keys, &key, &path))
	{
		nkeys++;
		if (key_verifies(key, file, signature, lines[2], global))
		{
			FreeDir(dir);
			if (about != NULL && !ends_with(lines[2], about))
				return "Its signature is that of another function's object.";
			return NULL;
		}
	}
	FreeDir(dir);
	return nkeys == 0 ? "There are no trusted keys." : "Its signature is not by a trusted key, or not of this file.";
}

/* Raises an error unless what has been read may be loaded. */
static void
require(const char *what, Bytes file, Bytes signature, const char *about)
{
	const char *keys = pgstd_limits->trusted_keys;
	const char *problem;

	if (signature.data == NULL)
		problem = "It has no signature.";
	else
		problem = find_problem(keys, file, signature, about);
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("\"%s\" is not signed by a trusted key", what),
				 errdetail_internal("%s", problem),
				 errhint("Sign it with \"pgbuild sign\", and put the public key into the folder that the configuration parameter \"pgstd.trusted_keys\" names (currently \"%s\").", keys)));
}

/* Is there a demand at all? */
bool
pgstd_signature_wanted(void)
{
	return pgstd_limits->size > offsetof(Limits, trusted_keys) &&
		pgstd_limits->trusted_keys != NULL && pgstd_limits->trusted_keys[0] != '\0';
}

/*
 * A digest of all trusted keys, in the order in which they are found: as long as it is the same, so is what
 * has been verified.  False if none is trusted now.
 */
bool
pgstd_signature_keys(uint8_t digest[PGSTD_KEYS_SIZE])
{
	const char *keys = pgstd_limits->trusted_keys;
	DIR		   *dir = is_absolute_path(keys) && is_protected(keys) ? AllocateDir(keys) : NULL;
	StringInfoData all;
	Bytes		key;
	char	   *path;

	if (dir == NULL)
		return false;
	initStringInfo(&all);
	while (next_key(dir, keys, &key, &path))
	{
		appendBinaryStringInfo(&all, (const char *) &key.size, sizeof(key.size));
		appendBinaryStringInfo(&all, key.data, (int) key.size);
	}
	FreeDir(dir);
	pgstd_blake2b(all.data, (size_t) all.len, digest);
	return all.len > 0;
}

/*
 * Raises an error unless there is no demand, or the bytes are signed by a trusted
 * key.  To be called before any of them is run.  "what" names them for people;
 * signature may be NULL; the signed comment has to end with "about", unless that is.
 */
void
pgstd_signature_require(const char *what, const void *data, size_t size, const char *signature, size_t signature_size,
						const char *about)
{
	if (pgstd_signature_wanted())
		require(what, (Bytes) {unconstify(char *, (const char *) data), size},
				(Bytes) {unconstify(char *, signature), signature_size}, about);
}

/*
 * The same for an open file; its signature lies beside it, as FILE.minisig.  What the
 * descriptor stands for is what is checked, whatever has the name meanwhile.
 */
void
pgstd_signature_require_open(const char *path, int fd, const char *about)
{
	MemoryContext context;
	MemoryContext old;
	Bytes		file;

	if (!pgstd_signature_wanted())
		return;
	context = AllocSetContextCreate(CurrentMemoryContext, "pgstd signature", ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	file = read_open(fd, LARGE_FILE);
	if (file.data == NULL)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read \"%s\" to check its signature: %m", path)));
	require(path, file, read_file(psprintf("%s.minisig", path), SMALL_FILE), about);
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
}

/* The same for a file. */
void
pgstd_signature_require_file(const char *path)
{
	int			fd;

	if (!pgstd_signature_wanted())
		return;
	fd = OpenTransientFile(path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read \"%s\" to check its signature: %m", path)));
	pgstd_signature_require_open(path, fd, NULL);
	CloseTransientFile(fd);
}

/*
 * Whether there is a signature beside a file whose comment ends with a text.  That is
 * what it says, and nothing is verified: without it there is nothing to verify.
 */
bool
pgstd_signature_says(const char *path, const char *about)
{
	Bytes		signature = read_file(psprintf("%s.minisig", path), SMALL_FILE);
	Bytes		line = {NULL, 0};

	if (signature.data == NULL)
		return false;
	for (int i = 0; i < 3; i++)
		if (!next_line(&signature, &line))
			return false;
	return ends_with(line, about);
}
