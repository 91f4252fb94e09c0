/*-------------------------------------------------------------------------
 *
 * ahead.h
 *	  Rows of a window that a call is given before it asks for them.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_AHEAD_H
#define PGSTD_AHEAD_H

#include "window.h"
#include "../values/plan.h"

/* Requests of one call that are remembered. */
#define PGSTD_AHEAD_MAX	8

/* What the calls from one place in a query have asked for. */
typedef struct PgstdAhead
{
	int			n;				/* of known */
	int			given;			/* of rows: with the call that runs */
	int			trust;			/* falls with each row that was given in vain; 0: none is given any more */
	uint32		plain;			/* a bit for each argument that is computed without running any code */
	uint32		again;			/* a bit for each one of known that the call that runs has wanted, too */
	PgstdWindow known[PGSTD_AHEAD_MAX];
	PgstdWindow rows[PGSTD_AHEAD_MAX];
	uint8		of[PGSTD_AHEAD_MAX];	/* which one of known each of rows answers */
} PgstdAhead;

/* ahead.c */
extern void pgstd_ahead_note(FunctionCallInfo fcinfo, const PgstdWindow *request);
extern void pgstd_ahead_fill(PgstdAhead *ahead, WindowObject window, const PgstdPlan *plan, const WindowPartition *partition);
extern void pgstd_ahead_learn(PgstdAhead *ahead, uint32 used);

#endif							/* PGSTD_AHEAD_H */
