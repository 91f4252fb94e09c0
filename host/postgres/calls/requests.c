/*-------------------------------------------------------------------------
 *
 * requests.c
 *	  What a world asks of the host by a switch: SQL, subtransactions, and the
 *	  interrupts that do not end it.
 *
 * All of it may raise, and may call back into the same world.  So it is done
 * here, on the host's stack, between two switches; an error becomes data for the
 * world and is kept, to be thrown when the call has ended.  Nothing longjmps
 * over Go frames.
 *
 * What a request says is copied before anything runs, and what it points to is
 * taken by whoever serves it; see take.h.  The answer is written back only into a
 * world that is still there.
 *
 *-------------------------------------------------------------------------
 */
#include "requests.h"
#include "errors.h"
#include "kinds.h"
#include "../base/caller.h"
#include "../base/worker.h"
#include "../cell/cell.h"
#include "../session/signals.h"
#include "../session/worlds.h"
#include "../sql/sql.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"

static const PgstdErrorData *
refuse(Frame *frame, const RequestKind *kind)
{
	const char *what = kind->refused != NULL ? kind->refused : "no other";
	MemoryContext caller = MemoryContextSwitchTo(pgstd_frame_answer(frame));
	char	   *message = psprintf("an SQL statement of this function has failed before; %s is possible", what);

	MemoryContextSwitchTo(caller);
	return pgstd_frame_tell_text(frame, "25P02", message,
					 kind->refused == NULL ? "Run what may fail in pg.Subtransaction." : NULL);
}

/* A world that is wrong about its request is not fit to be told. */
static const RequestForm *
take_request(Frame *frame, Request *request, const RequestKind **kind)
{
	uint32		number = frame->world.bw->world.control->request;
	const RequestForm *form = pgstd_request_copy(&frame->world.bw->world, request);

	if (form == NULL || pgstd_request_kinds == NULL || number >= PGSTD_REQUEST_KINDS)
	{
		frame->broken = true;
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("Go code has made a request that does not lie in its memory")));
	}
	*kind = &pgstd_request_kinds[number];
	return form;
}

/* What takes look-ups in the catalog, as long as they are possible. */
static void
prepare(Frame *frame)
{
	frame->signature = pgstd_signature(frame->fcinfo);
	/* Before there is any subtransaction, which would take it along at its end. */
	if (pgstd_has_transition_tables(frame->fcinfo))
		pgstd_spi_connect(frame->fcinfo);
	frame->prepared = true;
}

/* Serves one request, and writes the answer: an error is kept, and told. */
static void
serve(Frame *frame)
{
	/* Where it is, and of what kind: a nested call makes requests of its own. */
	void	   *argument = frame->world.bw->world.control->argument;
	const RequestForm *volatile form = NULL;
	Request		request;
	const PgstdErrorData *volatile error = NULL;
	ErrorData *volatile edata = NULL;

	PG_TRY();
	{
		const RequestKind *kind;

		form = take_request(frame, &request, &kind);
		*pgstd_request_error(form, &request) = NULL;
		if (!kind->keeps_answer)
		{
			pgstd_frame_forget_answer(frame);
			if (frame->world.bw->apart != NULL)
				pgstd_pass_forget(frame->world.bw);
		}
		if (*pgstd_frame_failure(frame) != NULL && (kind->possible == NULL || !kind->possible(&request)))
			error = refuse(frame, kind);
		else if (!IsTransactionState() && (kind->outside == NULL || !kind->outside(&request)))
			error = pgstd_frame_tell_text(frame, "25P01", "there is no transaction here, and so no SQL",
										  pgstd_worker_name != NULL ? "Use it in the function that Tx of the pg.Worker gets." : NULL);
		else if (InterruptHoldoffCount != 0 && (kind->possible == NULL || !kind->possible(&request)))
			/* A statement could want the lock that is held, and one that fails would let go of it. */
			error = pgstd_frame_tell_text(frame, "0A000", "there is no SQL here, where PostgreSQL holds a lock",
										  "What compares or estimates for an index works with its arguments alone.");
		else
		{
			if (!frame->prepared && InterruptHoldoffCount == 0)
				prepare(frame);
			kind->serve(frame, &request);
		}
	}
	PG_CATCH();
	{
		edata = pgstd_frame_catch_error(frame);
	}
	PG_END_TRY();
	pgstd_frame_check_alive(frame);
	if (edata != NULL)
	{
		*pgstd_frame_failure(frame) = edata;
		error = pgstd_frame_tell(frame, edata);
	}
	if (error != NULL)
		*pgstd_request_error(form, &request) = error;
	pgstd_request_answer(frame->world.bw, form, &request, argument);
}

