/*-------------------------------------------------------------------------
 *
 * parts.c
 *	  The functions that an aggregate is made of.
 *
 * All of them have the aggregate's text, behind a first line that says which one each
 * is, and what SQL declares of the aggregate:
 *
 *	  //plgo:aggregate PART, NAME, HAS, SCHEMA, TYPE of the result, SCHEMA, TYPE of each argument
 *
 * HAS is what there is besides step and final: basic, inverse, merge, or all; or it is
 * within_N, of an aggregate with WITHIN GROUP, N of whose arguments stand before that.  So
 * the request for each is the same, and with it the object; loading.c lets them share a
 * module, in whose world the states are.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "parts.h"
#include "../../host/postgres/values/conv.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

const char *const plgo_parts[PLGO_PARTS] = {"step", "final", "inverse", "merge"};

/* The words of the first line. */
enum
{
	PART,
	NAME,
	HAS,
	RESULT,						/* two words, as each type */
	ARGUMENTS = RESULT + 2
};

/* How long it can be: what is longer is not taken apart. */
#define MAX_LINE	((ARGUMENTS + 2 * FUNC_MAX_ARGS) * (2 * NAMEDATALEN + 4))

Oid
plgo_state_type(void)
{
	Oid			schema = get_namespace_oid("plgo", true);

	if (!OidIsValid(schema))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("state"), ObjectIdGetDatum(schema));
}

/*
 * pgstd_own_type: what a function of an aggregate may take for its state.  To all other code
 * a state is no number, which it could make.
 */
static bool
is_state_type(PgstdType code, Oid type)
{
	return code == PGSTD_STATE && type == plgo_state_type();
}

void
plgo_aggregate_init(void)
{
	pgstd_own_type = is_state_type;
}

bool
plgo_is_part(const char *text)
{
	return strncmp(text, PLGO_PART_LINE, strlen(PLGO_PART_LINE)) == 0;
}

/* The number of each part in the object; -1: it has none. */
void
plgo_number_parts(bool inverse, bool merge, int *numbers)
{
	int			n = 0;

	numbers[PLGO_STEP] = n++;
	numbers[PLGO_FINAL] = n++;
	numbers[PLGO_INVERSE] = inverse ? n++ : -1;
	numbers[PLGO_MERGE] = merge ? n++ : -1;
}

/* The type that two words name; InvalidOid: there is none. */
static Oid
named_type(const List *words, int at)
{
	Oid			schema = get_namespace_oid(list_nth(words, at), true);

	if (!OidIsValid(schema))
		return InvalidOid;
	return GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(list_nth(words, at + 1)), ObjectIdGetDatum(schema));
}

/*
 * Whether SQL finds out at each call what the result is: by the types of what is aggregated,
 * which the final function then has as arguments, too; they are NULL.
 */
bool
plgo_resolves_result(const PlgoAggregate *a)
{
	return IsPolymorphicType(a->result);
}

/* The types of the arguments of a part; at most FUNC_MAX_ARGS + 1. */
int
plgo_part_arguments(const PlgoAggregate *a, int part, Oid *types)
{
	int			ndirect = Max(a->ndirect, 0);
	int			from = part == PLGO_FINAL ? 0 : ndirect;
	int			to = part == PLGO_FINAL && !plgo_resolves_result(a) ? ndirect : a->narguments;
	int			n = 0;

	types[n++] = plgo_state_type();
	if (part == PLGO_MERGE)
		types[n++] = types[0];
	else
		for (int i = from; i < to; i++)
			types[n++] = a->arguments[i];
	return n;
}

/* Whether SQL declares a function as the part of an aggregate is to be. */
static bool
is_declared_so(HeapTuple tuple, int part, const PlgoAggregate *a)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	Oid			state = plgo_state_type();
	Oid			types[FUNC_MAX_ARGS + 1];
	int			n = plgo_part_arguments(a, part, types);

	if (form->prokind != PROKIND_FUNCTION || form->proretset || form->pronargs != n || !OidIsValid(state) ||
		!heap_attisnull(tuple, Anum_pg_proc_proallargtypes, NULL) || form->provariadic != InvalidOid ||
		form->prorettype != (part == PLGO_FINAL ? a->result : state))
		return false;
	for (int i = 0; i < n; i++)
		if (form->proargtypes.values[i] != types[i])
			return false;
	return true;
}

static void
put_request(PlgoSource *source, StringInfo out, const char *name, const int *numbers, const PlgoAggregate *a)
{
	appendStringInfoString(out, "{\"name\":");
	escape_json(out, name);
	appendStringInfoString(out, ",\"source\":");
	escape_json(out, source->text);
	appendStringInfoString(out, ",\"kind\":\"aggregate\",\"args\":[");
	for (int i = 0; i < a->narguments; i++)
	{
		appendStringInfoString(out, i > 0 ? ",{\"type\":" : "{\"type\":");
		plgo_put_type(out, source, a->arguments[i]);
		appendStringInfoChar(out, '}');
	}
	appendStringInfoString(out, "],\"returns\":");
	plgo_put_type(out, source, a->result);
	if (a->ndirect >= 0)
		appendStringInfo(out, ",\"direct\":%d", a->ndirect);
	appendStringInfoString(out, ",\"parts\":[");
	for (int i = 0; i < PLGO_PARTS; i++)
		if (numbers[i] >= 0)
			appendStringInfo(out, "%s\"%s\"", i > 0 ? "," : "", plgo_parts[i]);
	appendStringInfoString(out, "]}");
}

