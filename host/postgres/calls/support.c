/*-------------------------------------------------------------------------
 *
 * support.c
 *	  The way from a function that PostgreSQL calls with structures of its own to
 *	  the function of Go that does the work.
 *
 * Each has two functions in SQL.  That which is called so, with arguments of type internal,
 * is all C: it makes ordinary values of what is in the structures, calls the other one as any
 * function is called, and makes structures of the result.  So Go code never sees a structure of
 * the server, and what it returns has been checked as the types of a function in SQL say; what
 * a count or a number means, the C function checks.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "access/htup_details.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

/* What the symbol of the C function has behind that of the other, before the name of what it is. */
#define SUFFIX	"Zsupport_"

static char *
proc_text(HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(PROCOID, tuple, column, &isnull);

	return isnull ? pstrdup("") : TextDatumGetCString(value);
}

/*
 * The function that does the work of another: of the same name, in the same schema and file,
 * with the symbol that goes with the other's.  Only a superuser can have made such a one.
 */
static Oid
find_behind(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc proc;
	CatCList   *list;
	char	   *file;
	char	   *symbol;
	Oid			found = InvalidOid;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	file = proc_text(tuple, Anum_pg_proc_probin);
	symbol = proc_text(tuple, Anum_pg_proc_prosrc);
	list = SearchSysCacheList1(PROCNAMEARGSNSP, NameGetDatum(&proc->proname));
	for (int i = 0; i < list->n_members && !OidIsValid(found); i++)
	{
		HeapTuple	other = &list->members[i]->tuple;
		Form_pg_proc candidate = (Form_pg_proc) GETSTRUCT(other);
		char	   *prefix;

		if (candidate->oid == function || candidate->pronamespace != proc->pronamespace ||
			candidate->prolang != ClanguageId || proc->prolang != ClanguageId)
			continue;
		prefix = psprintf("%s" SUFFIX, proc_text(other, Anum_pg_proc_prosrc));
		if (strncmp(symbol, prefix, strlen(prefix)) == 0 &&
			strcmp(proc_text(other, Anum_pg_proc_probin), file) == 0)
			found = candidate->oid;
	}
	ReleaseSysCacheList(list);
	ReleaseSysCache(tuple);
	if (!OidIsValid(found))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function %s has lost the one that does its work", format_procedure(function)),
				 errhint("Create the extension again.")));
	return found;
}

/*
 * What is known of the function that is called, and of the one that does its work.
 */
Support *
pgstd_support(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = fcinfo->flinfo->fn_extra;
	MemoryContext caller;
	Oid			behind;

	if (likely(support != NULL))
		return support;
	behind = find_behind(fcinfo->flinfo->fn_oid);
	caller = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);
	support = palloc0(sizeof(Support));
	support->module = module;
	support->site = site;
	support->index = index;
	fmgr_info_cxt(behind, &support->flinfo, fcinfo->flinfo->fn_mcxt);
	support->result = get_func_signature(behind, &support->args, &support->nargs);
	MemoryContextSwitchTo(caller);
	fcinfo->flinfo->fn_extra = support;
	return support;
}

static const SupportType *
known_type(SupportType *known, Oid type)
{
	if (unlikely(known->oid != type))
	{
		get_typlenbyvalalign(type, &known->len, &known->byval, &known->align);
		known->oid = type;
	}
	return known;
}

/* Calls the function that does the work. */
Datum
pgstd_support_call(Support *support, Oid collation, int nargs, const Datum *args, bool *isnull)
{
	LOCAL_FCINFO(fcinfo, FUNC_MAX_ARGS);
	Datum		result;

	if (nargs != support->nargs)
		elog(ERROR, "pgstd: function %u has %d arguments in SQL, not %d", support->flinfo.fn_oid, support->nargs, nargs);
	InitFunctionCallInfoData(*fcinfo, &support->flinfo, nargs, collation, NULL, NULL);
	for (int i = 0; i < nargs; i++)
		fcinfo->args[i] = (NullableDatum) {.value = args[i]};
	result = pgstd_call_values(support->module, support->site, support->index, fcinfo);
	*isnull = fcinfo->isnull;
	return result;
}

/* The same, of one that returns no NULL. */
Datum
pgstd_support_value(Support *support, Oid collation, int nargs, const Datum *args)
{
	bool		isnull;
	Datum		value = pgstd_support_call(support, collation, nargs, args, &isnull);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("function %s has returned NULL", format_procedure(support->flinfo.fn_oid))));
	return value;
}

/* What it has returned has the right type, and is no answer. */
void
pgstd_support_wrong(const Support *support, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("function %s %s", format_procedure(support->flinfo.fn_oid), what)));
}

/* Takes a row apart that a function has returned. */
void
pgstd_support_parts(Datum row, int n, Datum *values, bool *nulls)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(row);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));

	if (desc->natts != n)
		elog(ERROR, "pgstd: row of %d columns, not %d", desc->natts, n);
	heap_deform_tuple(&tuple, desc, values, nulls);
	ReleaseTupleDesc(desc);
}

/* Takes an array apart; of one without NULL, nulls is NULL. */
int
pgstd_support_take(Support *support, Datum array, Datum **values, bool **nulls)
{
	ArrayType  *a = DatumGetArrayTypeP(array);
	const SupportType *type = known_type(&support->taken, ARR_ELEMTYPE(a));
	int			n;

	deconstruct_array(a, type->oid, type->len, type->byval, type->align, values, nulls, &n);
	if (!array_contains_nulls(a))
		*nulls = NULL;
	return n;
}

/* Makes an array that is the first argument of the function that does the work. */
Datum
pgstd_support_make(Support *support, Datum *values, int n)
{
	const SupportType *type = &support->made;

	if (unlikely(!OidIsValid(type->oid)))
		(void) known_type(&support->made, get_element_type(support->args[0]));
	return PointerGetDatum(construct_array(values, n, type->oid, type->len, type->byval, type->align));
}

/* An array of what is there and what is not. */
Datum
pgstd_support_bools(const bool *list, int n)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		values[i] = BoolGetDatum(list[i]);
	return PointerGetDatum(construct_array(values, n, BOOLOID, 1, true, TYPALIGN_CHAR));
}
