/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Functions of aggregates, whose state is a Go value that stays in its world
 *	  between rows.
 *
 * In SQL the state is of type internal: a pointer to a HeldState, in the memory of the
 * aggregate's group.  For a language, whose users cannot make aggregates of that type, it is
 * of one that is a number.
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

	/* SQL has no value of type internal, but those of a language can be called by anybody. */
	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function %s belongs to an aggregate", pgstd_signature(fcinfo)),
				 errhint("Call the aggregate.")));
	/* What comes from another process is merged into a group's state at once. */
	return deserializes ? CurrentMemoryContext : context;
}

/* Whether an argument is a state: a plan knows it better than the world does. */
static inline bool
is_state(const PgstdPlan *plan, const uint8 *signature, int i)
{
	return (plan != NULL ? plan->args[i]->code : signature[i + 1]) == PGSTD_STATE;
}

static inline HeldState *
state_of(const Module *module, const NullableDatum *arg, bool by_number)
{
	HeldState  *state;

	if (arg->isnull)
		return NULL;
	if (!by_number)
		return (HeldState *) DatumGetPointer(arg->value);
	state = pgstd_state_of_number((uint64) arg->value);
	if (unlikely(pgstd_is_alive(&state->world) && state->world.bw->module != module))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the state is that of another aggregate")));
	return state;
}

/*
 * Calls a function of which an argument or the result is a state.  Behind the
 * arguments is a slot more: it has the states that nobody needs any more.  "planned" is a
 * constant: it says that values that are no states need more than a look at the signature.  So
 * is "by_number": states are numbers in SQL.
 */
static pg_attribute_always_inline Datum
call_state(Module *module, PgstdSite *site, uint32 index, bool planned, bool by_number, FunctionCallInfo fcinfo)
{
	PgstdForm	form = planned ? PGSTD_FORM_PLAN : PGSTD_FORM_STATE;
	PgstdControl *control = pgstd_prepare_as(module, site, index, form, fcinfo);
	const PgstdFunction *function = pgstd_function_of(site, control, index);
	const uint8 *signature = (const uint8 *) function->signature.data;
	PgstdPlan  *plan = NULL;
	PgstdSlot	args[FUNC_MAX_ARGS + 1];
	bool		makes;
	MemoryContext context = NULL;
	uint64		before = 0;
	BackendWorld *bw;
	int			hold = 0;

	if (planned)
	{
		plan = pgstd_state_plan(site, control, function, fcinfo);
		hold = pgstd_hold(plan);
		pgstd_pass_by_plan(plan, fcinfo, args);
		/* That may have run any code, and ended the world. */
		control = pgstd_prepare(module, site, index, fcinfo);
		function = pgstd_function_of(site, control, index);
		makes = plan->result != NULL && plan->result->code == PGSTD_STATE;
	}
	else
		makes = signature[0] == PGSTD_STATE;
	bw = pgstd_world_of(control);
	for (int i = 0; i < fcinfo->nargs; i++)
		if (is_state(plan, signature, i))
			pgstd_pass_state(bw, state_of(module, &fcinfo->args[i], by_number), &args[i], "aggregate");
		else if (!planned)
			(void) pgstd_set_argument(&args[i], (PgstdType) signature[i + 1], &fcinfo->args[i]);
	if (makes)
	{
		bool		deserializes = !is_state(plan, signature, 0);

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
		{
			HeldState  *state = pgstd_hold_state(bw, control->result.word, context);

			return by_number ? (Datum) pgstd_number_state(state) : PointerGetDatum(state);
		}
		if (control->result.word != before)
			elog(ERROR, "pgstd: a function of an aggregate has returned another state than it was given");
		return fcinfo->args[0].value;
	}
	/* The call may have changed the catalog, or the transaction. */
	if (planned)
		return pgstd_take_by_plan(pgstd_state_plan(site, control, function, fcinfo), control, fcinfo);
	if (signature[0] >= PGSTD_TEXT && !fcinfo->isnull)
		return pgstd_make_varlena(bw, &control->result);
	return (Datum) control->result.word;
}

Datum
pgstd_call_state(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return call_state(module, site, index, false, false, fcinfo);
}

/* The same for values that need a plan. */
Datum
pgstd_call_state_values(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return call_state(module, site, index, true, false, fcinfo);
}

/* The same for a language. */
Datum
pgstd_call_state_numbered(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return call_state(module, site, index, true, true, fcinfo);
}
