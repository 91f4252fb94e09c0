/*-------------------------------------------------------------------------
 *
 * errors.c
 *	  From what a world says to an ERROR.
 *
 *-------------------------------------------------------------------------
 */
#include "errors.h"
#include "traceback.h"
#include "../base/caller.h"
#include "../base/text.h"
#include "../session/parameters.h"
#include "../session/signals.h"
#include "../session/worlds.h"

#include "miscadmin.h"
#include "utils/timeout.h"

static char *
cstring_or_null(PgstdText text)
{
	return text.size > 0 ? pgstd_cstring(text) : NULL;
}

/* Raises an error, with the SQL function as its context. */
pg_noreturn static void
throw_with_context(ErrorData *edata, FunctionCallInfo fcinfo)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = pgstd_add_context,
		.arg = (void *) pgstd_signature(fcinfo),
	};

	error_context_stack = &callback;
	ThrowErrorData(edata);
	pg_unreachable();
}

static ErrorData *
make_error_data(const PgstdErrorData *error)
{
	ErrorData  *edata = palloc0(sizeof(ErrorData));
	int			code = pgstd_sqlstate(error->sqlstate, true);

	edata->elevel = ERROR;
	edata->sqlerrcode = code != 0 ? code : ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
	edata->message = pgstd_cstring(error->message);
	edata->detail = cstring_or_null(error->detail);
	edata->hint = cstring_or_null(error->hint);
	edata->context = cstring_or_null(error->context);
	edata->schema_name = cstring_or_null(error->schema);
	edata->table_name = cstring_or_null(error->table);
	edata->column_name = cstring_or_null(error->column);
	edata->datatype_name = cstring_or_null(error->datatype);
	edata->constraint_name = cstring_or_null(error->constraint);
	edata->assoc_context = CurrentMemoryContext;
	return edata;
}

/* Raises an error that had to wait. */
void
pgstd_throw_pending(ErrorData *pending)
{
	PG_TRY();
	{
		ReThrowError(pending);
	}
	PG_CATCH();
	{
		FreeErrorData(pending);
		PG_RE_THROW();
	}
	PG_END_TRY();
	pg_unreachable();
}

/* What a call has failed with does not count, or has been taken. */
void
pgstd_forget_failure(PgstdControl *control)
{
	control->failure = NULL;
	control->death = PGSTD_DEATH_NONE;
}

/* Whether a call has failed by a panic, and the world lives. */
bool
pgstd_is_panic(const PgstdControl *control)
{
	return control->failure != NULL && control->death == PGSTD_DEATH_PANIC;
}

/* What a panic tells, shown as that of a world that has died: no more than that has room for. */
static void
cut_panic(PgstdErrorData *failure)
{
	failure->message.size = Min(failure->message.size, PGSTD_MESSAGE_MAX);
	failure->detail.size = Min(failure->detail.size, PGSTD_DYING_MAX);
}

/* Takes what a call has failed with, which may be a panic.  The world lives on. */
ErrorData *
pgstd_take_failure(BackendWorld *bw)
{
	PgstdErrorData failure;
	ErrorData  *edata;
	bool		panicked = pgstd_is_panic(bw->world.control);

	if (!pgstd_message_take(&bw->world, bw->world.control->failure, &failure))
		memset(&failure, 0, sizeof(failure));
	if (panicked)
		cut_panic(&failure);
	edata = make_error_data(&failure);
	if (panicked)
		pgstd_show_traceback(edata, PGSTD_DEATH_PANIC);
	pgstd_forget_failure(bw->world.control);
	return edata;
}

/* Raises it. */
void
pgstd_throw_failure(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	throw_with_context(pgstd_take_failure(bw), fcinfo);
}

/*
 * What ended Go code that the server cannot act upon yet, as whoever called it holds a lock, of
 * an index's page for one.  A cancel is called what ProcessInterrupts calls it.
 */
static const char *
cancel_words(void)
{
	if (!QueryCancelPending)
		return "Go code was ended to let the server act on an interrupt";
	return get_timeout_indicator(STATEMENT_TIMEOUT, false) ? "canceling statement due to statement timeout" :
		"canceling statement due to user request";
}

pg_noreturn static void
throw_cancel(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg_internal("%s", cancel_words())));
}

/*
 * Raises what is pending before a call, also where that is held off: a signal that came while
 * no Go code ran comes no second time, and the call may be one that does not end by itself.
 */
void
pgstd_raise_pending(void)
{
	CHECK_FOR_INTERRUPTS();
	if (pgstd_interrupt_due())
		throw_cancel();
}

/*
 * Discards a world that has ended instead of answering, and raises the reason.
 */
void
pgstd_throw_end(BackendWorld *bw, PgstdEvent event, FunctionCallInfo fcinfo)
{
	ErrorData  *pending = bw->pending;
	PgstdErrorData report;
	ErrorData  *edata;

	bw->pending = NULL;
	bw->world.state = PGSTD_WORLD_DEAD;
	/* A cancel has come between a panic and the end of its call. */
	if (event == PGSTD_EVENT_CANCELLED && pgstd_is_panic(bw->world.control))
		pgstd_forget_failure(bw->world.control);
	if (event == PGSTD_EVENT_CANCELLED && bw->world.control->death == PGSTD_DEATH_NONE)
	{
		pgstd_backend_discard(bw);
		if (pending != NULL)
			pgstd_throw_pending(pending);
		CHECK_FOR_INTERRUPTS();
		throw_cancel();
	}

	if (pending != NULL)
		FreeErrorData(pending);
	/* The report points into the world: copy before it goes. */
	pgstd_death_report(&bw->world, &report);
	edata = make_error_data(&report);
	pgstd_show_traceback(edata, (PgstdDeath) bw->world.control->death);
	pgstd_explain_limit(bw, edata);
	pgstd_backend_discard(bw);
	throw_with_context(edata, fcinfo);
}
