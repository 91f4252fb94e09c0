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
 * Where SQL has a state as a value that anybody can keep, copy or store, it is a number:
 * what it stands for is looked up, and one that is over, or of another session, is found out.
 *
 *-------------------------------------------------------------------------
 */
#include "state.h"
#include "../base/alive.h"

#include "utils/memutils.h"

/* A state that has a number. */
typedef struct Numbered
{
	HeldState  *state;			/* NULL: the place is free */
	uint32		use;			/* of the place; the number's upper half */
	uint32		next;			/* free place, from 1 */
} Numbered;

static Numbered *numbered = NULL;
static uint32 nnumbered = 0;	/* places */
static uint32 free_place = 0;	/* from 1; 0: there is none */

static pg_noinline void
enlarge_numbered(void)
{
	uint32		places = Max(64, nnumbered * 2);
	uint32		first_use = 0;

	/* A number that another session has left somewhere is not to mean anything. */
	if (!pg_strong_random(&first_use, sizeof(first_use)))
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("could not generate random values")));
	if (numbered == NULL)
		numbered = MemoryContextAlloc(TopMemoryContext, places * sizeof(Numbered));
	else
		numbered = repalloc_huge(numbered, places * sizeof(Numbered));
	for (uint32 i = places; i > nnumbered; i--)
	{
		numbered[i - 1] = (Numbered) {.use = first_use, .next = free_place};
		free_place = i;
	}
	nnumbered = places;
}

/* Gives a state a number for SQL. */
uint64
pgstd_number_state(HeldState *state)
{
	Numbered   *n;

	if (unlikely(free_place == 0))
		enlarge_numbered();
	state->place = free_place;
	n = &numbered[free_place - 1];
	free_place = n->next;
	n->state = state;
	n->use++;
	return (uint64) n->use << 32 | state->place;
}

/* The state that a number stands for, which may come from anywhere. */
HeldState *
pgstd_state_of_number(uint64 number)
{
	uint32		place = (uint32) number;

	if (unlikely(place - 1 >= nnumbered || numbered[place - 1].use != (uint32) (number >> 32) ||
				 numbered[place - 1].state == NULL))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the state of this aggregate is over"),
				 errdetail("It was kept beyond its query, or comes from another session.")));
	return numbered[place - 1].state;
}

/* Memory context callback: nothing here can fail, as room has been made before. */
static void
release_state(void *arg)
{
	HeldState  *state = arg;
	PgstdStates *states = &state->world.bw->states;

	if (state->place != 0)
	{
		Numbered   *n = &numbered[state->place - 1];

		n->state = NULL;
		n->next = free_place;
		free_place = state->place;
	}
	states->held--;
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
	state->place = 0;
	state->callback.func = release_state;
	state->callback.arg = state;
	bw->states.live++;
	bw->states.held++;
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
