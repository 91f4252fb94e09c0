/*-------------------------------------------------------------------------
 *
 * source.c
 *	  From pg_proc and the catalogs of types to a compiler's request.
 *
 * The request is also what an object is found by: it holds all that decides how
 * the function is compiled, be it in other catalogs than pg_proc.  So it must not
 * hold anything that varies for other reasons.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"
#include "../../host/postgres/values/conv.h"

#include "access/detoast.h"
#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/proclang.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/*
 * Types contain types; composite types can do so through arrays without an end, and
 * few of them be a description without measure.
 */
#define MAX_DEPTH	8
#define MAX_TYPES	10000

/*
 * What texts mean, which are refused, and what the runtime holds against them: objects that
 * were made by other rules are not found, and so made anew, or not at all.
 * compileapi.TextRules is the same.
 */
#define TEXT_RULES	7

static void
put_string(StringInfo out, const char *name, const char *value)
{
	appendStringInfo(out, "\"%s\":", name);
	escape_json(out, value);
}

static void put_type(StringInfo out, PlgoSource *source, Oid type, int depth);

static void
put_columns(StringInfo out, PlgoSource *source, Oid type, int depth)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(type, -1);
	const char *separator = "";

	source->composite = true;
	appendStringInfoString(out, ",\"columns\":[");
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);

		if (attribute->attisdropped)
			continue;
		appendStringInfo(out, "%s{", separator);
		put_string(out, "name", NameStr(attribute->attname));
		appendStringInfoString(out, ",\"type\":");
		put_type(out, source, attribute->atttypid, depth + 1);
		appendStringInfoChar(out, '}');
		separator = ",";
	}
	appendStringInfoChar(out, ']');
	ReleaseTupleDesc(desc);
}

/* The name of a type, whatever the search path is. */
static const char *
type_name(Oid type)
{
	const char *name = format_type_extended(type, -1, FORMAT_TYPE_FORCE_QUALIFY);

	return strncmp(name, "pg_catalog.", 11) == 0 ? name + 11 : name;
}

/* JSON of target.SQLType. */
static void
put_type(StringInfo out, PlgoSource *source, Oid type, int depth)
{
	char		kind[2] = {get_typtype(type), '\0'};
	Oid			element = get_element_type(type);

	if (depth > MAX_DEPTH || ++source->ntypes > MAX_TYPES)
		source->too_deep = type;
	if (OidIsValid(source->too_deep))
		return;
	appendStringInfoChar(out, '{');
	put_string(out, "name", type_name(type));
	if (kind[0] != TYPTYPE_BASE)
	{
		appendStringInfoChar(out, ',');
		put_string(out, "kind", kind);
	}
	if (OidIsValid(element))
	{
		appendStringInfoString(out, ",\"element\":");
		put_type(out, source, element, depth + 1);
	}
	else if (kind[0] == TYPTYPE_DOMAIN)
	{
		appendStringInfoString(out, ",\"base\":");
		put_type(out, source, getBaseType(type), depth + 1);
	}
	else if (kind[0] == TYPTYPE_COMPOSITE)
		put_columns(out, source, type, depth);
	appendStringInfoChar(out, '}');
}

void
plgo_put_type(StringInfo out, PlgoSource *source, Oid type)
{
	put_type(out, source, type, 0);
}

static const char *
mode_name(char mode)
{
	switch (mode)
	{
		case PROARGMODE_OUT:
			return "out";
		case PROARGMODE_INOUT:
			return "inout";
		case PROARGMODE_VARIADIC:
			return "variadic";
		case PROARGMODE_TABLE:
			return "table";
		default:
			return "in";
	}
}

/* Whether a value of a type crosses as it is; see pgstd_call. */
static bool
is_simple(Oid type)
{
	return type == VOIDOID || pgstd_simple_type(type) != PGSTD_VOID;
}

