/*-------------------------------------------------------------------------
 *
 * usage.c
 *	  What a cell has used of the machine, as the kernel tells.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

#include <fcntl.h>
#include <unistd.h>

/* Of the numbers behind the name and the state; see proc(5). */
#define USER		10
#define SYSTEM		11
#define RESIDENT	20
#define FIELDS		21

static bool
read_numbers(const char *at, uint64 *fields)
{
	for (int i = 0; i < FIELDS; i++)
	{
		fields[i] = 0;
		if (*at++ != ' ')
			return false;
		if (*at == '-')
			at++;
		for (; *at >= '0' && *at <= '9'; at++)
			fields[i] = fields[i] * 10 + (uint64) (*at - '0');
	}
	return true;
}

/*
 * Processor time in microseconds, and bytes in memory, what it shares included.  False:
 * the kernel does not say.
 */
bool
pgstd_cell_usage(int pid, int64 *cpu, int64 *memory)
{
	char		path[64];
	char		text[1024];
	const char *rest;
	uint64		fields[FIELDS];
	ssize_t		n;
	int			fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = '\0';
	/* Its name, in parentheses, may have anything in it. */
	rest = strrchr(text, ')');
	if (rest == NULL || !read_numbers(rest + strlen(") S"), fields))
		return false;
	*cpu = (int64) (fields[USER] + fields[SYSTEM]) * 1000000 / sysconf(_SC_CLK_TCK);
	*memory = (int64) (fields[RESIDENT] * pgstd_page_size());
	return true;
}
