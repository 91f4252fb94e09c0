/*-------------------------------------------------------------------------
 *
 * catalog.c
 *	  When the catalog may say something else than before.
 *
 *-------------------------------------------------------------------------
 */
#include "catalog.h"

#include "utils/inval.h"
#include "utils/syscache.h"

uint64		pgstd_catalog_changes = 0;

static void
count_change(Datum arg, int cacheid, uint32 hashvalue)
{
	pgstd_catalog_changes++;
}

/* To be called once. */
void
pgstd_catalog_watch(void)
{
	CacheRegisterSyscacheCallback(PROCOID, count_change, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, count_change, (Datum) 0);
	pgstd_catalog_changes = 1;
}

/* What is kept is made anew when it is asked for next. */
void
pgstd_catalog_changed(void)
{
	(void) pgstd_catalog_generation();
	pgstd_catalog_changes++;
}
