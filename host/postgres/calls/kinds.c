/*-------------------------------------------------------------------------
 *
 * kinds.c
 *	  What is done for each kind of request.
 *
 * Much of the server is called from here and from nowhere else.  A module whose Go part asks for
 * nothing is linked without this file, and so the loader has half as many symbols to find
 * when a session loads it.
 *
 *-------------------------------------------------------------------------
 */
#include "kinds.h"
#include "ahead.h"
#include "common.h"
#include "ending.h"
#include "notify.h"
#include "sink.h"
#include "../base/alive.h"
#include "../sql/sql.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"

/* A subtransaction takes memory of the backend that no limit counts. */
#define MAX_SUBXACTS	1000

static void
serve_sql(Frame *frame, Request *request)
{
	request->sql.nrows = request->sql.ncolumns = 0;
	pgstd_execute(&frame->world, &request->sql, frame->fcinfo, pgstd_frame_answer(frame));
}

static void
serve_show(Frame *frame, Request *request)
{
	pgstd_show(&frame->world, &request->show, pgstd_frame_answer(frame));
}

static void
serve_set_rows(Frame *frame, Request *request)
{
	/* It takes them from where they are, at once. */
	pgstd_set_rows(pgstd_alive(&frame->world)->world.control->argument, frame->fcinfo);
}

static void
serve_window(Frame *frame, Request *request)
{
	pgstd_window(frame, &request->window);
	pgstd_ahead_note(frame->fcinfo, &request->window);
}

static void
serve_worker(Frame *frame, Request *request)
{
	pgstd_worker_serve(frame, &request->worker);
}

static void
serve_ending(Frame *frame, Request *request)
{
	pgstd_await_ending(pgstd_alive(&frame->world), &request->ending);
}

static void
serve_common(Frame *frame, Request *request)
{
	pgstd_common(pgstd_alive(&frame->world), &request->common);
}

/* Rows are closed even where no further statement is possible, as what a panic has left. */
static bool
closes_rows(const Request *request)
{
	return request->rows.op == PGSTD_ROWS_CLOSE || request->rows.op == PGSTD_ROWS_BEFORE;
}

static void
serve_rows(Frame *frame, Request *request)
{
	if (request->rows.op == PGSTD_ROWS_BEFORE)
		request->rows.cursor = frame->last_cursor;
	else if (closes_rows(request))
		/* To end a query could take the lock that is held, and wait for it for ever. */
		pgstd_rows_close(pgstd_alive(&frame->world), request->rows.cursor,
						 *pgstd_frame_failure(frame) != NULL || InterruptHoldoffCount != 0);
	else
		pgstd_rows(&frame->world, &request->rows, frame->fcinfo, pgstd_frame_answer(frame));
}

/* A procedure may end the transaction if it was called from nowhere but the top. */
static bool
is_atomic(FunctionCallInfo fcinfo)
{
	return fcinfo == NULL || fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		((CallContext *) fcinfo->context)->atomic;
}

static void
end_transaction(const Frame *frame, const PgstdTransaction *request)
{
	bool		commit = request->op == PGSTD_TRANSACTION_COMMIT;

	if (is_atomic(frame->fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("%s is not possible here", commit ? "pg.Commit" : "pg.Rollback"),
				 errhint("A transaction ends in a procedure, called by CALL outside of a transaction block.")));
	if (frame->subxact != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("%s is not possible inside of pg.Subtransaction", commit ? "pg.Commit" : "pg.Rollback")));
	if (SPI_connect_ext(SPI_OPT_NONATOMIC) != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect_ext failed");
	if (commit && request->chain)
		SPI_commit_and_chain();
	else if (commit)
		SPI_commit();
	else if (request->chain)
		SPI_rollback_and_chain();
	else
		SPI_rollback();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/* Loops over rows go on in the next transaction. */
static void
serve_transaction(Frame *frame, Request *request)
{
	pgstd_rows_pin(pgstd_alive(&frame->world), true);
	PG_TRY();
	{
		end_transaction(frame, &request->transaction);
	}
	PG_FINALLY();
	{
		MemoryContextSwitchTo(frame->context);
		if (pgstd_is_alive(&frame->world))
			pgstd_rows_pin(frame->world.bw, false);
		/* What it was has gone with the transaction. */
		frame->owner = CurrentResourceOwner;
	}
	PG_END_TRY();
}

/* A subtransaction can be ended after a failure, but no other can begin. */
static bool
ends_subxact(const Request *request)
{
	return request->subxact.op != PGSTD_SUBXACT_BEGIN;
}

static void
serve_subxact(Frame *frame, Request *request)
{
	uint64		op = request->subxact.op;

	if (op == PGSTD_SUBXACT_BEGIN && frame->nsubxacts == MAX_SUBXACTS)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("calls of pg.Subtransaction are nested too deeply"),
				 errdetail("The limit is %d levels.", MAX_SUBXACTS)));
	if (op == PGSTD_SUBXACT_BEGIN)
		pgstd_frame_begin_subxact(frame);
	else if (frame->subxact == NULL)
		request->subxact.error = pgstd_frame_tell_text(frame, "2D000", "there is no subtransaction to end", NULL);
	else
	{
		ErrorData  *failed = frame->subxact->failed;

		if (op == PGSTD_SUBXACT_COMMIT && failed == NULL)
			failed = pgstd_frame_end_subxact(frame, true);
		else
			pgstd_frame_end_subxact(frame, false);
		if (op == PGSTD_SUBXACT_COMMIT && failed != NULL)
			request->subxact.error = pgstd_frame_tell(frame, failed);
	}
}

/* A worker begins a transaction so: not while one is being ended, when Go code may run, too. */
static bool
begins_transaction(const Request *request)
{
	return ends_subxact(request) || pgstd_can_begin_whole();
}

static bool
reads_notification(const Request *request)
{
	return request->worker.op == PGSTD_WORKER_NOTIFICATION;
}

static const RequestKind kinds[PGSTD_REQUEST_KINDS] = {
	[PGSTD_REQUEST_SQL] = {serve_sql},
	[PGSTD_REQUEST_SUBXACT] = {serve_subxact, .outside = begins_transaction, .possible = ends_subxact, .refused = "no subtransaction"},
	[PGSTD_REQUEST_ROWS] = {serve_rows, .outside = closes_rows, .possible = closes_rows},
	[PGSTD_REQUEST_TRANSACTION] = {serve_transaction},
	/* It looks at the catalog. */
	[PGSTD_REQUEST_SHOW] = {serve_show, .refused = "no text of a value"},
	[PGSTD_REQUEST_SET_ROWS] = {serve_set_rows, .keeps_answer = true},
	[PGSTD_REQUEST_WINDOW] = {serve_window, .refused = "no other row"},
	[PGSTD_REQUEST_WORKER] = {serve_worker, .outside = reads_notification},
	[PGSTD_REQUEST_ENDING] = {serve_ending},
	[PGSTD_REQUEST_COMMON] = {serve_common, .keeps_answer = true, .refused = "no shared memory"},
};

const RequestKind *const pgstd_request_kinds = kinds;
