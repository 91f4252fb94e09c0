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
 * While a request is served the call's host frame waits in pgstd_serve.  If the
 * world dies in a call on top of it, that frame must not go back into it: it
 * finds another generation, and throws what killed the world.
 *
 *-------------------------------------------------------------------------
 */
#include "backend.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* A subtransaction that the call has begun. */
typedef struct Subxact
{
	struct Subxact *outer;
	MemoryContext memory;		/* holds this and the error */
	MemoryContext context;		/* what was current before */
	ResourceOwner owner;
	ErrorData  *failed;			/* first error of a statement in it */
} Subxact;

/* One call that has made a request. */
typedef struct Frame
{
	BackendWorld *bw;
	FunctionCallInfo fcinfo;	/* NULL while init functions run */
	uint64		generation;
	MemoryContext context;
	MemoryContext answer;		/* of the last statement, until the next one */
	MemoryContext ended;		/* of the last subtransaction, as long */
	Subxact    *subxact;		/* innermost */
	ErrorData  *failed;			/* first error of a statement outside of any */
	PgstdErrorData error;		/* what the world has been told */
} Frame;

static bool
is_dead(const Frame *frame)
{
	return frame->bw->generation != frame->generation;
}

static PgstdText
text_of(const char *s)
{
	return (PgstdText) {s, s != NULL ? strlen(s) : 0};
}

/* Makes an error readable for the world, until the next request. */
static const PgstdErrorData *
tell(Frame *frame, const ErrorData *edata)
{
	frame->error = (PgstdErrorData) {
		.sqlstate = {MemoryContextStrdup(frame->answer, unpack_sql_state(edata->sqlerrcode)), 5},
		.message = text_of(edata->message),
		.detail = text_of(edata->detail),
		.hint = text_of(edata->hint),
		.context = text_of(edata->context),
		.schema = text_of(edata->schema_name),
		.table = text_of(edata->table_name),
		.column = text_of(edata->column_name),
		.datatype = text_of(edata->datatype_name),
		.constraint = text_of(edata->constraint_name),
	};
	return &frame->error;
}

static const PgstdErrorData *
tell_text(Frame *frame, const char *sqlstate, const char *message, const char *hint)
{
	memset(&frame->error, 0, sizeof(frame->error));
	frame->error.sqlstate = text_of(sqlstate);
	frame->error.message = text_of(message);
	frame->error.hint = text_of(hint);
	return &frame->error;
}

static void
begin(Frame *frame)
{
	MemoryContext memory = AllocSetContextCreate(frame->context, "pgstd subtransaction",
												 ALLOCSET_SMALL_SIZES);
	Subxact    *s = MemoryContextAllocZero(memory, sizeof(Subxact));

	s->memory = memory;
	s->outer = frame->subxact;
	s->context = CurrentMemoryContext;
	s->owner = CurrentResourceOwner;
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(s->context);
	frame->subxact = s;
}

static void
forget_ended(Frame *frame)
{
	if (frame->ended != NULL)
		MemoryContextDelete(frame->ended);
	frame->ended = NULL;
}

/*
 * The world has copied the last answer before it asks for more SQL.  A request
 * to serve interrupts does not say so: it can come from anywhere.
 */
static void
forget_answer(Frame *frame)
{
	forget_ended(frame);
	MemoryContextReset(frame->answer);
}

/* Ends the innermost subtransaction. */
static void
end(Frame *frame, bool commit)
{
	Subxact    *s = frame->subxact;

	frame->subxact = s->outer;
	if (commit)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(s->context);
	CurrentResourceOwner = s->owner;
	/* The world may still be told of its error. */
	forget_ended(frame);
	frame->ended = s->memory;
}

/*
 * Throws an error out of the frame.  Its subtransactions go first: whoever
 * catches the error rolls back the one that is current then.
 */
pg_noreturn static void
leave(Frame *frame, ErrorData *edata)
{
	while (frame->subxact != NULL)
		end(frame, false);
	MemoryContextSwitchTo(frame->context);
	frame->bw->frames--;
	/* What Go code has returned in view of this error does not count. */
	if (!is_dead(frame))
		frame->bw->world.control->failure = NULL;
	/* A world that has not got through its init functions is of no use. */
	if (frame->fcinfo == NULL && !is_dead(frame))
		pgstd_backend_discard(frame->bw);
	ReThrowError(edata);
}

/*
 * Takes over the error that has just been caught, unless the world may not go on
 * after it: then it ends here.
 */
