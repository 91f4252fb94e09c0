/*-------------------------------------------------------------------------
 *
 * declared.c
 *	  The signature that plgo.create_aggregate() gets.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "declared.h"

#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "common/keywords.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "parser/scanner.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

pg_noreturn void
plgo_no_signature(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("the signature of an aggregate cannot be read"),
			 errdetail_internal("%s", detail),
			 errhint("Write it as 'median(v double precision) RETURNS double precision', or with WITHIN GROUP as 'nth(at integer ORDER BY v text) RETURNS text'.")));
}

/* A type that values of the aggregate can have. */
static Oid
value_type(const TypeName *name)
{
	Oid			type = typenameTypeId(NULL, name);

	if (name->setof || (get_typtype(type) == TYPTYPE_PSEUDO && !IsPolymorphicType(type)))
		plgo_no_signature(psprintf("%s%s is not the type of a value.", name->setof ? "SETOF " : "", format_type_be(type)));
	return type;
}

static CreateFunctionStmt *
parse(const char *query)
{
	List	   *statements = raw_parser(query, RAW_PARSE_DEFAULT);
	Node	   *statement = list_length(statements) == 1 ? linitial_node(RawStmt, statements)->stmt : NULL;

	if (statement == NULL || !IsA(statement, CreateFunctionStmt))
		plgo_no_signature("It has more than one statement.");
	return (CreateFunctionStmt *) statement;
}

/* Reads the next token of a signature. */
static int
next_token(core_yyscan_t scanner, YYLTYPE *at)
{
	core_YYSTYPE value;

	return core_yylex(&value, at, scanner);
}

static int
keyword(const char *word)
{
	return ScanKeywordTokens[ScanKeywordLookup(word, &ScanKeywords)];
}

/*
 * An aggregate with WITHIN GROUP is declared as CREATE AGGREGATE has it, with ORDER BY between
 * the arguments.  This puts a comma there, where there are some before it, so that positions
 * stay what they are, and returns how many there are; -1: it has no ORDER BY.  The star of an
 * aggregate without arguments, which CREATE FUNCTION does not have, goes as well.
 */
static int
take_order_by(char *query)
{
	core_yy_extra_type extra;
	core_yyscan_t scanner = scanner_init(query, &extra, &ScanKeywords, ScanKeywordTokens);
	int			order = keyword("order");
	int			by = keyword("by");
	int			depth = 0;
	int			ndirect = 0;
	int			before = 0;
	bool		found = false;
	YYLTYPE		at;

	for (int token; !found && (token = next_token(scanner, &at)) != 0; before = token)
	{
		int			start = at;

		if (depth == 1 && before == '(' && token == '*')
		{
			query[start] = ' ';
			continue;
		}
		if (token == ')' && --depth == 0)
			break;
		if (depth == 1 && token == order && next_token(scanner, &at) == by)
		{
			found = true;
			memset(query + start, ' ', at + strlen("by") - start);
			if (ndirect > 0)
				query[start] = ',';
			break;
		}
		if (depth > 0 && ndirect == 0)
			ndirect = 1;
		if (depth == 1 && token == ',')
			ndirect++;
		if (token == '(')
			depth++;
	}
	scanner_finish(scanner);
	return found ? ndirect : -1;
}

/* Reads a signature with the parser that reads those of functions. */
void
plgo_read_signature(const char *signature, PlgoDeclared *d)
{
	char	   *query = psprintf("CREATE FUNCTION %s", signature);
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = plgo_place_in_statement,
		.arg = pstrdup(query),
	};
	CreateFunctionStmt *statement;

	error_context_stack = &callback;
	d->types.ndirect = take_order_by(query);
	statement = parse(query);
	if (statement->returnType == NULL)
		plgo_no_signature("It has no RETURNS.");
	d->volatility = "";
	for (int i = 0; i < list_length(statement->options); i++)
	{
		DefElem    *option = list_nth_node(DefElem, statement->options, i);

		if (strcmp(option->defname, "volatility") != 0)
			plgo_no_signature("Behind the result it can have IMMUTABLE, STABLE or VOLATILE only.");
		d->volatility = strVal(option->arg);
	}
	d->schema = QualifiedNameGetCreationNamespace(statement->funcname, &d->name);
	d->types.result = value_type(statement->returnType);
	if (list_length(statement->parameters) >= FUNC_MAX_ARGS)
		plgo_no_signature("It has too many arguments.");
	d->types.narguments = list_length(statement->parameters);
	if (d->types.ndirect == d->types.narguments)
		plgo_no_signature("It has no argument behind ORDER BY.");
	for (int i = 0; i < d->types.narguments; i++)
	{
		FunctionParameter *p = list_nth_node(FunctionParameter, statement->parameters, i);

		if (p->mode != FUNC_PARAM_IN && p->mode != FUNC_PARAM_DEFAULT)
			plgo_no_signature("It has an argument that is OUT, INOUT, VARIADIC or TABLE.");
		if (p->defexpr != NULL)
			plgo_no_signature("It has an argument with a default, which aggregates cannot have.");
		d->names[i] = p->name;
		d->types.arguments[i] = value_type(p->argType);
	}
	error_context_stack = callback.previous;
	if (strpbrk(d->name, "\n\r,") != NULL || strlen(d->name) + sizeof("_inverse_99") > NAMEDATALEN)
		plgo_no_signature("The name is too long for those of its functions, or has a comma or a line end in it.");
}
