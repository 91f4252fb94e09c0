/*-------------------------------------------------------------------------
 *
 * frame.c
 *	  A call that has made a request: its subtransactions, and its errors.
 *
 * While a request is served the call's host frame waits in pgstd_serve.  If the
 * world dies in a call on top of it, that frame must not go back into it: it
 * finds another generation, and throws what killed the world.
 *
 *-------------------------------------------------------------------------
 */
#include "errors.h"
#include "frame.h"
#include "../base/alive.h"
#include "../base/abort.h"
#include "../base/text.h"
#include "../base/worker.h"
#include "../session/worlds.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* The memory of answers: not every call that makes a request needs it. */
MemoryContext
pgstd_frame_answer(Frame *frame)
{
	if (frame->answer == NULL)
		frame->answer = AllocSetContextCreate(frame->context, "pgstd answer", ALLOCSET_SMALL_SIZES);
	return frame->answer;
}

/*
 * The context of an error without what the call and its callers have added: the
 * world's error gets that again where it leaves the call.
 */
static PgstdText
inner_context(Frame *frame, const ErrorData *edata)
{
	PgstdText	context = pgstd_text_of(edata->context);
	MemoryContext caller = MemoryContextSwitchTo(pgstd_frame_answer(frame));
	PgstdText	outer = pgstd_text_of(GetErrorContextStack());
	uint64_t	rest = context.size - outer.size;

	MemoryContextSwitchTo(caller);
	if (outer.size == 0 || outer.size > context.size || memcmp(context.data + rest, outer.data, outer.size) != 0)
		return context;
	if (rest == 0)
		context.size = 0;
	else if (context.data[rest - 1] == '\n')
		context.size = rest - 1;
	return context;
}

/* Makes an error readable for the world, until the next request. */
const PgstdErrorData *
pgstd_frame_tell(Frame *frame, const ErrorData *edata)
{
	frame->error = (PgstdErrorData) {
		.sqlstate = {MemoryContextStrdup(pgstd_frame_answer(frame), unpack_sql_state(edata->sqlerrcode)), 5},
		.message = pgstd_text_of(edata->message),
		.detail = pgstd_text_of(edata->detail),
		.hint = pgstd_text_of(edata->hint),
		.context = inner_context(frame, edata),
		.schema = pgstd_text_of(edata->schema_name),
		.table = pgstd_text_of(edata->table_name),
		.column = pgstd_text_of(edata->column_name),
		.datatype = pgstd_text_of(edata->datatype_name),
		.constraint = pgstd_text_of(edata->constraint_name),
	};
	if (edata == frame->failed)
		frame->inner = frame->error.context.size;
	return &frame->error;
}

/* Puts lines into the context of the statement that has failed, behind what is its own. */
static void
add_lines(Frame *frame, const char *lines)
{
	const char *old = frame->failed->context != NULL ? frame->failed->context : "";
	int			inner = (int) frame->inner;
	const char *rest = old + inner + (old[inner] == '\n' ? 1 : 0);

	frame->failed->context = psprintf("%.*s%s%s%s%s", inner, old, inner > 0 ? "\n" : "", lines, *rest != '\0' ? "\n" : "", rest);
}

/*
 * Puts the place in the author's code where the statement that has failed was run into
 * its context.  The world knows that place, if it returns the error: one line behind
 * the context that it has been told of.
 */
void
pgstd_frame_add_place(Frame *frame, PgstdText said)
{
	MemoryContext caller;
	char	   *context;
	size_t		inner = frame->inner;
	const char *old = frame->failed->context != NULL ? frame->failed->context : "";
	const char *place;

	/* Nothing is raised here, whatever the world says. */
	if (said.size > inner + 1 + PGSTD_PLACE_MAX)
		return;
	caller = MemoryContextSwitchTo(frame->context);
	context = pgstd_cstring(said);
	place = context + inner + (inner > 0 ? 1 : 0);
	if (strlen(context) > inner && memcmp(context, old, inner) == 0 && (inner == 0 || context[inner] == '\n') &&
		place[0] != '\0' && strcspn(place, "\n") == strlen(place) && strlen(place) < PGSTD_PLACE_MAX)
		add_lines(frame, place);
	MemoryContextSwitchTo(caller);
}

