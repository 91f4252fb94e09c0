/*-------------------------------------------------------------------------
 *
 * limits.h
 *	  The limits of worlds, as the configuration has them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_LIMITS_H
#define PGSTD_LIMITS_H

#include "../backend.h"

/* What the client sees of a traceback. */
typedef enum PgstdTraceback
{
	PGSTD_TRACEBACK_NONE = 0,
	PGSTD_TRACEBACK_OWN = 1,	/* of the author's functions */
	PGSTD_TRACEBACK_FULL = 2
} PgstdTraceback;

/* Where worlds run. */
typedef enum PgstdIsolation
{
	PGSTD_ISOLATION_BACKEND = 0,
	PGSTD_ISOLATION_CELL = 1	/* in a process that can do nothing else */
} PgstdIsolation;

/*
 * The configuration parameters.  PostgreSQL knows each of them once, so hosts of
 * all versions share this: it may only grow at its end.
 */
typedef struct Limits
{
	uint32		size;			/* of this structure, in the owner's version */
	int			max_memory;		/* kB */
	int			max_stack;		/* kB */
	int			max_worlds;
	char	   *trusted_keys;	/* folder; empty: signatures are not asked for */
	int			traceback;		/* PgstdTraceback */
	int			isolation;		/* PgstdIsolation */
	int			max_cells;		/* of the server */
	int			max_shared_memory;	/* kB, of the server */
	int			max_stale;		/* kB */
} Limits;

#define DEFAULT_COMMON_KB	(16 * 1024)
#define DEFAULT_STALE_KB	(64 * 1024)

/* Set when the host is loaded (session/parameters.c), not NULL afterwards. */
extern const Limits *pgstd_limits;

/* limits.c */
extern bool pgstd_wants_cell(void);
extern int	pgstd_max_cells(void);
extern int	pgstd_max_common(void);
extern int	pgstd_max_stale(void);
extern char *pgstd_show_bytes(uint64 bytes);

#endif							/* PGSTD_LIMITS_H */
