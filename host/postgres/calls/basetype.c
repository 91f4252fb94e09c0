/*-------------------------------------------------------------------------
 *
 * basetype.c
 *	  The functions that PostgreSQL calls for the text and the messages of a type of
 *	  an extension's own.
 *
 * What they are called with is in C's own form: a string, or a message that is being
 * read.  The world gets it as a text or bytea, of the function's only argument.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

/* Input functions are called with arguments more, for those that declare them. */
static Datum
call_with(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo, Datum argument)
{
	LOCAL_FCINFO(inner, 1);
	Datum		result;

	InitFunctionCallInfoData(*inner, fcinfo->flinfo, 1, fcinfo->fncollation, NULL, NULL);
	inner->args[0].value = argument;
	inner->args[0].isnull = false;
	result = pgstd_call(module, site, index, inner);
	fcinfo->isnull = inner->isnull;
	return result;
}

Datum
pgstd_call_in(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	if (fcinfo->args[0].isnull)
	{
		fcinfo->isnull = true;
		return (Datum) 0;
	}
	return call_with(module, site, index, fcinfo, PointerGetDatum(cstring_to_text(DatumGetCString(fcinfo->args[0].value))));
}

Datum
pgstd_call_out(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Datum		value = pgstd_call(module, site, index, fcinfo);

	return fcinfo->isnull ? (Datum) 0 : CStringGetDatum(TextDatumGetCString(value));
}

Datum
pgstd_call_recv(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	StringInfo	message = (StringInfo) DatumGetPointer(fcinfo->args[0].value);
	int			size;
	bytea	   *bytes;

	if (fcinfo->args[0].isnull)
	{
		fcinfo->isnull = true;
		return (Datum) 0;
	}
	size = message->len - message->cursor;
	bytes = palloc(size + VARHDRSZ);
	SET_VARSIZE(bytes, size + VARHDRSZ);
	memcpy(VARDATA(bytes), message->data + message->cursor, size);
	message->cursor = message->len;
	return call_with(module, site, index, fcinfo, PointerGetDatum(bytes));
}
