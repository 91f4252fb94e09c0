/*-------------------------------------------------------------------------
 *
 * limits.c
 *	  The limits of worlds, and how people read them.
 *
 *-------------------------------------------------------------------------
 */
#include "limits.h"

#include <limits.h>

const Limits *pgstd_limits = NULL;

/* Whether worlds are to run in cells now.  The owner of the parameters may be of an older version. */
bool
pgstd_wants_cell(void)
{
	return pgstd_limits->size > offsetof(Limits, isolation) && pgstd_limits->isolation == PGSTD_ISOLATION_CELL;
}

/* How many cells the server may have at a time. */
int
pgstd_max_cells(void)
{
	return pgstd_limits->size > offsetof(Limits, max_cells) ? pgstd_limits->max_cells : INT_MAX;
}

/* What the areas that sessions have in common take together, in kB. */
int
pgstd_max_common(void)
{
	return pgstd_limits->size > offsetof(Limits, max_shared_memory) ? pgstd_limits->max_shared_memory : DEFAULT_COMMON_KB;
}

/* As many kB of a world as functions may have left that are gone, before the world is renewed. */
int
pgstd_max_stale(void)
{
	return pgstd_limits->size > offsetof(Limits, max_stale) ? pgstd_limits->max_stale : DEFAULT_STALE_KB;
}

/* As PostgreSQL shows an amount of memory. */
char *
pgstd_show_bytes(uint64 bytes)
{
	uint64		kb = bytes / 1024;

	if (kb % (1024 * 1024) == 0)
		return psprintf(UINT64_FORMAT "GB", kb / (1024 * 1024));
	if (kb % 1024 == 0)
		return psprintf(UINT64_FORMAT "MB", kb / 1024);
	return psprintf(UINT64_FORMAT "kB", kb);
}
