/*-------------------------------------------------------------------------
 *
 * hold.h
 *	  What calls have in their hands.
 *
 * A call uses plans, conversions and states of functions that it shares with other
 * calls, and that another call, further in, may find outdated or want to use
 * itself.  So whoever uses one says so for as long as it is in a C frame of his.
 * There is no need to say so when an error is thrown over that frame: holds know
 * where on the stack they were made, and those that are further in than a frame that
 * runs are over.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_HOLD_H
#define PGSTD_HOLD_H

#include "../backend.h"

typedef struct PgstdHold
{
	const char *frame;			/* a place in the frame that holds */
	const char *holder;			/* the function whose frame it is, or is inlined into it */
	const void *thing;
} PgstdHold;

/* All that are made, those further out first. */
extern PgstdHold *pgstd_holds;
extern int	pgstd_nholds;
extern int	pgstd_max_holds;

extern void pgstd_holds_grow(void);
extern bool pgstd_is_held(const void *thing);
extern void pgstd_retire(MemoryContext context, void *thing, Size size);

/* Forgets holds of frames that are no more. */
static inline void
pgstd_holds_settle(const char *frame)
{
	while (pgstd_nholds > 0 && pgstd_holds[pgstd_nholds - 1].frame < frame)
		pgstd_nholds--;
}

/*
 * Forgets holds that a call at the same place has left, which has ended in an error: a
 * function holds one thing at a time.
 */
static inline void
pgstd_holds_replace(const char *frame, const char *holder)
{
	for (int i = pgstd_nholds - 1; i >= 0 && pgstd_holds[i].frame == frame; i--)
		if (pgstd_holds[i].holder == holder)
			pgstd_nholds = i;
}

static pg_attribute_always_inline int
pgstd_hold_as(const void *thing, const char *holder)
{
	const char *frame = __builtin_frame_address(0);

	pgstd_holds_settle(frame);
	pgstd_holds_replace(frame, holder);
	if (unlikely(pgstd_nholds == pgstd_max_holds))
		pgstd_holds_grow();
	pgstd_holds[pgstd_nholds] = (PgstdHold) {frame, holder, thing};
	return pgstd_nholds++;
}

/*
 * Holds a thing until pgstd_let_go is called with what this returns.  It is inlined
 * into the frame that holds.
 */
#define pgstd_hold(thing) pgstd_hold_as((thing), __func__)

/* Lets go of it, and of whatever has been held since. */
static inline void
pgstd_let_go(int hold)
{
	pgstd_nholds = hold;
}

#endif							/* PGSTD_HOLD_H */
