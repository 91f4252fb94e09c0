/*-------------------------------------------------------------------------
 *
 * timezone.c
 *	  Time zones for worlds: files of the platform's time zone folder.
 *
 * A world names a zone, not a file.  What it can read is in the folder, goes by a
 * name that a zone can have, and is a description of a zone.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

/* The longest name in use has 32 characters, the largest file 4 kB. */
#define NAME_MAX_SIZE	63
#define DATA_MAX_SIZE	(64 * 1024)

#define MAGIC			"TZif"

/*
 * Words of letters, digits, '_', '-' and '+' that begin with a letter, with a
 * slash between them: no "..", no absolute path, no hidden file.
 */
static bool
is_zone_name(PgstdText name)
{
	bool		begins = true;

	if (name.size == 0 || name.size > NAME_MAX_SIZE)
		return false;
	for (uint64_t i = 0; i < name.size; i++)
	{
		char		c = name.data[i];
		bool		letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (c == '/' && !begins)
		{
			begins = true;
			continue;
		}
		if (!letter && (begins || !((c >= '0' && c <= '9') || c == '_' || c == '-' || c == '+')))
			return false;
		begins = false;
	}
	return !begins;
}

static int64_t
read_all(int fd, char *data, size_t size)
{
	size_t		done = 0;

	while (done < size)
	{
		ssize_t		n = read(fd, data + done, size - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		done += (size_t) n;
	}
	return (int64_t) done;
}

int64_t
pgstd_timezone(PgstdWorld *world, const PgstdTimezone *query)
{
	static char data[DATA_MAX_SIZE];
	char		name[NAME_MAX_SIZE + 1];
	PgstdTimezone asked;
	int64_t		size;
	int			fd;

	if (!pgstd_memory_holds(world, query, sizeof(*query)))
		return -1;
	asked = *(const volatile PgstdTimezone *) query;
	if (asked.name.size > NAME_MAX_SIZE || !pgstd_memory_holds(world, asked.name.data, asked.name.size) ||
		(asked.size > 0 && !pgstd_memory_writable(world, asked.data, asked.size)))
		return -1;
	memcpy(name, asked.name.data, asked.name.size);
	name[asked.name.size] = '\0';
	if (!is_zone_name((PgstdText) {name, asked.name.size}))
		return -1;
	fd = world->platform->open_timezone(world, name);
	if (fd < 0)
		return -1;
	size = read_all(fd, data, sizeof(data));
	close(fd);
	if (size < (int64_t) strlen(MAGIC) || size == DATA_MAX_SIZE || memcmp(data, MAGIC, strlen(MAGIC)) != 0)
		return -1;
	if (asked.size > 0)
		memcpy(asked.data, data, (size_t) size < asked.size ? (size_t) size : asked.size);
	return size;
}
