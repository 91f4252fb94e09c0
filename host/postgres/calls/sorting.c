/*-------------------------------------------------------------------------
 *
 * sorting.c
 *	  Sorts of values of a type of the extension's own by numbers that go with its order:
 *	  Go code is called for each value once, and compares those alone whose number is the same.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

typedef struct Sorting
{
	Support    *key;			/* makes the number of a value */
	FmgrInfo	compare;
	/* What one call takes beside: the sort's own memory lasts, and values may be large. */
	MemoryContext call;
	/* The arguments of a comparison, with room for two. */
	FunctionCallInfoBaseData *fcinfo;
} Sorting;

static int
compare_values(Datum a, Datum b, SortSupport ssup)
{
	FunctionCallInfo fcinfo = ((Sorting *) ssup->ssup_extra)->fcinfo;
	Datum		result;

	fcinfo->args[0].value = a;
	fcinfo->args[1].value = b;
	fcinfo->isnull = false;
	result = FunctionCallInvoke(fcinfo);
	if (fcinfo->isnull)
		elog(ERROR, "pgstd: a comparison is NULL");
	return DatumGetInt32(result);
}

static Datum
make_key(Datum value, SortSupport ssup)
{
	Sorting    *sorting = ssup->ssup_extra;
	MemoryContext caller = MemoryContextSwitchTo(sorting->call);
	Datum		key = pgstd_support_value(sorting->key, ssup->ssup_collation, 1, &value);

	MemoryContextSwitchTo(caller);
	MemoryContextReset(sorting->call);
	return key;
}

/* The numbers cost one call each, and that has been made. */
static bool
never_abort(int ntuples, SortSupport ssup)
{
	return false;
}

/* A support function of btree.  The sort's memory has what it needs, which lives as long. */
Datum
pgstd_sort_key(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);
	MemoryContext caller = MemoryContextSwitchTo(ssup->ssup_cxt);
	Sorting    *sorting = palloc0(sizeof(Sorting));
	FmgrInfo   *own = palloc0(sizeof(FmgrInfo));
	LOCAL_FCINFO(lasting, 1);
	TypeCacheEntry *type;

	fmgr_info(fcinfo->flinfo->fn_oid, own);
	InitFunctionCallInfoData(*lasting, own, 1, ssup->ssup_collation, NULL, NULL);
	sorting->key = pgstd_support(module, site, index, lasting);
	if (sorting->key->nargs != 1 || sorting->key->result != INT8OID)
		elog(ERROR, "pgstd: function %u makes no numbers of values", sorting->key->flinfo.fn_oid);
	/* The class that has this function is the default one of the type. */
	type = lookup_type_cache(sorting->key->args[0], TYPECACHE_CMP_PROC);
	if (!OidIsValid(type->cmp_proc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify a comparison function for type %s", format_type_be(type->type_id))));
	fmgr_info(type->cmp_proc, &sorting->compare);
	sorting->fcinfo = palloc0(SizeForFunctionCallInfo(2));
	InitFunctionCallInfoData(*sorting->fcinfo, &sorting->compare, 2, ssup->ssup_collation, NULL, NULL);
	sorting->call = AllocSetContextCreate(CurrentMemoryContext, "pgstd sort key", ALLOCSET_SMALL_SIZES);
	ssup->ssup_extra = sorting;
	ssup->comparator = compare_values;
	if (ssup->abbreviate)
	{
		ssup->comparator = ssup_datum_unsigned_cmp;
		ssup->abbrev_converter = make_key;
		ssup->abbrev_abort = never_abort;
		ssup->abbrev_full_comparator = compare_values;
	}
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}
