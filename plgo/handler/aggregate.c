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
#include "parts.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(plgo_sql_create_aggregate);
PG_FUNCTION_INFO_V1(plgo_sql_state_in);
PG_FUNCTION_INFO_V1(plgo_sql_state_out);
#pragma GCC visibility pop

/* What SQL declares of an aggregate. */
typedef struct Declared
{
	char	   *name;
	Oid			schema;
	const char *volatility;
	Oid			result;
	int			narguments;
	Oid			arguments[FUNC_MAX_ARGS];
	const char *names[FUNC_MAX_ARGS];	/* NULL: it has none */
} Declared;

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

pg_noreturn static void
no_signature(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the signature of an aggregate cannot be read"),
			 errdetail_internal("%s", detail),
			 errhint("Write it as 'median(v double precision) RETURNS double precision'.")));
}

/* A type that values of the aggregate can have. */
static Oid
value_type(const TypeName *name)
{
	Oid			type = typenameTypeId(NULL, name);

	if (name->setof || get_typtype(type) == TYPTYPE_PSEUDO)
		no_signature(psprintf("%s%s is not the type of a value.", name->setof ? "SETOF " : "", format_type_be(type)));
	return type;
}

static CreateFunctionStmt *
parse(const char *query)
{
	List	   *statements = raw_parser(query, RAW_PARSE_DEFAULT);
	Node	   *statement = list_length(statements) == 1 ? linitial_node(RawStmt, statements)->stmt : NULL;

	if (statement == NULL || !IsA(statement, CreateFunctionStmt))
		no_signature("It has more than one statement.");
	return (CreateFunctionStmt *) statement;
}

/* Reads a signature with the parser that reads those of functions. */
static void
read_signature(const char *signature, Declared *d)
{
	char	   *query = psprintf("CREATE FUNCTION %s", signature);
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = plgo_place_in_statement,
		.arg = query,
	};
	CreateFunctionStmt *statement;

	error_context_stack = &callback;
	statement = parse(query);
	if (statement->returnType == NULL)
		no_signature("It has no RETURNS.");
	d->volatility = "";
	for (int i = 0; i < list_length(statement->options); i++)
	{
		DefElem    *option = list_nth_node(DefElem, statement->options, i);

		if (strcmp(option->defname, "volatility") != 0)
			no_signature("Behind the result it can have IMMUTABLE, STABLE or VOLATILE only.");
		d->volatility = strVal(option->arg);
	}
	d->schema = QualifiedNameGetCreationNamespace(statement->funcname, &d->name);
	d->result = value_type(statement->returnType);
	if (list_length(statement->parameters) >= FUNC_MAX_ARGS)
		no_signature("It has too many arguments.");
	d->narguments = list_length(statement->parameters);
	for (int i = 0; i < d->narguments; i++)
	{
		FunctionParameter *p = list_nth_node(FunctionParameter, statement->parameters, i);

		if (p->mode != FUNC_PARAM_IN && p->mode != FUNC_PARAM_DEFAULT)
			no_signature("It has an argument that is OUT, INOUT, VARIADIC or TABLE.");
		if (p->defexpr != NULL)
			no_signature("It has an argument with a default, which aggregates cannot have.");
		d->names[i] = p->name;
		d->arguments[i] = value_type(p->argType);
	}
	error_context_stack = callback.previous;
	if (strpbrk(d->name, "\n\r,") != NULL || strlen(d->name) + sizeof("_inverse_99") > NAMEDATALEN)
		no_signature("The name is too long for those of its functions, or has a comma or a line end in it.");
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
part_text(const Declared *d, int part, bool inverse, bool merge, const char *source)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s%s, %s, %s, %s", PLGO_PART_LINE, plgo_parts[part], quote_identifier(d->name),
					 inverse && merge ? "all" : inverse ? "inverse" : merge ? "merge" : "basic", type_words(d->result));
	for (int i = 0; i < d->narguments; i++)
		appendStringInfo(&out, ", %s", type_words(d->arguments[i]));
	if (strchr(out.data, '\n') != NULL)
		no_signature("The name of a type has a line end in it.");
	appendStringInfo(&out, "\n%s", source);
	return out.data;
}

