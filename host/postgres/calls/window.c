/*-------------------------------------------------------------------------
 *
 * window.c
 *	  What a window function asks for while it runs: rows around the current one.
 *
 *-------------------------------------------------------------------------
 */
#include "window.h"
#include "../base/caller.h"
#include "../values/plan.h"
#include "../values/values.h"

#include <limits.h>

/* The window that a function is called for. */
WindowObject
pgstd_window_of(FunctionCallInfo fcinfo)
{
	WindowObject window = fcinfo != NULL ? (WindowObject) fcinfo->context : NULL;

	if (!WindowObjectIsValid(window))
		ereport(ERROR,
				(errcode(ERRCODE_WINDOWING_ERROR),
				 errmsg("rows of a window were asked for outside of a window function")));
	return window;
}

/* PostgreSQL counts rows of a window by int. */
static int
row_offset(const PgstdWindow *request)
{
	if (request->offset > INT_MAX || request->offset < -INT_MAX)
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("row " INT64_FORMAT " of a window is out of range", request->offset)));
	return (int) request->offset;
}

/* The value of an argument, in a row that is asked for; it may lie where the next one will. */
Datum
pgstd_window_argument(WindowObject window, PgstdWindow *request, bool *isnull)
{
	bool		outside = false;
	int			argument = (int) request->argument;
	int			offset = row_offset(request);
	Datum		value;

	switch ((PgstdWindowOp) request->op)
	{
		case PGSTD_WINDOW_CURRENT:
			value = WinGetFuncArgCurrent(window, argument, isnull);
			break;
		case PGSTD_WINDOW_RELATIVE:
			value = WinGetFuncArgInPartition(window, argument, offset, WINDOW_SEEK_CURRENT, false, isnull, &outside);
			break;
		case PGSTD_WINDOW_FIRST:
			value = WinGetFuncArgInPartition(window, argument, offset, WINDOW_SEEK_HEAD, false, isnull, &outside);
			break;
		case PGSTD_WINDOW_LAST:
			value = WinGetFuncArgInPartition(window, argument, offset, WINDOW_SEEK_TAIL, false, isnull, &outside);
			break;
		case PGSTD_WINDOW_FRAME_FIRST:
			value = WinGetFuncArgInFrame(window, argument, offset, WINDOW_SEEK_HEAD, false, isnull, &outside);
			break;
		case PGSTD_WINDOW_FRAME_LAST:
			value = WinGetFuncArgInFrame(window, argument, offset, WINDOW_SEEK_TAIL, false, isnull, &outside);
			break;
		default:
			elog(ERROR, "pgstd: there is no operation " UINT64_FORMAT " of windows", request->op);
	}
	request->outside = outside;
	return value;
}

/* What a window function asks for while it runs. */
void
pgstd_window(Frame *frame, PgstdWindow *request)
{
	WindowObject window = pgstd_window_of(frame->fcinfo);
	PgstdPlan  *plan = pgstd_call_cache(frame->fcinfo->flinfo)->window;
	MemoryContext caller;
	PgstdConv  *conv;
	Datum		value;
	bool		isnull;

	/* Rows are read by the query, which is not a part of it. */
	if (frame->subxact != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rows of a window cannot be read inside of pg.Subtransaction")));
	switch (request->op)
	{
		case PGSTD_WINDOW_ROWS:
			request->rows = WinGetPartitionRowCount(window);
			return;
		case PGSTD_WINDOW_PEERS:
			request->outside = !WinRowsArePeers(window, request->offset, request->rows);
			return;
		case PGSTD_WINDOW_MARK:
			/* It would believe to be among rows that it has not read yet. */
			if (request->offset > WinGetCurrentPosition(window))
				ereport(ERROR,
						(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
						 errmsg("a window function cannot do without rows that come after the current one")));
			WinSetMarkPosition(window, request->offset);
			pgstd_window_partition(window)->needed = request->offset;
			return;
		default:
			break;
	}
	if (plan == NULL || request->argument >= plan->nargs)
		elog(ERROR, "pgstd: a window function has no argument " UINT64_FORMAT, request->argument);
	conv = plan->args[request->argument];
	caller = conv->kind == PGSTD_CONV_WORD ? CurrentMemoryContext : MemoryContextSwitchTo(pgstd_frame_answer(frame));
	value = pgstd_window_argument(window, request, &isnull);
	pgstd_to_slot(conv, value, isnull, &request->value);
	MemoryContextSwitchTo(caller);
}
