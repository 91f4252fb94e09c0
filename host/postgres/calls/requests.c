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
 * What a request says is copied before anything runs, and what it points to is
 * taken by whoever serves it; see take.h.  The answer is written back only into a
 * world that is still there.
 *
 *-------------------------------------------------------------------------
 */
#include "../backend.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* A subtransaction takes memory of the backend that no limit counts. */
#define MAX_SUBXACTS	1000

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
	WorldRef	world;
	FunctionCallInfo fcinfo;	/* NULL while init functions run */
	const char *signature;		/* for people; NULL if there is none */
	Oid			user;			/* whose rights the call has */
	int			security;
	ResourceOwner owner;
	bool		prepared;		/* for requests other than interrupts */
	bool		broken;			/* the world has not kept to the rules, and must end */
	MemoryContext context;
	MemoryContext answer;		/* of the last statement, until the next one */
	MemoryContext ended;		/* of the last subtransaction, as long */
	Subxact    *subxact;		/* innermost */
	int			nsubxacts;
	ErrorData  *failed;			/* first error of a statement outside of any */
	PgstdErrorData error;		/* what the world has been told */
} Frame;

/* A request as it was taken; the answer is written into it. */
typedef union Request
{
	PgstdSQL	sql;
	PgstdSubxact subxact;
	PgstdRows	rows;
	PgstdTransaction transaction;
	PgstdShow	show;
	PgstdSetRows set_rows;
} Request;

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
begin_subxact(Frame *frame)
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
	frame->nsubxacts++;
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
end_subxact(Frame *frame, bool commit)
{
	Subxact    *s = frame->subxact;

	frame->subxact = s->outer;
	frame->nsubxacts--;
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
	BackendWorld *bw = frame->world.bw;
	bool		alive = pgstd_is_alive(&frame->world);

	while (frame->subxact != NULL)
		end_subxact(frame, false);
	MemoryContextSwitchTo(frame->context);
	bw->frames--;
	/* What Go code has returned in view of this error does not count. */
	if (alive)
		bw->world.control->failure = NULL;
	/* A world that has not got through its init functions is of no use. */
	if (alive && frame->fcinfo == NULL)
		pgstd_backend_discard(bw);
	ReThrowError(edata);
}

/*
 * Does with what a failed statement has left what the begin of a rollback does.  Go
 * code is told of the error before somebody rolls back, and may take its time.
 */
static void
abort_statement(const Frame *frame)
{
	pgstd_abort_statement();
	SetUserIdAndSecContext(frame->user, frame->security);
	CurrentResourceOwner = frame->subxact != NULL ? CurTransactionResourceOwner : frame->owner;
	MemoryContextSwitchTo(frame->context);
}

/*
 * Takes over the error that has just been caught, unless the world may not go on
 * after it: then it ends here.
 */
static ErrorData *
catch_error(Frame *frame)
{
	/* A cancel is not for Go code to handle, or to delay. */
	bool		ends = frame->broken || geterrcode() == ERRCODE_QUERY_CANCELED || ProcDiePending ||
		pgstd_error_lingers(geterrcode());
	bool		alive = pgstd_is_alive(&frame->world);
	ErrorData  *edata;

	abort_statement(frame);
	/* What is kept goes with the subtransaction that it belongs to. */
	if (alive && !ends && frame->subxact != NULL)
		MemoryContextSwitchTo(frame->subxact->memory);
	edata = CopyErrorData();
	FlushErrorState();
	MemoryContextSwitchTo(frame->context);
	if (ends && alive)
		pgstd_backend_discard(frame->world.bw);
	if (ends || !alive)
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
	if (pgstd_is_alive(&frame->world))
		return;
	while (frame->subxact != NULL)
		end_subxact(frame, false);
	frame->world.bw->frames--;
	pgstd_throw_ended();
}

/* The error that makes further statements pointless, if there is one. */
static ErrorData **
failure(Frame *frame)
{
	return frame->subxact != NULL ? &frame->subxact->failed : &frame->failed;
}

static void
serve_sql(Frame *frame, Request *request)
{
	request->sql.nrows = request->sql.ncolumns = 0;
	pgstd_execute(&frame->world, &request->sql, frame->fcinfo, frame->answer);
}

static void
serve_show(Frame *frame, Request *request)
{
	pgstd_show(&frame->world, &request->show, frame->answer);
}

static void
serve_set_rows(Frame *frame, Request *request)
{
	/* It takes them from where they are, at once. */
	pgstd_set_rows(pgstd_alive(&frame->world)->world.control->argument, frame->fcinfo);
}

/* Rows are closed even where no further statement is possible. */
static bool
closes_rows(const Request *request)
{
	return request->rows.op == PGSTD_ROWS_CLOSE;
}

static void
serve_rows(Frame *frame, Request *request)
{
	if (closes_rows(request))
		pgstd_rows_close(pgstd_alive(&frame->world), request->rows.cursor, *failure(frame) != NULL);
	else
		pgstd_rows(&frame->world, &request->rows, frame->fcinfo, frame->answer);
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
		begin_subxact(frame);
	else if (frame->subxact == NULL)
		request->subxact.error = tell_text(frame, "2D000", "there is no subtransaction to end", NULL);
	else
	{
		ErrorData  *failed = frame->subxact->failed;

		end_subxact(frame, op == PGSTD_SUBXACT_COMMIT && failed == NULL);
		if (op == PGSTD_SUBXACT_COMMIT && failed != NULL)
			request->subxact.error = tell(frame, failed);
	}
}

