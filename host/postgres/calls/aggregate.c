/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Functions of aggregates, whose state is a Go value that stays in its world
 *	  between rows.
 *
 * In SQL the state is of type internal: a pointer to a HeldState, in the memory of the
 * aggregate's group.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "state.h"
#include "../base/caller.h"
#include "../base/hold.h"
#include "../values/plan.h"
#include "../values/values.h"

#include "utils/memutils.h"

/* Where a new state of this call is to live. */
static MemoryContext
state_context(FunctionCallInfo fcinfo, bool deserializes)
{
	MemoryContext context;

	/* SQL has no value of type internal, so nobody else can call these functions. */
	if (!AggCheckCallContext(fcinfo, &context))
		elog(ERROR, "pgstd: a function of an aggregate was called outside of it");
	/* What comes from another process is merged into a group's state at once. */
	return deserializes ? CurrentMemoryContext : context;
}

/*
 * Calls a function of which an argument or the result is a state.  Behind the
 * arguments is a slot more: it has the states that nobody needs any more.  "planned" is a
 * constant: it says that values that are no states need more than a look at the signature.
 */
static pg_attribute_always_inline Datum
call_state(Module *module, PgstdSite *site, uint32 index, bool planned, FunctionCallInfo fcinfo)
{
	PgstdForm	form = planned ? PGSTD_FORM_PLAN : PGSTD_FORM_STATE;
	PgstdControl *control = pgstd_prepare_as(module, site, index, form, fcinfo);
	const uint8 *signature = (const uint8 *) control->functions[index].signature.data;
	PgstdSlot	args[FUNC_MAX_ARGS + 1];
	bool		makes = signature[0] == PGSTD_STATE;
	MemoryContext context = NULL;
	uint64		before = 0;
	BackendWorld *bw;
	int			hold = 0;

	if (planned)
	{
		PgstdPlan  *plan = pgstd_state_plan(site, &control->functions[index], fcinfo);

		hold = pgstd_hold(plan);
		pgstd_pass_by_plan(plan, fcinfo, args);
		/* That may have run any code, and ended the world. */
		control = pgstd_prepare(module, site, index, fcinfo);
		signature = (const uint8 *) control->functions[index].signature.data;
	}
	bw = pgstd_world_of(control);
	for (int i = 0; i < fcinfo->nargs; i++)
		if (signature[i + 1] == PGSTD_STATE)
			pgstd_pass_state(bw, fcinfo->args[i].isnull ? NULL : (HeldState *) DatumGetPointer(fcinfo->args[i].value), &args[i], "aggregate");
		else if (!planned)
			pgstd_set_argument(&args[i], (PgstdType) signature[i + 1], &fcinfo->args[i]);
	if (makes)
	{
		bool		deserializes = signature[1] != PGSTD_STATE;

		if (unlikely(deserializes || (args[0].flags & PGSTD_SLOT_NULL)))
			context = state_context(fcinfo, deserializes);
		else
			before = args[0].word;
	}
	args[fcinfo->nargs] = pgstd_released_states(bw);

	pgstd_run(module, site, control, args, fcinfo);
	if (planned)
		pgstd_let_go(hold);
	if (makes)
	{
		if (fcinfo->isnull)
			return (Datum) 0;
		if (unlikely(context != NULL))
			return PointerGetDatum(pgstd_hold_state(bw, control->result.word, context));
		if (control->result.word != before)
			elog(ERROR, "pgstd: a function of an aggregate has returned another state than it was given");
		return fcinfo->args[0].value;
	}
	/* The call may have changed the catalog, or the transaction. */
	if (planned)
		return pgstd_take_by_plan(pgstd_state_plan(site, &control->functions[index], fcinfo), control, fcinfo);
	if (signature[0] >= PGSTD_TEXT && !fcinfo->isnull)
		return pgstd_make_varlena(bw, &control->result);
	return (Datum) control->result.word;
}

Datum
pgstd_call_state(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return call_state(module, site, index, false, fcinfo);
}

/* The same for values that need a plan. */
Datum
pgstd_call_state_values(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return call_state(module, site, index, true, fcinfo);
}
