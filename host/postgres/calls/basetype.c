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
#include "support.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

/*
 * Input functions are called with arguments more, for those that declare them.  "argument" makes the one that Go
 * takes of SQL's first.
 */
static Datum
call_with(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo, Datum (*argument) (Datum value))
{
	LOCAL_FCINFO(inner, 1);
	Datum		result;

	InitFunctionCallInfoData(*inner, fcinfo->flinfo, 1, fcinfo->fncollation, NULL, NULL);
	pgstd_meet(module, site, index, form, inner);
	/* Before that, it need not be what "argument" takes it for. */
	inner->args[0].value = argument(fcinfo->args[0].value);
	inner->args[0].isnull = false;
	result = pgstd_call_as(module, site, index, form, inner);
	fcinfo->isnull = inner->isnull;
	return result;
}

static Datum
text_of(Datum cstring)
{
	return PointerGetDatum(cstring_to_text(DatumGetCString(cstring)));
}

Datum
pgstd_call_in(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	if (fcinfo->args[0].isnull)
	{
		fcinfo->isnull = true;
		return (Datum) 0;
	}
	return call_with(module, site, index, PGSTD_FORM_IN, fcinfo, text_of);
}

Datum
pgstd_call_out(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Datum		value;

	pgstd_meet(module, site, index, PGSTD_FORM_OUT, fcinfo);
	value = pgstd_call_as(module, site, index, PGSTD_FORM_OUT, fcinfo);
	return fcinfo->isnull ? (Datum) 0 : CStringGetDatum(TextDatumGetCString(value));
}

/* What is left of a message. */
static bytea *
rest_of(StringInfo message)
{
	int			size = message->len - message->cursor;
	bytea	   *bytes = palloc(size + VARHDRSZ);

	SET_VARSIZE(bytes, size + VARHDRSZ);
	memcpy(VARDATA(bytes), message->data + message->cursor, size);
	message->cursor = message->len;
	return bytes;
}

static Datum
message_of(Datum message)
{
	return PointerGetDatum(rest_of((StringInfo) DatumGetPointer(message)));
}

Datum
pgstd_call_recv(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	if (fcinfo->args[0].isnull)
	{
		fcinfo->isnull = true;
		return (Datum) 0;
	}
	return call_with(module, site, index, PGSTD_FORM_RECV, fcinfo, message_of);
}

/*
 * The same of a type with a modifier, such as numeric(10,2) has: the functions behind these are
 * called with the text or message, and the modifier.
 */
static Datum
with_typmod(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo, Datum argument)
{
	Datum		args[2] = {argument, PG_GETARG_DATUM(2)};

	return pgstd_support_value(pgstd_support(module, site, index, fcinfo), PG_GET_COLLATION(), 2, args);
}

Datum
pgstd_typmod_input(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return with_typmod(module, site, index, fcinfo, PointerGetDatum(cstring_to_text(PG_GETARG_CSTRING(0))));
}

Datum
pgstd_typmod_receive(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return with_typmod(module, site, index, fcinfo, PointerGetDatum(rest_of((StringInfo) PG_GETARG_POINTER(0))));
}

/* What stands in the parentheses becomes a number, which is not negative. */
Datum
pgstd_typmod_read(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	ArrayType  *list = PG_GETARG_ARRAYTYPE_P(0);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Datum	   *values;
	int			n;
	Datum		args[1];
	int32		typmod;

	deconstruct_array(list, CSTRINGOID, -2, false, TYPALIGN_CHAR, &values, NULL, &n);
	for (int i = 0; i < n; i++)
		values[i] = PointerGetDatum(cstring_to_text(DatumGetCString(values[i])));
	args[0] = pgstd_support_make(support, values, n);
	typmod = DatumGetInt32(pgstd_support_value(support, PG_GET_COLLATION(), 1, args));
	if (typmod < 0)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("function %s has returned the type modifier %d", format_procedure(support->flinfo.fn_oid), typmod),
				 errdetail("Allowed are numbers from 0.")));
	PG_RETURN_INT32(typmod);
}
