/*-------------------------------------------------------------------------
 *
 * aggregate.c
 *	  plgo.create_aggregate(): an aggregate and its functions, by one statement.
 *
 * All is done by statements that the caller could give himself, with his rights, so that
 * a dump has it and anybody can restore it.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "declared.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(plgo_sql_create_aggregate);
PG_FUNCTION_INFO_V1(plgo_sql_state_in);
PG_FUNCTION_INFO_V1(plgo_sql_state_out);
#pragma GCC visibility pop

/* A state has no text: who could write one could call methods of what is not his. */
Datum
plgo_sql_state_in(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot accept a value of type plgo.state"),
			 errdetail("The state of an aggregate is made by its functions only.")));
	PG_RETURN_NULL();
}

Datum
plgo_sql_state_out(PG_FUNCTION_ARGS)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot display a value of type plgo.state"),
			 errdetail("The state of an aggregate is for its functions only.")));
	PG_RETURN_NULL();
}

static bool
begins_function(const char *line)
{
	return strncmp(line + strspn(line, " \t"), "func", 4) == 0;
}

/*
 * Whether a text has a method; the compiler finds out if it is one of the state.  No part of
 * the text is looked at more than a few times, as it may be of any size, and of one line.
 */
static bool
has_method(const char *text, const char *name)
{
	const char *seen = text;
	bool		function = begins_function(text);

	for (const char *at = text; (at = strstr(at, name)) != NULL; at++)
	{
		const char *before = at;
		const char *after = at + strlen(name);

		CHECK_FOR_INTERRUPTS();
		while (before > text && (before[-1] == ' ' || before[-1] == '\t'))
			before--;
		while (*after == ' ' || *after == '\t')
			after++;
		for (; seen < at; seen++)
			if (*seen == '\n')
				function = begins_function(seen + 1);
		if (before > text && before[-1] == ')' && *after == '(' && function)
			return true;
	}
	return false;
}

static char *
type_words(Oid type)
{
	Oid			schema;
	char	   *name;
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", type);
	schema = ((Form_pg_type) GETSTRUCT(tuple))->typnamespace;
	name = pstrdup(NameStr(((Form_pg_type) GETSTRUCT(tuple))->typname));
	ReleaseSysCache(tuple);
	return psprintf("%s, %s", quote_identifier(get_namespace_name(schema)), quote_identifier(name));
}

/* The text of a part. */
static char *
part_text(const PlgoDeclared *d, int part, bool inverse, bool merge, const char *source)
{
	const char *has = inverse && merge ? "all" : inverse ? "inverse" : merge ? "merge" : "basic";
	StringInfoData out;

	if (d->types.ndirect >= 0)
		has = psprintf("%s%d", PLGO_WITHIN, d->types.ndirect);
	initStringInfo(&out);
	appendStringInfo(&out, "%s%s, %s, %s, %s", PLGO_PART_LINE, plgo_parts[part], quote_identifier(d->name), has,
					 type_words(d->types.result));
	for (int i = 0; i < d->types.narguments; i++)
		appendStringInfo(&out, ", %s", type_words(d->types.arguments[i]));
	if (strchr(out.data, '\n') != NULL)
		plgo_no_signature("The name of a type has a line end in it.");
	appendStringInfo(&out, "\n%s", source);
	return out.data;
}

static void
put_argument(StringInfo out, const PlgoDeclared *d, int i, const char *separator)
{
	appendStringInfo(out, "%s%s%s%s", separator,
					 d->names[i] != NULL ? quote_identifier(d->names[i]) : "", d->names[i] != NULL ? " " : "",
					 format_type_extended(d->types.arguments[i], -1, FORMAT_TYPE_FORCE_QUALIFY));
}

/* The arguments of the aggregate as its statement has them. */
static char *
arguments_of(const PlgoDeclared *d)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < d->types.narguments; i++)
	{
		if (i == d->types.ndirect)
			appendStringInfoString(&out, i > 0 ? " ORDER BY " : "ORDER BY ");
		put_argument(&out, d, i, i > 0 && i != d->types.ndirect ? ", " : "");
	}
	return d->types.narguments > 0 ? out.data : "*";
}

/* Those of a part: of what stands behind WITHIN GROUP, a final function has the types alone. */
static char *
part_arguments(const PlgoDeclared *d, int part)
{
	Oid			types[FUNC_MAX_ARGS + 1];
	int			n = plgo_part_arguments(&d->types, part, types);
	int			first = part == PLGO_FINAL ? 0 : Max(d->types.ndirect, 0);
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, "plgo.state");
	for (int i = 1; i < n; i++)
	{
		if (part == PLGO_MERGE || (part == PLGO_FINAL && first + i > d->types.ndirect))
			appendStringInfo(&out, ", %s", format_type_extended(types[i], -1, FORMAT_TYPE_FORCE_QUALIFY));
		else
			put_argument(&out, d, first + i - 1, ", ");
	}
	return out.data;
}