/* What there is to know of a kind of request. */
typedef struct Kind
{
	void		(*serve) (Frame *frame, Request *request);
	Size		size;
	Size		error;			/* where the answer says what has gone wrong */
	bool		keeps_answer;	/* that of the last statement stays */
	bool		(*possible) (const Request *request);	/* after a failure; NULL: no */
	const char *refused;		/* what is not possible then; NULL: another statement */
} Kind;

static const Kind kinds[] = {
	[PGSTD_REQUEST_SQL] = {serve_sql, sizeof(PgstdSQL), offsetof(PgstdSQL, error)},
	[PGSTD_REQUEST_SUBXACT] = {serve_subxact, sizeof(PgstdSubxact), offsetof(PgstdSubxact, error),
	.possible = ends_subxact, .refused = "no subtransaction"},
	[PGSTD_REQUEST_ROWS] = {serve_rows, sizeof(PgstdRows), offsetof(PgstdRows, sql.error), .possible = closes_rows},
	[PGSTD_REQUEST_TRANSACTION] = {serve_transaction, sizeof(PgstdTransaction), offsetof(PgstdTransaction, error)},
	/* It looks at the catalog. */
	[PGSTD_REQUEST_SHOW] = {serve_show, sizeof(PgstdShow), offsetof(PgstdShow, error),
	.refused = "no text of a value"},
	[PGSTD_REQUEST_SET_ROWS] = {serve_set_rows, sizeof(PgstdSetRows), offsetof(PgstdSetRows, error),
	.keeps_answer = true},
};

static const PgstdErrorData *
refuse(Frame *frame, const Kind *kind)
{
	const char *what = kind->refused != NULL ? kind->refused : "no other";
	MemoryContext caller = MemoryContextSwitchTo(frame->answer);
	char	   *message = psprintf("an SQL statement of this function has failed before; %s is possible", what);

	MemoryContextSwitchTo(caller);
	return tell_text(frame, "25P02", message,
					 kind->refused == NULL ? "Run what may fail in pg.Subtransaction." : NULL);
}

/*
 * Copies the request, of which the world has said where it lies.  A world that
 * is wrong about that is not fit to be told.
 */
static const Kind *
take_request(Frame *frame, Request *request)
{
	PgstdWorld *world = &frame->world.bw->world;
	uint32		number = world->control->request;

	if (number >= lengthof(kinds) || kinds[number].serve == NULL ||
		!pgstd_memory_writable(world, world->control->argument, kinds[number].size))
	{
		frame->broken = true;
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("Go code has made a request that does not lie in its memory")));
	}
	memcpy(request, world->control->argument, kinds[number].size);
	return &kinds[number];
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
	const Kind *volatile kind = NULL;
	Request		request;
	const PgstdErrorData *error = NULL;
	ErrorData *volatile edata = NULL;

	PG_TRY();
	{
		kind = take_request(frame, &request);
		*(const PgstdErrorData **) ((char *) &request + kind->error) = NULL;
		if (!kind->keeps_answer)
			forget_answer(frame);
		if (*failure(frame) != NULL && (kind->possible == NULL || !kind->possible(&request)))
			error = refuse(frame, kind);
		else
		{
			if (!frame->prepared)
				prepare(frame);
			kind->serve(frame, &request);
		}
	}
	PG_CATCH();
	{
		edata = catch_error(frame);
	}
	PG_END_TRY();
	check_alive(frame);
	if (edata != NULL)
	{
		*failure(frame) = edata;
		error = tell(frame, edata);
	}
	if (error != NULL)
		*(const PgstdErrorData **) ((char *) &request + kind->error) = error;
	memcpy(argument, &request, kind->size);
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
	}
	PG_CATCH();
	{
		ErrorData  *edata;

		abort_statement(frame);
		edata = CopyErrorData();
		FlushErrorState();
		pgstd_backend_discard(bw);
		leave(frame, edata);
	}
	PG_END_TRY();
	bw->world.state = state;
}

/* Error context callback; the argument is a frame. */
static void
add_context(void *arg)
{
	pgstd_add_context((void *) ((const Frame *) arg)->signature);
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

	/* error is not set until there is one */
	frame.world = (WorldRef) {bw, bw->generation};
	frame.fcinfo = fcinfo;
	frame.signature = NULL;
	GetUserIdAndSecContext(&frame.user, &frame.security);
	frame.owner = CurrentResourceOwner;
	frame.prepared = frame.broken = false;
	frame.context = CurrentMemoryContext;
	frame.ended = NULL;
	frame.subxact = NULL;
	frame.nsubxacts = 0;
	frame.failed = NULL;
	frame.answer = AllocSetContextCreate(frame.context, "pgstd answer", ALLOCSET_SMALL_SIZES);
	bw->frames++;
	do
	{
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = add_context,
			.arg = &frame,
		};

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
		while (frame.subxact != NULL)
			end_subxact(&frame, false);
	else if (frame.failed != NULL)
		leave(&frame, frame.failed);
	forget_ended(&frame);
	MemoryContextDelete(frame.answer);
	bw->frames--;
	if (frame.prepared && pgstd_has_transition_tables(fcinfo))
		pgstd_spi_finish();
	return event;
}
