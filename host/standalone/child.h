/*-------------------------------------------------------------------------
 *
 * child.h
 *	  The first steps of a process that a test build starts; see child.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CHILD_H
#define PGSTD_CHILD_H

#include <limits.h>
#include <sys/types.h>

#include "../world.h"

/* What a test has asked for. */
typedef struct Program
{
	const char *path;			/* what is executed: the host, or one of programs */
	char		object[PATH_MAX];	/* what the host runs */
} Program;

/* A process to be. */
typedef struct Child
{
	const PgstdProcess *wanted;
	Program		program;
	const char **arguments;
	char		where[PATH_MAX];	/* its folder */
	pid_t		parent;
} Child;

/* Both return -errno if they fail; the second comes back only then. */
extern int64_t pgstd_child_start(Child *child);
extern void pgstd_child_execute(const Program *program, const char **arguments, char *const *envp, const char *where);

#endif							/* PGSTD_CHILD_H */