static ErrorData *
catch_error(Frame *frame)
{
	/* A cancel is not for Go code to handle, or to delay. */
	bool		cancelled = geterrcode() == ERRCODE_QUERY_CANCELED || ProcDiePending;
	bool		dead = is_dead(frame);
	ErrorData  *edata;

	/* What is kept goes with the subtransaction that it belongs to. */
	MemoryContextSwitchTo(!dead && !cancelled && frame->subxact != NULL ?
						  frame->subxact->memory : frame->context);
	edata = CopyErrorData();
	FlushErrorState();
	MemoryContextSwitchTo(frame->context);
	if (cancelled && !dead)
		pgstd_backend_discard(frame->bw);
	if (cancelled || dead)
		leave(frame, edata);
	return edata;
}

/* The world has died, but somebody has swallowed the error that said so. */
void
pgstd_throw_ended(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("the Go code of this function was ended by a failure in a function that it had called through SQL")));
}

static void
check_alive(Frame *frame)
{
	if (!is_dead(frame))
		return;
	while (frame->subxact != NULL)
		end(frame, false);
	frame->bw->frames--;
	pgstd_throw_ended();
}

/* The error that makes further statements pointless, if there is one. */
static ErrorData **
failure(Frame *frame)
{
	return frame->subxact != NULL ? &frame->subxact->failed : &frame->failed;
}

static const PgstdErrorData *
tell_failed(Frame *frame)
{
	return tell_text(frame, "25P02",
					 "an SQL statement of this function has failed before; no other is possible",
					 "Run what may fail in pg.Subtransaction.");
}

/*
 * What to do when a request has been served: an error is kept, and the world is told
 * of it.
 */
static void
settle(Frame *frame, ErrorData *edata, const PgstdErrorData **error)
{
	check_alive(frame);
	if (edata == NULL)
		return;
	*failure(frame) = edata;
	*error = tell(frame, edata);
}