/* Whatever is raised here is meant to end what is going on. */
static void
serve_interrupts(Frame *frame)
{
	BackendWorld *bw = frame->world.bw;
	PgstdWorldState state = bw->world.state;

	/* There may be no goroutine to serve a call now. */
	bw->world.state = PGSTD_WORLD_BUSY;
	pgstd_unselect(bw->module);
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
		pgstd_worker_interrupts(bw->world.control);
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		pgstd_frame_abort_statement(frame);
		edata = CopyErrorData();
		FlushErrorState();
		pgstd_backend_discard(bw);
		pgstd_frame_leave(frame, edata);
	}
	PG_END_TRY();
	bw->world.state = state;
}

/*
 * Error context callback; the argument is a frame.  It is called before the error
 * lets go of interrupts.
 */
static void
add_context(void *arg)
{
	Frame	   *frame = arg;

	frame->heldoff = Max(frame->heldoff, InterruptHoldoffCount);
	pgstd_add_context((void *) frame->signature);
}

/*
 * Serves requests until the call, or the start, has ended, and returns with what
 * event.  An error of a statement that was not rolled back is thrown even if Go
 * code has dropped it.
 */
PgstdEvent
pgstd_serve(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	Frame		frame;
	PgstdControl *control = bw->world.control;
	PgstdEvent	event;
	bool		unended;

	/* error is not set until there is one */
	frame.world = (WorldRef) {bw, bw->generation};
	frame.fcinfo = fcinfo;
	frame.signature = NULL;
	GetUserIdAndSecContext(&frame.user, &frame.security);
	frame.owner = CurrentResourceOwner;
	frame.prepared = frame.broken = false;
	frame.last_cursor = bw->last_cursor;
	frame.context = CurrentMemoryContext;
	frame.ended = NULL;
	frame.subxact = NULL;
	frame.nsubxacts = 0;
	frame.failed = NULL;
	frame.answer = NULL;
	bw->frames++;
	do
	{
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = add_context,
			.arg = &frame,
		};

		frame.heldoff = 0;
		error_context_stack = &callback;
		if (control->request == PGSTD_REQUEST_INTERRUPTS)
			serve_interrupts(&frame);
		else
			serve(&frame);
		error_context_stack = callback.previous;

		/* Not CHECK_FOR_INTERRUPTS: the world has to end before it raises. */
		control->cancel = 0;
		if (pgstd_interrupt_due())
			event = PGSTD_EVENT_CANCELLED;
		else
		{
			control->op = PGSTD_OP_RESULT;
			event = pgstd_world_enter(&bw->world);
		}
	} while (event == PGSTD_EVENT_REQUEST);

	if (event == PGSTD_EVENT_DEAD || event == PGSTD_EVENT_CANCELLED)
		pgstd_frame_end_subxacts(&frame);
	else if (frame.failed != NULL)
	{
		PgstdErrorData said;

		if (pgstd_is_panic(control))
			pgstd_frame_add_panic(&frame);
		else if (control->failure != NULL && pgstd_message_take(&bw->world, control->failure, &said))
			pgstd_frame_add_place(&frame, said.context);
		pgstd_frame_leave(&frame, frame.failed);
	}
	unended = frame.subxact != NULL;
	pgstd_frame_end_subxacts(&frame);
	pgstd_frame_forget_ended(&frame);
	/* What a statement that has failed was doing is for the rollback to end. */
	if (frame.answer != NULL && frame.failed == NULL)
		MemoryContextDelete(frame.answer);
	bw->frames--;
	/* An error of the call's own says more. */
	if (unended && event == PGSTD_EVENT_DONE && control->failure == NULL)
	{
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = add_context,
			.arg = &frame,
		};

		error_context_stack = &callback;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("a function has begun a transaction and not ended it"),
				 errdetail("What it has done in it is undone."),
				 errhint("Call Commit or Rollback of what pg.Begin returns; a deferred Rollback does no harm after a Commit.")));
	}
	/* It leaves its connections on top of this one. */
	if (frame.prepared && frame.failed == NULL && pgstd_has_transition_tables(fcinfo))
		pgstd_spi_finish();
	return event;
}
