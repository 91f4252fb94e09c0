/*-------------------------------------------------------------------------
 *
 * errors.c
 *	  From what a world says to an ERROR.
 *
 *-------------------------------------------------------------------------
 */
#include "shared.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/regproc.h"

/*
 * Makes a C string of text that may hold anything: a dying world can print
 * broken UTF-8 or NUL.  Bytes that cannot stand in a message become '?'.
 */
char *
pgstd_cstring(PgstdText text)
{
	char	   *result = palloc(text.size + 1);
	size_t		n = 0;

	while (n < text.size)
	{
		const unsigned char *at = (const unsigned char *) text.data + n;
		int			len = pg_utf_mblen(at);

		if (*at != '\0' && n + len <= text.size && pg_utf8_islegal(at, len))
		{
			memcpy(result + n, at, len);
			n += len;
		}
		else
			result[n++] = '?';
	}
	result[n] = '\0';
	return result;
}

static char *
cstring_or_null(PgstdText text)
{
	return text.size > 0 ? pgstd_cstring(text) : NULL;
}

/* Error context callback: names the SQL function, if there is one. */
void
pgstd_add_context(void *arg)
{
	FunctionCallInfo fcinfo = arg;

	if (fcinfo != NULL && fcinfo->flinfo != NULL)
		errcontext("Go function %s", format_procedure(fcinfo->flinfo->fn_oid));
}

/* Raises an error, with the SQL function as its context. */
static void pg_attribute_noreturn()
throw_with_context(ErrorData *edata, FunctionCallInfo fcinfo)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = pgstd_add_context,
		.arg = fcinfo,
	};

	error_context_stack = &callback;
	ThrowErrorData(edata);
	pg_unreachable();
}

static ErrorData *
make_error_data(const PgstdErrorData *error)
{
	ErrorData  *edata = palloc0(sizeof(ErrorData));
	const char *code = error->sqlstate.data;

	edata->elevel = ERROR;
	edata->sqlerrcode = error->sqlstate.size == 5 ?
		MAKE_SQLSTATE(code[0], code[1], code[2], code[3], code[4]) :
		ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
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

/* Raises what a call has failed with.  The world lives on. */
void
pgstd_throw_failure(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	ErrorData  *edata = make_error_data(bw->world.control->failure);

	bw->world.control->failure = NULL;
	throw_with_context(edata, fcinfo);
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

	pgstd_set_current(NULL);
	bw->pending = NULL;
	bw->world.state = PGSTD_WORLD_DEAD;
	if (event == PGSTD_EVENT_CANCELLED && bw->world.control->death == PGSTD_DEATH_NONE)
	{
		pgstd_backend_discard(bw);
		if (pending != NULL)
			ReThrowError(pending);
		CHECK_FOR_INTERRUPTS();
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("canceling statement due to user request")));
	}

	/* The report points into the world: copy before it goes. */
	pgstd_death_report(&bw->world, &report);
	edata = make_error_data(&report);
	pgstd_explain_limit(bw, edata);
	pgstd_backend_discard(bw);
	throw_with_context(edata, fcinfo);
}
