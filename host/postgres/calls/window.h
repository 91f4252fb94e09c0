/*-------------------------------------------------------------------------
 *
 * window.h
 *	  Window functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_WINDOW_H
#define PGSTD_WINDOW_H

#include "frame.h"

#include "windowapi.h"

struct HeldState;

/* What is kept of a partition, as long as PostgreSQL keeps it; zero at its begin. */
typedef struct WindowPartition
{
	struct HeldState *held;		/* what the function keeps; NULL: nothing yet */
	int64		needed;			/* rows before this one it has done without */
} WindowPartition;

static inline WindowPartition *
pgstd_window_partition(WindowObject window)
{
	return WinGetPartitionLocalMemory(window, sizeof(WindowPartition));
}

/* window.c */
extern WindowObject pgstd_window_of(FunctionCallInfo fcinfo);
extern Datum pgstd_window_argument(WindowObject window, PgstdWindow *request, bool *isnull);
extern void pgstd_window(Frame *frame, PgstdWindow *request);

#endif							/* PGSTD_WINDOW_H */
