/*-------------------------------------------------------------------------
 *
 * sets.c
 *	  The sets of a world: begun, and not ended.
 *
 *-------------------------------------------------------------------------
 */
#include "sets.h"

#include "utils/memutils.h"

/* A set that a query is about to read. */
OpenSet *
pgstd_set_make(Module *module, const PgstdSite *site, BackendWorld *bw, PgstdPlan *plan)
{
	OpenSet    *set = MemoryContextAllocZero(TopMemoryContext,
											 offsetof(OpenSet, slots) + sizeof(PgstdSlot) * (site->nargs + 1));

	set->bw = bw;
	set->module = module;
	set->site = *site;
	set->plan = plan;
	pgstd_plan_keep(plan);
	set->next = bw->sets;
	bw->sets = set;
	bw->open_sets++;
	return set;
}

void
pgstd_set_free(OpenSet *set)
{
	if (set->bw != NULL)
		for (OpenSet **at = &set->bw->sets; *at != NULL; at = &(*at)->next)
			if (*at == set)
			{
				*at = set->next;
				set->bw->open_sets -= set->abandoned ? 0 : 1;
				break;
			}
	pgstd_plan_release(set->plan);
	pfree(set);
}

/* Nobody reads it any more: it is to be ended before the next set of its world begins. */
void
pgstd_set_abandon(OpenSet *set)
{
	if (set->bw == NULL)
		pgstd_set_free(set);
	else
	{
		set->abandoned = true;
		set->bw->open_sets--;
	}
}

/* The world is gone, and with it what its sets were. */
void
pgstd_sets_forget(BackendWorld *bw)
{
	while (bw->sets != NULL)
	{
		OpenSet    *set = bw->sets;

		bw->sets = set->next;
		set->bw = NULL;
		if (set->abandoned)
			pgstd_set_free(set);
	}
	bw->open_sets = 0;
}
