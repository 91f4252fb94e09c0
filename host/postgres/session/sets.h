/*-------------------------------------------------------------------------
 *
 * sets.h
 *	  The sets of a world: begun, and not ended.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SETS_H
#define PGSTD_SETS_H

#include "shared.h"
#include "../values/plan.h"

typedef struct OpenSet
{
	struct OpenSet *next;		/* in bw->sets */
	BackendWorld *bw;			/* NULL: it has been discarded */
	Module	   *module;
	PgstdSite	site;
	PgstdPlan  *plan;			/* of its rows; kept */
	bool		abandoned;
	/* Of its arguments, and of the call: the world leaves the set's number there. */
	PgstdSlot	slots[FLEXIBLE_ARRAY_MEMBER];
} OpenSet;

/* sets.c */
extern OpenSet *pgstd_set_make(Module *module, const PgstdSite *site, BackendWorld *bw, PgstdPlan *plan);
extern void pgstd_set_abandon(OpenSet *set);
extern void pgstd_set_free(OpenSet *set);
extern void pgstd_sets_forget(BackendWorld *bw);

#endif							/* PGSTD_SETS_H */