static void
put_arguments(StringInfo out, PlgoSource *source, HeapTuple tuple)
{
	Oid		   *types;
	char	  **names;
	char	   *modes;
	int			n = get_func_arg_info(tuple, &types, &names, &modes);

	appendStringInfoString(out, ",\"args\":[");
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(out, i > 0 ? ",{" : "{");
		if (names != NULL && names[i][0] != '\0')
		{
			put_string(out, "name", names[i]);
			appendStringInfoChar(out, ',');
		}
		put_string(out, "mode", mode_name(modes != NULL ? modes[i] : PROARGMODE_IN));
		appendStringInfoString(out, ",\"type\":");
		put_type(out, source, types[i], 0);
		appendStringInfoChar(out, '}');
		if (source->kind == PLGO_SIMPLE && !is_simple(types[i]))
			source->kind = PLGO_VALUES;
	}
	appendStringInfoChar(out, ']');
}

/* How the compiler is to see the function, and what kind of call it gets. */
static const char *
kind_of(PlgoSource *source, Form_pg_proc form)
{
	source->prokind = form->prokind;
	if (form->prorettype == TRIGGEROID)
	{
		source->prokind = 't';
		source->kind = PLGO_TRIGGER;
		return "trigger";
	}
	if (form->prorettype == EVENT_TRIGGEROID)
	{
		source->prokind = 'e';
		source->kind = PLGO_EVENT_TRIGGER;
		return "event_trigger";
	}
	return form->prokind == PROKIND_PROCEDURE ? "procedure" : "function";
}

static void
finish(PlgoSource *source, StringInfo out)
{
	StringInfoData keyed;

	source->request = out->data;
	initStringInfo(&keyed);
	appendStringInfo(&keyed, "%d\n%s\n%s", TEXT_RULES, plgo_policy, out->data);
	plgo_digest(keyed.data, keyed.len, &source->key);
	pfree(keyed.data);
}

/*
 * Makes it the source of what a debugger can read, which has another key: a file for the text
 * is part of the request.
 */
void
plgo_source_for_debugger(PlgoSource *source)
{
	StringInfoData out;

	source->debug_file = plgo_files_text(&source->key, source->called);
	source->may_share = false;
	initStringInfo(&out);
	appendBinaryStringInfo(&out, source->request, (int) strlen(source->request) - 1);
	appendStringInfoChar(&out, ',');
	put_string(&out, "debug", source->debug_file);
	appendStringInfoChar(&out, '}');
	finish(source, &out);
}

/* Whether a function is set to have a world that it shares with no other. */
static bool
wants_own_world(HeapTuple tuple)
{
	static const char setting[] = "pgstd.own_world=";
	bool		isnull;
	Datum		config = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &isnull);
	Datum	   *settings;
	int			n;

	if (isnull)
		return false;
	deconstruct_array(DatumGetArrayTypeP(config), TEXTOID, -1, false, TYPALIGN_INT, &settings, NULL, &n);
	for (int i = 0; i < n; i++)
	{
		const char *entry = TextDatumGetCString(settings[i]);
		bool		on;

		if (pg_strncasecmp(entry, setting, strlen(setting)) == 0)
			return parse_bool(entry + strlen(setting), &on) && on;
	}
	return false;
}

/*
 * Reads what the catalogs say of a function; NULL if it has gone.  If that is more than
 * a request can hold, too_deep is a type that is to blame, or there is no text.
 */
