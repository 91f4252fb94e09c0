/*-------------------------------------------------------------------------
 *
 * catalog.h
 *	  When the catalog may say something else than before.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CATALOG_H
#define PGSTD_CATALOG_H

#include "../backend.h"

/* Counts changes of functions and types that this backend has been told of; 0: not yet. */
extern uint64 pgstd_catalog_changes;

/* catalog.c */
extern void pgstd_catalog_watch(void);
extern void pgstd_catalog_changed(void);

/*
 * Changes whenever what the catalog says of functions and types may be another
 * thing than before; never 0.
 */
static inline uint64
pgstd_catalog_generation(void)
{
	if (unlikely(pgstd_catalog_changes == 0))
		pgstd_catalog_watch();
	return pgstd_catalog_changes;
}

#endif							/* PGSTD_CATALOG_H */