/* Reads what there is of parts, and how many arguments stand before WITHIN GROUP. */
static bool
read_has(const char *has, PlgoAggregate *a, int *numbers)
{
	bool		within = strncmp(has, PLGO_WITHIN, strlen(PLGO_WITHIN)) == 0;
	const char *digits = has + strlen(PLGO_WITHIN);
	bool		all = strcmp(has, "all") == 0;

	a->ndirect = -1;
	plgo_number_parts(all || strcmp(has, "inverse") == 0, all || strcmp(has, "merge") == 0, numbers);
	if (!within)
		return true;
	/* No more than two digits are any, as there are no more than FUNC_MAX_ARGS arguments. */
	if (digits[0] == '\0' || strlen(digits) > 2 || strspn(digits, "0123456789") != strlen(digits))
		return false;
	a->ndirect = atoi(digits);
	return a->ndirect < a->narguments;
}

/*
 * Reads the first line of a function's text, and makes the request for the aggregate.
 * What does not fit is no error here: many a caller happens to pass by.
 */
void
plgo_aggregate_request(PlgoSource *source, StringInfo out, HeapTuple tuple)
{
	const char *end = strchr(source->text, '\n');
	char	   *line = pnstrdup(source->text + strlen(PLGO_PART_LINE),
								end == NULL ? 0 : end - source->text - strlen(PLGO_PART_LINE));
	List	   *words = NIL;
	int			numbers[PLGO_PARTS];
	int			part = -1;
	PlgoAggregate a;

	source->kind = PLGO_PART;
	source->prokind = PROKIND_FUNCTION;
	source->misfit = "Its first line cannot be read.";
	if (end == NULL || end - source->text > MAX_LINE || !SplitIdentifierString(line, ',', &words) || list_length(words) < ARGUMENTS ||
		(list_length(words) - ARGUMENTS) % 2 != 0 || list_length(words) > ARGUMENTS + 2 * FUNC_MAX_ARGS)
		return;
	for (int i = 0; i < PLGO_PARTS; i++)
		if (strcmp(list_nth(words, PART), plgo_parts[i]) == 0)
			part = i;
	a.narguments = (list_length(words) - ARGUMENTS) / 2;
	if (part < 0 || !read_has(list_nth(words, HAS), &a, numbers) || numbers[part] < 0)
		return;
	a.result = named_type(words, RESULT);
	source->misfit = "A type that its first line names does not exist.";
	if (!OidIsValid(a.result))
		return;
	for (int i = 0; i < a.narguments; i++)
		if (!OidIsValid(a.arguments[i] = named_type(words, ARGUMENTS + 2 * i)))
			return;
	source->misfit = "Its arguments or its result are others.";
	if (!is_declared_so(tuple, part, &a))
		return;
	source->misfit = NULL;
	source->part = numbers[part];
	source->text = pstrdup(end + 1);
	source->called = list_nth(words, NAME);
	put_request(source, out, source->called, numbers, &a);
	if (out->len > PLGO_MAX_TEXT)
		source->text = NULL;
}

/*
 * Drops the functions of aggregates that a command has dropped.  That an aggregate needs
 * its functions, PostgreSQL knows; that they are for nothing else, only we do.  What something
 * else needs, be it another role's, stays.
 */
void
plgo_drop_parts(void)
{
	uint64		n;
	char	  **drops;
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect();
	/* With OFFSET, each part waits for the one before: texts of others are not even looked at. */
	if (SPI_execute("SELECT pg_catalog.format('DROP FUNCTION IF EXISTS %s', p.oid::pg_catalog.regprocedure)"
					" FROM (SELECT s.oid, d.address_names[2] AS name FROM pg_catalog.pg_event_trigger_dropped_objects() d"
					" JOIN pg_catalog.pg_namespace s ON s.nspname OPERATOR(pg_catalog.=) d.address_names[1]"
					" WHERE d.object_type OPERATOR(pg_catalog.=) 'aggregate' OFFSET 0) d,"
					" LATERAL (SELECT f.oid, f.prosrc FROM pg_catalog.pg_proc f"
					" JOIN pg_catalog.pg_language l ON l.oid OPERATOR(pg_catalog.=) f.prolang AND l.lanname OPERATOR(pg_catalog.=) 'plgo'"
					" WHERE f.pronamespace OPERATOR(pg_catalog.=) d.oid AND pg_catalog.pg_has_role(f.proowner, 'USAGE') OFFSET 0) p"
					" WHERE pg_catalog.starts_with(p.prosrc, '" PLGO_PART_LINE "')"
					" AND pg_catalog.split_part(pg_catalog.split_part(p.prosrc, E'\\n', 1), ', ', 2)"
					" OPERATOR(pg_catalog.=) pg_catalog.quote_ident(d.name)"
					" AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend u WHERE u.refobjid OPERATOR(pg_catalog.=) p.oid"
					" AND u.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass)",
					false, 0) != SPI_OK_SELECT)
		elog(ERROR, "plgo: functions of aggregates cannot be read");
	n = SPI_processed;
	drops = MemoryContextAlloc(caller, sizeof(char *) * (n + 1));
	for (uint64 i = 0; i < n; i++)
		drops[i] = MemoryContextStrdup(caller, SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
	for (uint64 i = 0; i < n; i++)
		if (SPI_execute(drops[i], false, 0) != SPI_OK_UTILITY)
			elog(ERROR, "plgo: a function of an aggregate cannot be dropped");
	SPI_finish();
}
