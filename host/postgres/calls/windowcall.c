/*-------------------------------------------------------------------------
 *
 * windowcall.c
 *	  Calls of window functions.
 *
 * PostgreSQL hands them no arguments, but a way to get those of any row of the
 * partition.  What a function wants of each row it gets with the call, of others by a
 * request.  What it keeps of a partition is a Go value that stays in its world, and
 * goes with the partition's memory.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "state.h"
#include "window.h"
#include "../base/caller.h"
#include "../base/hold.h"
#include "../cell/cell.h"
#include "../values/plan.h"
#include "../values/values.h"

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
	PgstdSlot	args[FUNC_MAX_ARGS + 3];
	HeldState **held = WinGetPartitionLocalMemory(window, sizeof(HeldState *));
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
	/* That may have run any code, and ended the world. */
	control = pgstd_prepare(module, site, index, fcinfo);
	function = pgstd_function_of(site, control, index);
	bw = pgstd_world_of(control);
	if (unlikely(bw->apart != NULL))
		pgstd_pass_mark(control, site->code, PGSTD_PASS_WINDOW);
	pgstd_pass_state(bw, *held, &args[nargs], "window");
	args[nargs + 1] = pgstd_released_states(bw);
	args[nargs + 2] = (PgstdSlot) {.word = (uint64) WinGetCurrentPosition(window)};
	pgstd_call_cache(fcinfo->flinfo)->window = plan;
	pgstd_run(module, site, control, args, fcinfo);
	pgstd_let_go(hold);
	if (*held == NULL && (args[nargs].flags & PGSTD_SLOT_NULL) == 0)
		*held = pgstd_hold_state(bw, args[nargs].word, GetMemoryChunkContext(held));

	/* The call may have changed the catalog, or the transaction. */
	return pgstd_take_by_plan(pgstd_plan(site, control, function, fcinfo), control, fcinfo);
}
