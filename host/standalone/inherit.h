/*-------------------------------------------------------------------------
 *
 * inherit.h
 *	  What a host has been told of programs; see inherit.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_INHERIT_H
#define PGSTD_INHERIT_H

#include <limits.h>

#define PGSTD_STARTS_OPTIONS	128
#define PGSTD_STARTS_PROGRAMS	16
#define PGSTD_CHILD_FILES		1024	/* that a child inherits, at most */

/* What a world may start, and how. */
typedef struct PgstdStarts
{
	char		host[PATH_MAX]; /* this program */
	const char *emulator;		/* that runs it, if it is of another architecture */
	const char *object;			/* what the world takes for its own program */
	char		objects[PATH_MAX];	/* a folder of further ones; empty: there is none */
	const char *programs[PGSTD_STARTS_PROGRAMS];	/* besides objects */
	int			nprograms;
	const char *options[PGSTD_STARTS_OPTIONS];	/* words of the command line that a child has, too */
	int			noptions;
} PgstdStarts;

extern PgstdStarts pgstd_starts;

#endif							/* PGSTD_INHERIT_H */
