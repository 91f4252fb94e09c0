/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  Functions of aggregates, whose state is a Go value that stays in its world
 *	  between rows.
 *
 * In SQL the state is of type internal: a pointer to a HeldState, which has the
 * number by which the world knows the value.  It lives as long as the memory of the
 * aggregate's group does, whatever way that ends; its callback then notes the number,
 * and the next call of such a function passes all that have been noted to the world.
 * The other way round, a world that has ended takes its values with it: the HeldState
 * refers to the world by generation, and a state of another world is an error.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "../base/alive.h"
#include "../base/caller.h"
#include "../base/hold.h"
#include "../values/plan.h"
#include "../values/values.h"

#include "utils/memutils.h"

typedef struct HeldState
{
	MemoryContextCallback callback; /* of the context that this is in */
	WorldRef	world;
	uint64		handle;			/* of the value, in its world */
} HeldState;

/* Memory context callback: nothing here can fail, as room has been made before. */
static void
release_state(void *arg)
{
	HeldState  *state = arg;
	PgstdStates *states = &state->world.bw->states;

	if (!pgstd_is_alive(&state->world))
		return;
	states->live--;
	states->handles[states->released++] = state->handle;
}

static pg_noinline void
enlarge(PgstdStates *states)
{
	Size		capacity = Max(64, states->capacity * 2);

	if (states->handles == NULL)
		states->handles = MemoryContextAlloc(TopMemoryContext, capacity * sizeof(uint64));
	else
		states->handles = repalloc_huge(states->handles, capacity * sizeof(uint64));
	states->capacity = capacity;
}

/* Makes room for the number of one state more than there are, and than wait. */
static inline void
reserve(PgstdStates *states)
{
	if (unlikely(states->released + states->live >= states->capacity))
		enlarge(states);
}

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

static Datum
make_state(BackendWorld *bw, uint64 handle, MemoryContext context)
{
	HeldState  *state;

	/*
	 * The call may have run queries with aggregates, which took the room that was
	 * made before it: "released" and "live" together never exceed the capacity.  If
	 * this fails, the value stays until its world ends.
	 */
	reserve(&bw->states);
	state = MemoryContextAllocExtended(context, sizeof(HeldState), MCXT_ALLOC_NO_OOM);
	if (state == NULL)
	{
		bw->states.handles[bw->states.released++] = handle;
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	}
	state->world.bw = bw;
	state->world.generation = bw->generation;
	state->handle = handle;
	state->callback.func = release_state;
	state->callback.arg = state;
	bw->states.live++;
	MemoryContextRegisterResetCallback(context, &state->callback);
	return PointerGetDatum(state);
}

/* What the world gets for a state: its number, or NULL before the first row. */
static inline void
pass_state(BackendWorld *bw, const NullableDatum *arg, PgstdSlot *slot)
{
	const HeldState *state = (const HeldState *) DatumGetPointer(arg->value);

	*slot = (PgstdSlot) {.flags = PGSTD_SLOT_NULL};
	if (arg->isnull || state == NULL)
		return;
	if (unlikely(!pgstd_is_alive(&state->world)))
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("the Go code that held the state of this aggregate was ended by a failure in another call"),
				 errhint("Calls in one session share Go code's memory, which is gone.")));
	if (unlikely(state->world.bw != bw))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the state of this aggregate belongs to another role"),
				 errhint("Let the role that began read all rows.")));
	slot->flags = 0;
	slot->word = state->handle;
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
			pass_state(bw, &fcinfo->args[i], &args[i]);
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
	args[fcinfo->nargs] = (PgstdSlot) {.word = bw->states.released > 0 ? (uint64) &bw->states : 0};

	pgstd_run(module, site, control, args, fcinfo);
	if (planned)
		pgstd_let_go(hold);
	if (makes)
	{
		if (fcinfo->isnull)
			return (Datum) 0;
		if (unlikely(context != NULL))
			return make_state(bw, control->result.word, context);
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
