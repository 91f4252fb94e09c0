/*-------------------------------------------------------------------------
 *
 * inherit.c
 *	  What a process of this host has from its command line, or from one that has
 *	  started it.
 *
 * Arguments, environment and current folder of a child are the world's.  None of them is
 * ever this host's: the environment of a process is the dynamic loader's, too, so that they
 * come as options.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inherit.h"
#include "places.h"
#include "processes.h"
#include "signals.h"

PgstdStarts pgstd_starts;

/* What the parent has said, if there is one. */
static int	inherited = -1;		/* descriptors */
static const char *name;
static const char *folder;
static char **environment;
static size_t nenvironment;

bool
pgstd_process_is_child(void)
{
	return inherited >= 0;
}

/* What the world finds as its first argument. */
const char *
pgstd_process_name(const char *program)
{
	return name != NULL ? name : program;
}

/* The file that the world takes for its own program. */
const char *
pgstd_process_program(void)
{
	return pgstd_starts.object;
}

static bool
add_environment(char *value)
{
	char	  **more = realloc(environment, (nenvironment + 2) * sizeof(char *));

	if (more == NULL)
		return false;
	environment = more;
	environment[nenvironment++] = value;
	environment[nenvironment] = NULL;
	return true;
}

/* Notes an option of the command line.  False if it is none; it has been said why. */
bool
pgstd_process_option(int option, char *value)
{
	static char names[128][3];
	PgstdStarts *s = &pgstd_starts;

	switch (option)
	{
		case 'c':
			inherited = atoi(value);
			return inherited >= 0 && inherited <= PGSTD_CHILD_FILES;
		case 'w':
			folder = value;
			return true;
		case 'a':
			name = value;
			return true;
		case 'e':
			return add_environment(value);
		case 'i':
			s->emulator = value;
			break;
		case 'o':
			if (realpath(value, s->objects) != NULL)
				break;
			fprintf(stderr, "pgstd-run: cannot use folder %s: %s\n", value, strerror(errno));
			return false;
		case 'x':
			if (s->nprograms == PGSTD_STARTS_PROGRAMS)
			{
				fputs("pgstd-run: there are too many programs (-x)\n", stderr);
				return false;
			}
			s->programs[s->nprograms++] = value;
			break;
	}
	if (s->noptions + 2 > PGSTD_STARTS_OPTIONS)
	{
		fputs("pgstd-run: there are too many options\n", stderr);
		return false;
	}
	snprintf(names[option & 127], sizeof(names[0]), "-%c", option);
	s->options[s->noptions++] = names[option & 127];
	if (value != NULL)
		s->options[s->noptions++] = value;
	return true;
}

/* Takes over what the parent has left to this process: its descriptors and its environment. */
static bool
inherit(void)
{
	static char *none[] = {NULL};

	environ = environment != NULL ? environment : none;
	for (int fd = 0; fd < inherited; fd++)
	{
		int			flags = fcntl(fd, F_GETFL);

		if (flags < 0)
			continue;
		/* A child of this one has what it is given, and no more. */
		(void) fcntl(fd, F_SETFD, FD_CLOEXEC);
		if (pgstd_place_give(fd, (flags & O_ACCMODE) != O_RDONLY) < 0)
			return false;
	}
	/* What the world lacks must not become a file of the host. */
	for (int fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFL) < 0 && open("/dev/null", O_RDWR) != fd)
			return false;
	return folder == NULL ||
		pgstd_place_change_current(pgstd_place_find(AT_FDCWD, folder, false, PLACE_LOOK)) == 0;
}

/* Called once, with the object's path, when all options are known. */
bool
pgstd_process_begin(const char *program)
{
	ssize_t		n;

	if (!pgstd_places_any())
		return true;
	n = readlink("/proc/self/exe", pgstd_starts.host, sizeof(pgstd_starts.host) - 1);
	if (n <= 0)
	{
		perror("pgstd-run: /proc/self/exe");
		return false;
	}
	pgstd_starts.host[n] = '\0';
	pgstd_starts.object = program;
	pgstd_signals_begin();
	if (!pgstd_places_add(program, false))
		return false;
	if (inherited >= 0 && !inherit())
	{
		fputs("pgstd-run: cannot take over what the parent has left\n", stderr);
		return false;
	}
	return true;
}

/*
 * What a child's world writes to its standard output or error goes out as it is.  Where
 * nobody reads it, a Go program dies.
 */
void
pgstd_process_write(int fd, const char *data, size_t size)
{
	while (size > 0)
	{
		ssize_t		n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EPIPE)
			pgstd_signals_broken_pipe();
		if (n < 0)
			return;
		data += n;
		size -= (size_t) n;
	}
}