/* The arguments as statements have them. */
static char *
arguments_of(const Declared *d, const char *before)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out, before);
	for (int i = 0; i < d->narguments; i++)
		appendStringInfo(&out, "%s%s%s%s", out.len > 0 ? ", " : "",
						 d->names[i] != NULL ? quote_identifier(d->names[i]) : "", d->names[i] != NULL ? " " : "",
						 format_type_extended(d->arguments[i], -1, FORMAT_TYPE_FORCE_QUALIFY));
	return out.data;
}

/* Whether there is a function of one or two states. */
static bool
is_taken(const Declared *d, const char *name, int nstates)
{
	Oid			state = plgo_state_type();
	Oid			types[2] = {state, state};

	return SearchSysCacheExists3(PROCNAMEARGSNSP, CStringGetDatum(name),
								 PointerGetDatum(buildoidvector(types, nstates)), ObjectIdGetDatum(d->schema));
}

/* What the names of the parts end in: aggregates of one name differ in their arguments only. */
static const char *
free_ending(const Declared *d)
{
	const char *ending = "";

	for (int i = 2; i < 100; i++)
	{
		if (!is_taken(d, psprintf("%s_final%s", d->name, ending), 1) && !is_taken(d, psprintf("%s_merge%s", d->name, ending), 2))
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
create(const Declared *d, const char *source)
{
	bool		inverse = has_method(source, "Inverse");
	bool		merge = has_method(source, "Merge");
	const char *schema = quote_identifier(get_namespace_name(d->schema));
	const char *ending = free_ending(d);
	int			numbers[PLGO_PARTS];
	char	   *names[PLGO_PARTS];
	StringInfoData query;

	plgo_number_parts(inverse, merge, numbers);
	for (int i = 0; i < PLGO_PARTS; i++)
	{
		names[i] = psprintf("%s.%s", schema, quote_identifier(psprintf("%s_%s%s", d->name, plgo_parts[i], ending)));
		if (numbers[i] < 0)
			continue;
		execute(psprintf("CREATE FUNCTION %s(%s) RETURNS %s %s LANGUAGE plgo AS %s", names[i],
						 i == PLGO_FINAL ? "plgo.state" : i == PLGO_MERGE ? "plgo.state, plgo.state" : arguments_of(d, "plgo.state"),
						 i == PLGO_FINAL ? format_type_extended(d->result, -1, FORMAT_TYPE_FORCE_QUALIFY) : "plgo.state",
						 d->volatility, quote_literal_cstr(part_text(d, i, inverse, merge, source))));
	}
	initStringInfo(&query);
	appendStringInfo(&query, "CREATE AGGREGATE %s.%s(%s) (SFUNC = %s, STYPE = plgo.state, FINALFUNC = %s, FINALFUNC_MODIFY = READ_ONLY",
					 schema, quote_identifier(d->name), d->narguments == 0 ? "*" : arguments_of(d, ""), names[PLGO_STEP], names[PLGO_FINAL]);
	if (merge)
		appendStringInfo(&query, ", COMBINEFUNC = %s", names[PLGO_MERGE]);
	if (inverse)
		appendStringInfo(&query, ", MSFUNC = %s, MINVFUNC = %s, MSTYPE = plgo.state, MFINALFUNC = %s, MFINALFUNC_MODIFY = READ_ONLY",
						 names[PLGO_STEP], names[PLGO_INVERSE], names[PLGO_FINAL]);
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
	Declared	d;

	read_signature(signature, &d);
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
								  PointerGetDatum(buildoidvector(d.arguments, d.narguments)), ObjectIdGetDatum(d.schema)));
}