static void
serve_sql(Frame *frame, PgstdSQL *sql)
{
	ErrorData *volatile edata = NULL;
	PgstdSQL	answer;			/* the world's own may be gone afterwards */

	forget_answer(frame);
	answer = *sql;
	answer.error = NULL;
	answer.nrows = answer.ncolumns = 0;
	if (*failure(frame) != NULL)
	{
		answer.error = tell_failed(frame);
		*sql = answer;
		return;
	}
	PG_TRY();
	{
		pgstd_execute(&answer, frame->fcinfo, frame->answer);
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	settle(frame, edata, &answer.error);
	*sql = answer;
}

/* Rows are closed even where no further statement is possible. */
static void
serve_rows(Frame *frame, PgstdRows *rows)
{
	ErrorData *volatile edata = NULL;
	PgstdRows	answer;

	forget_answer(frame);
	rows->sql.error = NULL;
	answer = *rows;
	if (rows->op != PGSTD_ROWS_CLOSE && *failure(frame) != NULL)
	{
		rows->sql.error = tell_failed(frame);
		return;
	}
	PG_TRY();
	{
		if (rows->op == PGSTD_ROWS_CLOSE)
			pgstd_rows_close(frame->bw, rows->cursor, *failure(frame) != NULL);
		else
			pgstd_rows(frame->bw, &answer, frame->fcinfo, frame->answer);
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	settle(frame, edata, &answer.sql.error);
	*rows = answer;
}

/* Rows of a set; the answer to the last statement stays. */
static void
serve_set_rows(Frame *frame, PgstdSetRows *rows)
{
	ErrorData *volatile edata = NULL;

	rows->error = NULL;
	if (*failure(frame) != NULL)
	{
		rows->error = tell_failed(frame);
		return;
	}
	PG_TRY();
	{
		pgstd_set_rows(rows, frame->fcinfo);
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	settle(frame, edata, &rows->error);
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

static void
serve_transaction(Frame *frame, PgstdTransaction *request)
{
	ErrorData *volatile edata = NULL;

	forget_answer(frame);
	request->error = NULL;
	if (*failure(frame) != NULL)
	{
		request->error = tell_failed(frame);
		return;
	}
	/* Loops over rows go on in the next transaction. */
	pgstd_rows_pin(frame->bw, true);
	PG_TRY();
	{
		end_transaction(frame, request);
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(frame->context);
	check_alive(frame);
	pgstd_rows_pin(frame->bw, false);
	if (edata != NULL)
	{
		*failure(frame) = edata;
		request->error = tell(frame, edata);
	}
}

static void
serve_show(Frame *frame, PgstdShow *show)
{
	ErrorData *volatile edata = NULL;
	PgstdShow	answer = *show; /* the world's own may be gone afterwards */

	forget_answer(frame);
	answer.error = NULL;
	PG_TRY();
	{
		pgstd_show(&answer, frame->answer);
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	settle(frame, edata, &answer.error);
	*show = answer;
}

static void
serve_subxact(Frame *frame, PgstdSubxact *request)
{
	ErrorData *volatile edata = NULL;

	forget_answer(frame);
	request->error = NULL;
	if (request->op == PGSTD_SUBXACT_BEGIN && *failure(frame) != NULL)
	{
		request->error = tell_text(frame, "25P02",
								   "an SQL statement of this function has failed before; no subtransaction is possible", NULL);
		return;
	}
	if (request->op != PGSTD_SUBXACT_BEGIN && frame->subxact == NULL)
	{
		request->error = tell_text(frame, "2D000", "there is no subtransaction to end", NULL);
		return;
	}
	PG_TRY();
	{
		if (request->op == PGSTD_SUBXACT_BEGIN)
			begin(frame);
		else
		{
			ErrorData  *failed = frame->subxact->failed;

			end(frame, request->op == PGSTD_SUBXACT_COMMIT && failed == NULL);
			if (request->op == PGSTD_SUBXACT_COMMIT && failed != NULL)
				request->error = tell(frame, failed);
		}
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	settle(frame, edata, &request->error);
}

/* Whatever is raised here is meant to end what is going on. */
static void
serve_interrupts(Frame *frame)
{
	PgstdWorldState state = frame->bw->world.state;

	/* There may be no goroutine to serve a call now. */
	frame->bw->world.state = PGSTD_WORLD_BUSY;
	pgstd_unselect(frame->bw->module);
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		MemoryContextSwitchTo(frame->context);
		edata = CopyErrorData();
		FlushErrorState();
		pgstd_backend_discard(frame->bw);
		leave(frame, edata);
	}
	PG_END_TRY();
	frame->bw->world.state = state;
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
	const char *signature = pgstd_signature(fcinfo);
	PgstdEvent	event;

	/* error is not set until there is one */
	frame.bw = bw;
	frame.fcinfo = fcinfo;
	frame.generation = bw->generation;
	frame.context = CurrentMemoryContext;
	frame.ended = NULL;
	frame.subxact = NULL;
	frame.failed = NULL;
	frame.answer = AllocSetContextCreate(frame.context, "pgstd answer", ALLOCSET_SMALL_SIZES);
	/* Before there is any subtransaction, which would take it along at its end. */
	if (pgstd_has_transition_tables(fcinfo))
		pgstd_spi_connect(fcinfo);
	bw->frames++;
	do
	{
		/* The world keeps the argument as it is until it is answered. */
		void	   *argument = control->argument;
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = pgstd_add_context,
			.arg = (void *) signature,
		};

		error_context_stack = &callback;
		switch ((PgstdRequest) control->request)
		{
			case PGSTD_REQUEST_SQL:
				serve_sql(&frame, argument);
				break;
			case PGSTD_REQUEST_SUBXACT:
				serve_subxact(&frame, argument);
				break;
			case PGSTD_REQUEST_ROWS:
				serve_rows(&frame, argument);
				break;
			case PGSTD_REQUEST_TRANSACTION:
				serve_transaction(&frame, argument);
				break;
			case PGSTD_REQUEST_SHOW:
				serve_show(&frame, argument);
				break;
			case PGSTD_REQUEST_SET_ROWS:
				serve_set_rows(&frame, argument);
				break;
			case PGSTD_REQUEST_INTERRUPTS:
				serve_interrupts(&frame);
				break;
		}
		error_context_stack = callback.previous;

		/* Not CHECK_FOR_INTERRUPTS: the world has to end before it raises. */
		control->cancel = 0;
		if (pgstd_interrupt_due())
			event = PGSTD_EVENT_CANCELLED;
		else
		{
			control->op = PGSTD_OP_RESULT;
			event = pgstd_world_enter(&bw->world);
			control->op = PGSTD_OP_CALL;
		}
	} while (event == PGSTD_EVENT_REQUEST);

	if (event == PGSTD_EVENT_DEAD || event == PGSTD_EVENT_CANCELLED)
		while (frame.subxact != NULL)
			end(&frame, false);
	else if (frame.failed != NULL)
		leave(&frame, frame.failed);
	forget_ended(&frame);
	MemoryContextDelete(frame.answer);
	bw->frames--;
	if (pgstd_has_transition_tables(fcinfo))
		pgstd_spi_finish();
	return event;
}
