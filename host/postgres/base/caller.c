/*-------------------------------------------------------------------------
 *
 * caller.c
 *	  The SQL function that a call is for: what it is called, and whether it may
 *	  write.
 *
 *-------------------------------------------------------------------------
 */
#include "caller.h"
#include "catalog.h"

#include "catalog/pg_proc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

CallCache *
pgstd_call_cache(FmgrInfo *flinfo)
{
	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(CallCache));
	return flinfo->fn_extra;
}

/*
 * The SQL function of a call, for people; NULL if there is none.  It takes look-ups
 * in the catalog, and so is not for an error context callback.
 */
const char *
pgstd_signature(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo != NULL ? fcinfo->flinfo : NULL;
	CallCache  *cache;

	if (flinfo == NULL)
		return NULL;
	cache = pgstd_call_cache(flinfo);
	if (cache->signature == NULL)
	{
		MemoryContext caller = MemoryContextSwitchTo(flinfo->fn_mcxt);

		cache->signature = format_procedure(flinfo->fn_oid);
		MemoryContextSwitchTo(caller);
	}
	return cache->signature;
}

/* Error context callback; the argument is a signature, or NULL. */
void
pgstd_add_context(void *arg)
{
	if (arg != NULL)
		errcontext("Go function %s", (const char *) arg);
}

/* A function that is not VOLATILE reads only, and sees what its caller sees. */
bool
pgstd_is_read_only(FunctionCallInfo fcinfo)
{
	CallCache  *cache;

	if (fcinfo == NULL || fcinfo->flinfo == NULL)
		return false;
	cache = pgstd_call_cache(fcinfo->flinfo);
	if (cache->generation != pgstd_catalog_generation())
	{
		Oid			function = fcinfo->flinfo->fn_oid;

		/* One that has dropped itself has shown that it writes. */
		cache->read_only = SearchSysCacheExists1(PROCOID, ObjectIdGetDatum(function)) &&
			func_volatile(function) != PROVOLATILE_VOLATILE;
		cache->generation = pgstd_catalog_generation();
	}
	return cache->read_only;
}
