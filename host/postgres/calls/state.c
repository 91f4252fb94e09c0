/*-------------------------------------------------------------------------
 *
 * state.c
 *	  Go values that stay in their world between the rows of a query: states of
 *	  aggregates, and what window functions keep of a partition.
 *
 * For the host, one is a HeldState, which has the number by which the world knows the
 * value.  It lives as long as the memory of the group or partition does, whatever way
 * that ends; its callback then notes the number, and the next call of such a function
 * passes all that have been noted to the world.
 * The other way round, a world that has ended takes its values with it: the HeldState
 * refers to the world by generation, and a state of another world is an error.
 *
 *-------------------------------------------------------------------------
 */
#include "state.h"
#include "../base/alive.h"

#include "utils/memutils.h"

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

/*
 * Keeps a value of a call that has just ended for as long as a context lives.
 */
HeldState *
pgstd_hold_state(BackendWorld *bw, uint64 handle, MemoryContext context)
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
	return state;
}

/* A state that the world cannot be given. */
void
pgstd_refuse_state(const HeldState *state, const char *what)
{
	if (!pgstd_is_alive(&state->world))
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("the Go code that held the state of this %s was ended by a failure in another call", what),
				 errhint("Calls in one session share Go code's memory, which is gone.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the state of this %s belongs to another role", what),
			 errhint("Let the role that began read all rows.")));
}