/*
 * The same with a panic that has ended the call after a statement had failed: it came of that,
 * most likely, and the error is the statement's.
 */
void
pgstd_frame_add_panic(Frame *frame)
{
	MemoryContext caller = MemoryContextSwitchTo(frame->context);
	ErrorData  *edata = frame->failed;
	ErrorData  *panic = pgstd_take_failure(frame->world.bw);
	const char *known = edata->detail_log != NULL ? edata->detail_log : edata->detail;

	add_lines(frame, psprintf("Go code panicked after that: %s%s%s", panic->message,
							  panic->detail != NULL ? "\n" : "", panic->detail != NULL ? panic->detail : ""));
	if (panic->detail_log != NULL)
		edata->detail_log = psprintf("%s%s%s", known != NULL ? known : "", known != NULL ? "\n" : "", panic->detail_log);
	MemoryContextSwitchTo(caller);
}

const PgstdErrorData *
pgstd_frame_tell_text(Frame *frame, const char *sqlstate, const char *message, const char *hint)
{
	memset(&frame->error, 0, sizeof(frame->error));
	frame->error.sqlstate = pgstd_text_of(sqlstate);
	frame->error.message = pgstd_text_of(message);
	frame->error.hint = pgstd_text_of(hint);
	return &frame->error;
}

/* Whether what begins is a transaction. */
bool
pgstd_can_begin_whole(void)
{
	return pgstd_worker_name != NULL && !IsTransactionOrTransactionBlock();
}

/*
 * Begins a transaction where there is none: in a worker.  Nobody but its frame is there to
 * undo one that has only half begun.
 */
static void
begin_whole(void)
{
	PG_TRY();
	{
		pgstd_worker_begin();
		/* Statements see more than it does, unless the transaction's level says otherwise. */
		PushActiveSnapshot(GetTransactionSnapshot());
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(TopMemoryContext);
		AbortCurrentTransaction();
		pgstd_worker_end();
		PG_RE_THROW();
	}
	PG_END_TRY();
}

/*
 * Ends it.  What a commit fails with is kept as what a statement fails with, unless Go
 * code may not go on after it.
 */
