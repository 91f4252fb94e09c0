/*-------------------------------------------------------------------------
 *
 * assign.c
 *	  Values of a world that become columns: what an assignment in SQL would do
 *	  with them.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "catalog/objectaccess.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* The type that a value of a world has by itself; InvalidOid if there is none. */
static Oid
own_type(PgstdType code, PgstdType element)
{
	if (code != PGSTD_ARRAY)
		return pgstd_default_oid(code);
	return OidIsValid(pgstd_default_oid(element)) ? get_array_type(pgstd_default_oid(element)) : InvalidOid;
}

/* A cast is a function, which the current user must be allowed to call. */
static void
check_cast(Oid function)
{
	AclResult	result = pgstd_may_call(function, GetUserId());

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	InvokeFunctionExecuteHook(function);
}

/*
 * A Go program has a time of day as the time since midnight, where the last of them is
 * 24:00.  The cast would make the first one of it.
 */
static bool
is_end_of_day(const Interval *value)
{
	return value->time == USECS_PER_DAY && value->day == 0 && value->month == 0;
}

/* What is assigned to which column, for the context of errors. */
typedef struct
{
	PgstdType	code;
	const char *column;
}			Assignment;

/* Error context callback. */
static void
tell_assignment(void *arg)
{
	const Assignment *a = arg;

	errcontext("column \"%s\", which is given %s", a->column, pgstd_type_words(a->code));
}

/*
 * pgstd_make_value for a value that need not have the type, as long as an assignment in SQL
 * would do: an integer for a numeric column, a timestamp for a date.  A text is read
 * as the type's own input.
 */
Datum
pgstd_assign_value(PgstdMaking *making, PgstdType code, PgstdType element, const PgstdSlot *slot, Oid type,
				   int32 typmod, MemoryContext context, bool *isnull)
{
	uint8		element_code = (uint8) element;
	const uint8 *details = &element_code;
	Oid			base = getBaseType(type);
	Oid			source = own_type(code, element);
	CoercionPathType path = COERCION_PATH_NONE;
	Oid			function;
	PgstdConv  *conv;
	Datum		value;

	if (code == PGSTD_RECORD || element == PGSTD_RECORD)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a record whose fields are not known cannot be assigned to type %s", format_type_be(type))));
	if ((slot->flags & PGSTD_SLOT_NULL) == 0)
	{
		conv = pgstd_conv_clock(code, element, type, typmod, context);
		if (conv != NULL)
			return pgstd_make_value(making, conv, slot, isnull);
	}
	if ((slot->flags & PGSTD_SLOT_NULL) == 0 && code != PGSTD_TEXT && OidIsValid(source) && source != base)
		path = find_coercion_pathway(base, source, COERCION_ASSIGNMENT, &function);
	/* Elements that are cast one by one have texts that say the same. */
	if (path == COERCION_PATH_ARRAYCOERCE)
		path = COERCION_PATH_COERCEVIAIO;
	if (path != COERCION_PATH_FUNC && path != COERCION_PATH_RELABELTYPE && path != COERCION_PATH_COERCEVIAIO)
	{
		/* Elements that are arrays themselves are what the type says, or do not fit. */
		if ((slot->flags & PGSTD_SLOT_NULL) || (code == PGSTD_ARRAY && element == PGSTD_ARRAY))
			conv = pgstd_conv_natural(type, typmod, context);
		else
			conv = pgstd_conv_make(code, &details, type, typmod, context);
		if ((slot->flags & PGSTD_SLOT_NULL) == 0 && conv->code != code)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("an array cannot be assigned to type %s", format_type_be(type))));
		return pgstd_make_value(making, conv, slot, isnull);
	}
	value = pgstd_make_value(making, pgstd_conv_make(code, &details, source, -1, context), slot, isnull);
	if (base == TIMEOID && source == INTERVALOID && is_end_of_day(DatumGetIntervalP(value)))
		return pgstd_finish_value(pgstd_conv_natural(type, typmod, context), TimeADTGetDatum(USECS_PER_DAY), false, true);
	conv = pgstd_conv_natural(type, typmod, context);
	if (path == COERCION_PATH_FUNC)
		check_cast(function);
	if (path == COERCION_PATH_FUNC && get_func_nargs(function) == 1)
		value = OidFunctionCall1(function, value);
	else if (path == COERCION_PATH_FUNC && get_func_nargs(function) == 2)
		value = OidFunctionCall2(function, value, Int32GetDatum(conv->base_typmod));
	else if (path == COERCION_PATH_FUNC)
		value = OidFunctionCall3(function, value, Int32GetDatum(conv->base_typmod), BoolGetDatum(false));
	else if (path == COERCION_PATH_COERCEVIAIO)
	{
		Oid			output;
		Oid			input;
		Oid			ioparam;
		bool		varlena;

		getTypeOutputInfo(source, &output, &varlena);
		getTypeInputInfo(base, &input, &ioparam);
		value = OidInputFunctionCall(input, OidOutputFunctionCall(output, value), ioparam, conv->base_typmod);
	}
	pgstd_making_note_parts(making, base);
	return pgstd_finish_value(conv, value, false, true);
}

/* The same for a column, which is for messages. */
Datum
pgstd_assign_slot(PgstdMaking *making, PgstdType code, PgstdType element, const PgstdSlot *slot, const char *column,
				  Oid type, int32 typmod, MemoryContext context, bool *isnull)
{
	Assignment	assignment = {code, column};
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = tell_assignment,
		.arg = &assignment,
	};
	Datum		value;

	error_context_stack = &callback;
	value = pgstd_assign_value(making, code, element, slot, type, typmod, context, isnull);
	error_context_stack = callback.previous;
	return value;
}
