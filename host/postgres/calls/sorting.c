/*-------------------------------------------------------------------------
 *
 * sorting.c
 *	  Sorts of values of a type of the extension's own: by numbers that go with its order, for
 *	  which Go code is called for each value once, and compares those alone whose number is the
 *	  same; or by a comparison that goes straight into the world, where values are words.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/sortsupport.h"
#include "utils/typcache.h"

#include <dlfcn.h>

typedef struct Sorting
{
	Support    *behind;			/* makes the number of a value, or compares words */
	FmgrInfo	compare;		/* beside a number */
	/* What one call takes beside: the sort's own memory lasts, and values may be large. */
	MemoryContext call;
	FunctionCallInfo fcinfo;	/* of a comparison */
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
	Datum		key = pgstd_support_value(sorting->behind, ssup->ssup_collation, 1, &value);

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

/*
 * The function of Go that a support function of btree stands for.  The sort's memory has all of
 * it, and lives as long as it is needed.
 */
static Support *
find_sorting(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo, SortSupport ssup)
{
	FmgrInfo   *own = palloc0(sizeof(FmgrInfo));
	LOCAL_FCINFO(lasting, 1);

	fmgr_info(fcinfo->flinfo->fn_oid, own);
	InitFunctionCallInfoData(*lasting, own, 1, ssup->ssup_collation, NULL, NULL);
	return pgstd_support(module, site, index, lasting);
}

static FunctionCallInfo
make_comparison(FmgrInfo *flinfo, SortSupport ssup)
{
	FunctionCallInfo fcinfo = palloc0(SizeForFunctionCallInfo(2));

	InitFunctionCallInfoData(*fcinfo, flinfo, 2, ssup->ssup_collation, NULL, NULL);
	return fcinfo;
}

/* A support function of btree. */
Datum
pgstd_sort_key(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);
	MemoryContext caller = MemoryContextSwitchTo(ssup->ssup_cxt);
	Sorting    *sorting = palloc0(sizeof(Sorting));
	TypeCacheEntry *type;

	sorting->behind = find_sorting(module, site, index, fcinfo, ssup);
	if (sorting->behind->nargs != 1 || sorting->behind->result != INT8OID)
		elog(ERROR, "pgstd: function %u makes no numbers of values", sorting->behind->flinfo.fn_oid);
	/* The class that has this function is the default one of the type. */
	type = lookup_type_cache(sorting->behind->args[0], TYPECACHE_CMP_PROC);
	if (!OidIsValid(type->cmp_proc))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("could not identify a comparison function for type %s", format_type_be(type->type_id))));
	fmgr_info(type->cmp_proc, &sorting->compare);
	sorting->fcinfo = make_comparison(&sorting->compare, ssup);
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

static pg_noinline void
prepare_words(const Sorting *sorting)
{
	const Support *compare = sorting->behind;

	(void) pgstd_prepare_as(compare->module, compare->site, compare->index, PGSTD_FORM_PLAIN, sorting->fcinfo);
}

/*
 * Compares words, by a call that goes straight into the world.
 *
 * Invariant: all that can be another one at the next comparison is looked at in each, as for any
 * call: the role, its world and whether that is still alive, a cancel, a failure.  Between two a
 * sort reads rows, which may run any code.  What the function takes and returns is what it was when
 * the sort began; and any word is a result.
 */
static int
compare_words(Datum a, Datum b, SortSupport ssup)
{
	const Sorting *sorting = ssup->ssup_extra;
	Module	   *module = sorting->behind->module;
	PgstdSite  *site = sorting->behind->site;
	FunctionCallInfo fcinfo = sorting->fcinfo;
	PgstdControl *control;

	if (unlikely(module->current.user != GetUserId() || site->control != module->current.control))
		prepare_words(sorting);
	control = module->current.control;
	fcinfo->args[0].value = a;
	fcinfo->args[1].value = b;
	pgstd_run_call(module, site, control, (const PgstdSlot *) fcinfo->args, fcinfo);
	return DatumGetInt32((Datum) control->result.word);
}

/*
 * Whether a call of a function is one of this module.  It is one of PostgreSQL's if somebody has
 * given the function parameters, or its owner's rights.
 */
static bool
is_called_directly(const FmgrInfo *flinfo)
{
	Dl_info		called;
	Dl_info		own;

	return dladdr((void *) flinfo->fn_addr, &called) != 0 && dladdr((void *) is_called_directly, &own) != 0 &&
		called.dli_fbase == own.dli_fbase;
}

/* A support function of btree, for a comparison that takes and returns words. */
Datum
pgstd_sort_words(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	SortSupport ssup = (SortSupport) PG_GETARG_POINTER(0);
	MemoryContext caller = MemoryContextSwitchTo(ssup->ssup_cxt);
	Sorting    *sorting = palloc0(sizeof(Sorting));
	Support    *compare = find_sorting(module, site, index, fcinfo, ssup);

	if (compare->nargs != 2 || compare->result != INT4OID || !get_typbyval(compare->args[0]) || !get_typbyval(compare->args[1]))
		elog(ERROR, "pgstd: function %u compares no words", compare->flinfo.fn_oid);
	sorting->behind = compare;
	sorting->fcinfo = make_comparison(&compare->flinfo, ssup);
	ssup->ssup_extra = sorting;
	ssup->comparator = is_called_directly(&compare->flinfo) ? compare_words : compare_values;
	MemoryContextSwitchTo(caller);
	PG_RETURN_VOID();
}