static void
end_whole(Subxact *s, bool commit)
{
	ErrorData  *volatile edata = NULL;

	PG_TRY();
	{
		if (commit)
		{
			PopActiveSnapshot();
			CommitTransactionCommand();
		}
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(s->memory);
		edata = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	if (!commit || edata != NULL)
		AbortCurrentTransaction();
	MemoryContextSwitchTo(s->context);
	pgstd_worker_end();
	if (edata != NULL && (edata->sqlerrcode == ERRCODE_QUERY_CANCELED || ProcDiePending))
		ReThrowError(edata);
	if (edata != NULL)
		s->failed = edata;
}

void
pgstd_frame_begin_subxact(Frame *frame)
{
	MemoryContext memory = AllocSetContextCreate(frame->context, "pgstd subtransaction",
												 ALLOCSET_SMALL_SIZES);
	Subxact    *s = MemoryContextAllocZero(memory, sizeof(Subxact));

	s->memory = memory;
	s->outer = frame->subxact;
	s->context = CurrentMemoryContext;
	s->owner = CurrentResourceOwner;
	s->whole = pgstd_can_begin_whole();
	if (s->whole)
		begin_whole();
	else
		BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(s->context);
	frame->subxact = s;
	frame->nsubxacts++;
}

void
pgstd_frame_forget_ended(Frame *frame)
{
	if (frame->ended != NULL)
		MemoryContextDelete(frame->ended);
	frame->ended = NULL;
}

/*
 * The world has copied the last answer before it asks for more SQL.  A request
 * to serve interrupts does not say so: it can come from anywhere.
 */
void
pgstd_frame_forget_answer(Frame *frame)
{
	pgstd_frame_forget_ended(frame);
	if (frame->answer != NULL)
		MemoryContextReset(frame->answer);
}

/*
 * Ends the innermost subtransaction.  Returns what its commit has failed with: only that of
 * a whole transaction does, without being thrown.
 */
ErrorData *
pgstd_frame_end_subxact(Frame *frame, bool commit)
{
	Subxact    *s = frame->subxact;

	frame->subxact = s->outer;
	frame->nsubxacts--;
	if (s->whole)
		end_whole(s, commit);
	else if (commit)
		ReleaseCurrentSubTransaction();
	else
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(s->context);
	CurrentResourceOwner = s->owner;
	/* The world may still be told of its error. */
	pgstd_frame_forget_ended(frame);
	frame->ended = s->memory;
	return commit ? s->failed : NULL;
}

/*
 * Undoes what a call has begun that is over.  What it has ended with lies in its world, so
 * that no code of that runs meanwhile: see ending.c.
 */
void
pgstd_frame_end_subxacts(Frame *frame)
{
	PgstdWorld *world = pgstd_is_alive(&frame->world) ? &frame->world.bw->world : NULL;
	PgstdWorldState state = world != NULL ? world->state : PGSTD_WORLD_DEAD;

	if (state == PGSTD_WORLD_LIVE)
		world->state = PGSTD_WORLD_BUSY;
	while (frame->subxact != NULL)
		pgstd_frame_end_subxact(frame, false);
	if (state == PGSTD_WORLD_LIVE)
		world->state = PGSTD_WORLD_LIVE;
}

/*
 * Throws an error out of the frame.  Its subtransactions go first: whoever
 * catches the error rolls back the one that is current then.
 */
void
pgstd_frame_leave(Frame *frame, ErrorData *edata)
{
	BackendWorld *bw = frame->world.bw;
	bool		alive = pgstd_is_alive(&frame->world);

	pgstd_frame_end_subxacts(frame);
	MemoryContextSwitchTo(frame->context);
	bw->frames--;
	/* What Go code has returned in view of this error does not count. */
	if (alive)
		pgstd_forget_failure(bw->world.control);
	/* A world that has not got through its init functions is of no use. */
	if (alive && frame->fcinfo == NULL)
		pgstd_backend_discard(bw);
	ReThrowError(edata);
}

/*
 * Does with what a failed statement has left what the begin of a rollback does.  Go
 * code is told of the error before somebody rolls back, and may take its time.
 */
void
pgstd_frame_abort_statement(const Frame *frame)
{
	pgstd_abort_statement(frame->heldoff);
	SetUserIdAndSecContext(frame->user, frame->security);
	CurrentResourceOwner = frame->subxact != NULL ? CurTransactionResourceOwner : frame->owner;
	MemoryContextSwitchTo(frame->context);
}

/*
 * Takes over the error that has just been caught, unless the world may not go on
 * after it: then it ends here.
 */
ErrorData *
pgstd_frame_catch_error(Frame *frame)
{
	/* A cancel is not for Go code to handle, or to delay. */
	bool		ends = frame->broken || geterrcode() == ERRCODE_QUERY_CANCELED || ProcDiePending ||
		pgstd_error_lingers(geterrcode(), frame->heldoff);
	bool		alive = pgstd_is_alive(&frame->world);
	ErrorData  *edata;

	pgstd_frame_abort_statement(frame);
	/* What is kept goes with the subtransaction that it belongs to. */
	if (alive && !ends && frame->subxact != NULL)
		MemoryContextSwitchTo(frame->subxact->memory);
	edata = CopyErrorData();
	FlushErrorState();
	MemoryContextSwitchTo(frame->context);
	if (ends && alive)
		pgstd_backend_discard(frame->world.bw);
	if (ends || !alive)
		pgstd_frame_leave(frame, edata);
	return edata;
}

void
pgstd_frame_check_alive(Frame *frame)
{
	if (pgstd_is_alive(&frame->world))
		return;
	pgstd_frame_end_subxacts(frame);
	frame->world.bw->frames--;
	pgstd_throw_ended();
}

/* The error that makes further statements pointless, if there is one. */
ErrorData **
pgstd_frame_failure(Frame *frame)
{
	return frame->subxact != NULL ? &frame->subxact->failed : &frame->failed;
}
