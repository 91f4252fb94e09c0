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

/* What the kernel says of a process, from its state on: NULL if it says nothing. */
static const char *
read_state(int pid, char *text, size_t size)
{
	char		path[64];
	char	   *rest;
	ssize_t		n;
	int			fd;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	n = read(fd, text, size - 1);
	close(fd);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	/* Its name, in parentheses, may have anything in it. */
	rest = strrchr(text, ')');
	return rest != NULL && strlen(rest) > strlen(") S") ? rest + strlen(") ") : NULL;
}

/* Whether a process would compute if it had a processor. */
bool
pgstd_cell_is_ready(int pid)
{
	char		text[1024];
	const char *state = read_state(pid, text, sizeof(text));

	return state != NULL && *state == 'R';
}

/*
 * Processor time in microseconds, and bytes in memory, what it shares included.  False:
 * the kernel does not say.
 */
bool
pgstd_cell_usage(int pid, int64 *cpu, int64 *memory)
{
	char		text[1024];
	uint64		fields[FIELDS];
	const char *state = read_state(pid, text, sizeof(text));

	if (state == NULL || !read_numbers(state + 1, fields))
		return false;
	*cpu = (int64) (fields[USER] + fields[SYSTEM]) * 1000000 / sysconf(_SC_CLK_TCK);
	*memory = (int64) (fields[RESIDENT] * pgstd_page_size());
	return true;
}
