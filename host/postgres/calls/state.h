/*-------------------------------------------------------------------------
 *
 * state.h
 *	  Go values that stay in their world between the rows of a query.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_STATE_H
#define PGSTD_STATE_H

#include "../backend.h"
#include "../base/alive.h"

typedef struct HeldState
{
	MemoryContextCallback callback; /* of the context that this is in */
	WorldRef	world;
	uint64		handle;			/* of the value, in its world */
	uint32		place;			/* among those that have a number, from 1; 0: it has none */
} HeldState;

/* state.c */
extern HeldState *pgstd_hold_state(BackendWorld *bw, uint64 handle, MemoryContext context);
extern uint64 pgstd_number_state(HeldState *state);
extern HeldState *pgstd_state_of_number(uint64 number);
pg_noreturn extern void pgstd_refuse_state(const HeldState *state, const char *what);

/*
 * What the world gets for a state: its number, or NULL if there is none yet.  "what" is
 * whose it is, for people.
 */
static inline void
pgstd_pass_state(BackendWorld *bw, const HeldState *state, PgstdSlot *slot, const char *what)
{
	*slot = (PgstdSlot) {.flags = PGSTD_SLOT_NULL};
	if (state == NULL)
		return;
	if (unlikely(!pgstd_is_alive(&state->world) || state->world.bw != bw))
		pgstd_refuse_state(state, what);
	slot->flags = 0;
	slot->word = state->handle;
}

/* The slot with the states that nobody needs any more. */
static inline PgstdSlot
pgstd_released_states(const BackendWorld *bw)
{
	return (PgstdSlot) {.word = bw->states.released > 0 ? (uint64) &bw->states : 0};
}

#endif							/* PGSTD_STATE_H */
