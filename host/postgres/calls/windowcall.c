/*-------------------------------------------------------------------------
 *
 * windowcall.c
 *	  Calls of window functions.
 *
 * PostgreSQL hands them no arguments, but a way to get those of any row of the
 * partition.  What a function wants of each row it gets with the call, of others by a
 * request; what it is likely to ask for it gets with the call, too (ahead.c).  What it keeps
 * of a partition is a Go value that stays in its world, and goes with the partition's memory.
 *
 *-------------------------------------------------------------------------
 */
#include "ahead.h"
#include "call.h"
#include "state.h"
#include "../base/caller.h"
#include "../base/hold.h"
#include "../cell/cell.h"
#include "../base/catalog.h"

#include "utils/memutils.h"

/*
 * Runs a window function for the current row.  "wanted" has a bit for each of the first
 * arguments that it wants of each row.
 */
Datum
pgstd_call_window(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo, uint32 wanted)
{
	WindowObject window = pgstd_window_of(fcinfo);
	PgstdControl *control = pgstd_prepare(module, site, index, fcinfo);
	const PgstdFunction *function = pgstd_function_of(site, control, index);
	PgstdPlan  *plan = pgstd_plan(site, control, function, fcinfo);
	int			hold = pgstd_hold(plan);
	int			nargs = fcinfo->nargs;
	PgstdSlot	args[FUNC_MAX_ARGS + 4];
	WindowPartition *partition = pgstd_window_partition(window);
	CallCache  *cache = pgstd_call_cache(fcinfo->flinfo);
	PgstdAhead *ahead = cache->ahead;
	BackendWorld *bw;

	pgstd_window_nulls(window, fcinfo);
	for (int i = 0; i < nargs; i++)
	{
		bool		isnull = true;
		Datum		value = 0;

		if (i < 16 && (wanted & (1 << i)) != 0)
			value = WinGetFuncArgCurrent(window, i, &isnull);
		pgstd_to_slot(plan->args[i], value, isnull, &args[i]);
	}
	if (wanted != 0)
	{
		/* That may have run any code, and ended the world. */
		control = pgstd_prepare(module, site, index, fcinfo);
		function = pgstd_function_of(site, control, index);
	}
	bw = pgstd_world_of(control);
	if (unlikely(bw->apart != NULL))
		pgstd_pass_mark(control, site->code, PGSTD_PASS_WINDOW);
	pgstd_pass_state(bw, partition->held, &args[nargs], "window");
	args[nargs + 1] = pgstd_released_states(bw);
	args[nargs + 2] = (PgstdSlot) {.word = (uint64) WinGetCurrentPosition(window)};
	args[nargs + 3] = (PgstdSlot) {0};
	if (ahead != NULL && ahead->n > 0)
	{
		pgstd_ahead_fill(ahead, window, plan, partition);
		args[nargs + 3] = (PgstdSlot) {.word = (uint64) ahead->rows, .size = (uint32) ahead->given};
	}
	cache->window = plan;
	pgstd_run(module, site, control, args, fcinfo);
	pgstd_let_go(hold);
	if (cache->ahead != NULL)
		pgstd_ahead_learn(cache->ahead, args[nargs + 3].flags);
	if (partition->held == NULL && (args[nargs].flags & PGSTD_SLOT_NULL) == 0)
		partition->held = pgstd_hold_state(bw, args[nargs].word, GetMemoryChunkContext(partition));

	/* The call may have changed the catalog, or the transaction. */
	if (unlikely(plan->generation != pgstd_catalog_generation()))
		plan = pgstd_plan(site, control, function, fcinfo);
	return pgstd_take_by_plan(plan, control, fcinfo);
}
