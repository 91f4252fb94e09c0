/*-------------------------------------------------------------------------
 *
 * check.c
 *	  Whether a text could be a function, without there being one.
 *
 * The function is created among the session's temporary objects, and everything that
 * this has done is undone: so a text is checked by what checks functions, with the
 * rights of whoever asks.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include "access/xact.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(plgo_sql_check);
#pragma GCC visibility pop

/* Error context callback; the argument is the statement that an error is in. */
void
plgo_place_in_statement(void *arg)
{
	int			position = geterrposition();

	if (position == 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery((const char *) arg);
}

/* What the signature says besides must not become a statement of its own. */
static void
check_statement(const char *query)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = plgo_place_in_statement,
		.arg = (void *) query,
	};
	List	   *statements;

	error_context_stack = &callback;
	statements = raw_parser(query, RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;
	if (list_length(statements) != 1 || !IsA(linitial_node(RawStmt, statements)->stmt, CreateFunctionStmt))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("a signature is what stands between the name of a function and LANGUAGE"),
				 errhint("Write it as '(a int, b text) RETURNS text'.")));
}

static void
create(const char *query)
{
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(query, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "the function to be checked cannot be created");
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
}

/* plgo.check(source text, signature text) returns void */
Datum
plgo_sql_check(PG_FUNCTION_ARGS)
{
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *signature = text_to_cstring(PG_GETARG_TEXT_PP(1));
	char	   *query = psprintf("CREATE FUNCTION pg_temp.plgo_check %s\nLANGUAGE plgo AS %s", signature,
								 quote_literal_cstr(source));
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	Portal		portal = ActivePortal;

	check_statement(query);
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	/* Positions are to be those in the text, not in what the client has sent. */
	ActivePortal = NULL;
	PG_TRY();
	{
		create(query);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	ActivePortal = portal;
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (error == NULL)
		PG_RETURN_VOID();
	if (error->internalquery != NULL && strcmp(error->internalquery, source) == 0)
		error->context = NULL;
	ReThrowError(error);
}
