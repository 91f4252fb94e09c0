/*-------------------------------------------------------------------------
 *
 * gin.c
 *	  Operator classes for GIN indexes.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "access/gin.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* Keys, in the form in which GIN wants them. */
static Datum
take_keys(Support *support, Datum array, bool isnull, int32 *nkeys, bool **nulls)
{
	Datum	   *keys = NULL;
	bool	   *is_null = NULL;

	*nkeys = isnull ? 0 : pgstd_support_take(support, array, &keys, &is_null);
	if (is_null != NULL)
		*nulls = is_null;
	return PointerGetDatum(*nkeys == 0 ? NULL : keys);
}

Datum
pgstd_gin_extract_value(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	bool	  **nulls = (bool **) PG_GETARG_POINTER(2);
	Datum		args[1] = {PG_GETARG_DATUM(0)};
	bool		isnull;
	Datum		array = pgstd_support_call(support, PG_GET_COLLATION(), 1, args, &isnull);

	return take_keys(support, array, isnull, nkeys, nulls);
}

/*
 * The work is done by a function that returns the keys, and how to search for them.  "partial"
 * says that each key is where a search through those of the index begins.
 */
static Datum
extract_query(Module *module, PgstdSite *site, uint32 index, bool partial, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	int32	   *nkeys = (int32 *) PG_GETARG_POINTER(1);
	bool	  **nulls = (bool **) PG_GETARG_POINTER(5);
	int32	   *mode = (int32 *) PG_GETARG_POINTER(6);
	Datum		args[2] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(2)};
	Datum		values[2];
	bool		isnull[2];
	int16		wanted;
	Datum		keys;

	pgstd_support_parts(pgstd_support_value(support, PG_GET_COLLATION(), 2, args), 2, values, isnull);
	wanted = isnull[1] ? GIN_SEARCH_MODE_DEFAULT : DatumGetInt16(values[1]);
	if (wanted < GIN_SEARCH_MODE_DEFAULT || wanted > GIN_SEARCH_MODE_ALL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d is no way to search in an index", wanted)));
	*mode = wanted;
	keys = take_keys(support, values[0], isnull[0], nkeys, nulls);
	if (partial && *nkeys > 0)
	{
		bool	   *each = palloc(sizeof(bool) * *nkeys);

		memset(each, true, sizeof(bool) * *nkeys);
		*(bool **) PG_GETARG_POINTER(3) = each;
	}
	return keys;
}

Datum
pgstd_gin_extract_query(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return extract_query(module, site, index, false, fcinfo);
}

Datum
pgstd_gin_extract_parts(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	return extract_query(module, site, index, true, fcinfo);
}

/* Below 0: not this key, but perhaps one behind it; above: none behind it. */
Datum
pgstd_gin_compare_partial(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Datum		args[3] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1), PG_GETARG_DATUM(2)};

	return pgstd_support_value(support, PG_GET_COLLATION(), 3, args);
}

Datum
pgstd_gin_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	bool	   *recheck = (bool *) PG_GETARG_POINTER(5);
	Datum		args[3] = {PG_GETARG_DATUM(2), PG_GETARG_DATUM(1)};
	int16		match;

	args[2] = pgstd_support_bools((bool *) PG_GETARG_POINTER(0), PG_GETARG_INT32(3));
	match = DatumGetInt16(pgstd_support_value(support, PG_GET_COLLATION(), 3, args));
	*recheck = match != SUPPORT_MATCH;
	PG_RETURN_BOOL(match != SUPPORT_NO_MATCH);
}

Datum
pgstd_gin_tri_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	const GinTernaryValue *check = (GinTernaryValue *) PG_GETARG_POINTER(0);
	int			n = PG_GETARG_INT32(3);
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	Datum		args[3] = {PG_GETARG_DATUM(2), PG_GETARG_DATUM(1)};
	int16		match;

	for (int i = 0; i < n; i++)
		values[i] = Int16GetDatum(check[i]);
	args[2] = PointerGetDatum(construct_array(values, n, INT2OID, sizeof(int16), true, TYPALIGN_SHORT));
	match = DatumGetInt16(pgstd_support_value(support, PG_GET_COLLATION(), 3, args));
	if (match < GIN_FALSE || match > GIN_MAYBE)
		match = GIN_MAYBE;
	PG_RETURN_GIN_TERNARY_VALUE(match);
}