static PlgoSource *
read_source(Oid oid)
{
	PlgoSource *source = palloc0(sizeof(PlgoSource));
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Form_pg_proc form;
	Datum		prosrc;
	bool		isnull;
	StringInfoData out;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	form = (Form_pg_proc) GETSTRUCT(tuple);
	source->oid = oid;
	source->called = source->name = pstrdup(NameStr(form->proname));
	/*
	 * A handler that is called by its own name would take that for a function of Go.  So it would
	 * the text of another language, if a statement began before the function was replaced by that.
	 */
	if (form->prolang != get_language_oid("plgo", true))
	{
		ReleaseSysCache(tuple);
		source->foreign = true;
		return source;
	}
	prosrc = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	if (isnull)
		elog(ERROR, "null prosrc for function %u", oid);
	if (toast_raw_datum_size(prosrc) > PLGO_MAX_TEXT)
	{
		ReleaseSysCache(tuple);
		return source;
	}
	source->text = TextDatumGetCString(prosrc);
	source->kind = form->proretset ? PLGO_SET :
		is_simple(form->prorettype) ? PLGO_SIMPLE : PLGO_VALUES;
	source->xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	source->tid = tuple->t_self;
	source->may_share = !wants_own_world(tuple);
	source->owner = form->proowner;
	source->replaced = (tuple->t_data->t_infomask & HEAP_UPDATED) != 0;

	initStringInfo(&out);
	if (plgo_is_part(source->text))
	{
		plgo_aggregate_request(source, &out, tuple);
		/* All of an aggregate have one module, in which its states are. */
		source->may_share = false;
		ReleaseSysCache(tuple);
		finish(source, &out);
		return source;
	}
	appendStringInfoChar(&out, '{');
	put_string(&out, "name", source->name);
	appendStringInfoChar(&out, ',');
	put_string(&out, "source", source->text);
	appendStringInfoChar(&out, ',');
	put_string(&out, "kind", kind_of(source, form));
	put_arguments(&out, source, tuple);
	if (source->prokind == PROKIND_FUNCTION && form->prorettype != VOIDOID &&
		(form->prorettype != RECORDOID || heap_attisnull(tuple, Anum_pg_proc_proargmodes, NULL)))
	{
		appendStringInfoString(&out, ",\"returns\":");
		put_type(&out, source, form->prorettype, 0);
	}
	if (form->proretset)
		appendStringInfoString(&out, ",\"set\":true");
	if (form->proisstrict)
		appendStringInfoString(&out, ",\"strict\":true");
	appendStringInfoChar(&out, '}');
	ReleaseSysCache(tuple);
	if (out.len > PLGO_MAX_TEXT)
		source->text = NULL;
	finish(source, &out);
	return source;
}

static bool
is_whole(const PlgoSource *source)
{
	/* The arguments of a window function are not where those of others are. */
	return source->text != NULL && source->misfit == NULL && !OidIsValid(source->too_deep) && source->prokind != PROKIND_WINDOW;
}

/* The same; what no request can hold is an error. */
PlgoSource *
plgo_source(Oid oid)
{
	PlgoSource *source = read_source(oid);

	if (source == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function with OID %u does not exist", oid)));
	if (source->foreign)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function %s is not written in plgo", source->name)));
	if (source->text == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the text of function %s is longer than %d MB", source->name, PLGO_MAX_TEXT >> 20)));
	if (OidIsValid(source->too_deep))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("type %s is nested too deeply for a function in plgo", format_type_be(source->too_deep))));
	if (source->misfit != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FUNCTION_DEFINITION),
				 errmsg("function %s does not fit what its text says of an aggregate", source->name),
				 errdetail_internal("%s", source->misfit),
				 errhint("Let plgo.create_aggregate() make the functions of an aggregate.")));
	if (!is_whole(source))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a window function cannot be written in plgo")));
	return source;
}

/*
 * The same; NULL if the function has gone, or no request can hold it: its owner hears
 * of that, and nobody who happens to pass by.
 */
PlgoSource *
plgo_source_if_any(Oid oid)
{
	PlgoSource *source = read_source(oid);

	return source != NULL && is_whole(source) ? source : NULL;
}

/* The same for the block of a DO. */
PlgoSource *
plgo_inline_source(const char *text)
{
	PlgoSource *source = palloc0(sizeof(PlgoSource));
	StringInfoData out;

	source->called = source->name = "inline_code_block";
	source->text = text;
	source->prokind = PROKIND_PROCEDURE;
	source->kind = PLGO_SIMPLE;
	initStringInfo(&out);
	appendStringInfoChar(&out, '{');
	put_string(&out, "name", source->name);
	appendStringInfoChar(&out, ',');
	put_string(&out, "source", text);
	appendStringInfoString(&out, ",\"kind\":\"inline\"}");
	finish(source, &out);
	if (plgo_debug)
		plgo_source_for_debugger(source);
	return source;
}