/* Whether there is a function of a part's arguments. */
static bool
is_taken(const PlgoDeclared *d, const char *name, int part)
{
	Oid			types[FUNC_MAX_ARGS + 1];
	int			n = plgo_part_arguments(&d->types, part, types);

	return SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum(name),
								 PointerGetDatum(buildoidvector(types, n)), ObjectIdGetDatum(d->schema));
}

/* What the names of the parts end in: aggregates of one name differ in their arguments only. */
static const char *
free_ending(const PlgoDeclared *d)
{
	const char *ending = "";

	for (int i = 2; i < 100; i++)
	{
		if (!is_taken(d, psprintf("%s_final%s", d->name, ending), PLGO_FINAL) &&
			!is_taken(d, psprintf("%s_merge%s", d->name, ending), PLGO_MERGE))
			return ending;
		ending = psprintf("_%d", i);
	}
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_FUNCTION),
			 errmsg("there are too many functions called like those of aggregate %s", d->name)));
	return NULL;
}

static void
execute(const char *query)
{
	if (SPI_execute(query, false, 0) != SPI_OK_UTILITY)
		elog(ERROR, "plgo: an aggregate cannot be created");
}

static void
create(const PlgoDeclared *d, const char *source)
{
	bool		inverse = has_method(source, "Inverse");
	bool		merge = has_method(source, "Merge");
	const char *schema = quote_identifier(get_namespace_name(d->schema));
	const char *ending = free_ending(d);
	const char *extra = plgo_resolves_result(&d->types) ? "FINALFUNC_EXTRA" : NULL;
	int			numbers[PLGO_PARTS];
	char	   *names[PLGO_PARTS];
	StringInfoData query;

	if (d->types.ndirect >= 0 && (inverse || merge))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an aggregate with WITHIN GROUP has neither Inverse nor Merge"),
				 errdetail("PostgreSQL has no use for them.")));
	plgo_number_parts(inverse, merge, numbers);
	for (int i = 0; i < PLGO_PARTS; i++)
	{
		names[i] = psprintf("%s.%s", schema, quote_identifier(psprintf("%s_%s%s", d->name, plgo_parts[i], ending)));
		if (numbers[i] < 0)
			continue;
		execute(psprintf("CREATE FUNCTION %s(%s) RETURNS %s %s LANGUAGE plgo AS %s", names[i],
						 part_arguments(d, i),
						 i == PLGO_FINAL ? format_type_extended(d->types.result, -1, FORMAT_TYPE_FORCE_QUALIFY) : "plgo.state",
						 d->volatility, quote_literal_cstr(part_text(d, i, inverse, merge, source))));
	}
	initStringInfo(&query);
	appendStringInfo(&query, "CREATE AGGREGATE %s.%s(%s) (SFUNC = %s, STYPE = plgo.state, FINALFUNC = %s, FINALFUNC_MODIFY = READ_ONLY",
					 schema, quote_identifier(d->name), arguments_of(d), names[PLGO_STEP], names[PLGO_FINAL]);
	if (extra != NULL)
		appendStringInfo(&query, ", %s", extra);
	if (merge)
		appendStringInfo(&query, ", COMBINEFUNC = %s", names[PLGO_MERGE]);
	if (inverse)
		appendStringInfo(&query, ", MSFUNC = %s, MINVFUNC = %s, MSTYPE = plgo.state, MFINALFUNC = %s, MFINALFUNC_MODIFY = READ_ONLY",
						 names[PLGO_STEP], names[PLGO_INVERSE], names[PLGO_FINAL]);
	if (inverse && extra != NULL)
		appendStringInfo(&query, ", M%s", extra);
	appendStringInfoChar(&query, ')');
	execute(query.data);
}

/* plgo.create_aggregate(signature text, source text) returns regprocedure */
Datum
plgo_sql_create_aggregate(PG_FUNCTION_ARGS)
{
	char	   *signature = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *source = text_to_cstring(PG_GETARG_TEXT_PP(1));
	MemoryContext caller = CurrentMemoryContext;
	Portal		portal = ActivePortal;
	PlgoDeclared	d;

	plgo_read_signature(signature, &d);
	/* Positions are to be those in the text, not in what the client has sent. */
	ActivePortal = NULL;
	PG_TRY();
	{
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "SPI_connect failed");
		create(&d, source);
		if (SPI_finish() != SPI_OK_FINISH)
			elog(ERROR, "SPI_finish failed");
	}
	PG_CATCH();
	{
		ErrorData  *error;

		ActivePortal = portal;
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		/* The statement is not the caller's. */
		if (error->internalquery != NULL && strcmp(error->internalquery, source) == 0)
			error->context = NULL;
		ReThrowError(error);
	}
	PG_END_TRY();
	ActivePortal = portal;
	PG_RETURN_OID(GetSysCacheOid3(PROCNAMEARGSNSP, Anum_pg_proc_oid, CStringGetDatum(d.name),
								  PointerGetDatum(buildoidvector(d.types.arguments, d.types.narguments)), ObjectIdGetDatum(d.schema)));
}
