/*-------------------------------------------------------------------------
 *
 * gist.c
 *	  Operator classes for GiST indexes.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "access/gist.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/regproc.h"

/*
 * What is searched for is compared with an entry: the arguments are the entry's key, the value
 * that is searched for, the number of the operator, and whether the key is that of a single row.
 */
static Datum
compare_entry(Support *support, FunctionCallInfo fcinfo)
{
	GISTENTRY  *entry = (GISTENTRY *) PG_GETARG_POINTER(0);
	Datum		args[4] = {entry->key, PG_GETARG_DATUM(1), PG_GETARG_DATUM(2), BoolGetDatum(GIST_LEAF(entry))};

	return pgstd_support_value(support, PG_GET_COLLATION(), 4, args);
}

Datum
pgstd_gist_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	bool	   *recheck = (bool *) PG_GETARG_POINTER(4);
	int16		match = DatumGetInt16(compare_entry(pgstd_support(module, site, index, fcinfo), fcinfo));

	*recheck = match != SUPPORT_MATCH;
	PG_RETURN_BOOL(match != SUPPORT_NO_MATCH);
}

/* The least distance of what is below an entry. */
Datum
pgstd_gist_distance(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	bool	   *recheck = (bool *) PG_GETARG_POINTER(4);
	Datum		values[2];
	bool		nulls[2];

	pgstd_support_parts(compare_entry(pgstd_support(module, site, index, fcinfo), fcinfo), 2, values, nulls);
	*recheck = nulls[1] || DatumGetBool(values[1]);
	if (nulls[0])
		PG_RETURN_FLOAT8(0);
	PG_RETURN_DATUM(values[0]);
}

/* The keys of entries from a number on, as an array. */
static Datum
keys(Support *support, const GistEntryVector *entries, int first)
{
	int			n = entries->n - first;
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));

	for (int i = 0; i < n; i++)
		values[i] = entries->vector[first + i].key;
	return pgstd_support_make(support, values, n);
}

Datum
pgstd_gist_union(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Datum		args[1] = {keys(support, (GistEntryVector *) PG_GETARG_POINTER(0), 0)};

	return pgstd_support_value(support, PG_GET_COLLATION(), 1, args);
}

Datum
pgstd_gist_penalty(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	float	   *penalty = (float *) PG_GETARG_POINTER(2);
	Datum		args[2] = {
		((GISTENTRY *) PG_GETARG_POINTER(0))->key,
		((GISTENTRY *) PG_GETARG_POINTER(1))->key,
	};

	*penalty = DatumGetFloat4(pgstd_support_value(support, PG_GET_COLLATION(), 2, args));
	PG_RETURN_POINTER(penalty);
}

Datum
pgstd_gist_same(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	bool	   *same = (bool *) PG_GETARG_POINTER(2);
	Datum		args[2] = {PG_GETARG_DATUM(0), PG_GETARG_DATUM(1)};

	*same = DatumGetBool(pgstd_support_value(support, PG_GET_COLLATION(), 2, args));
	PG_RETURN_POINTER(same);
}

/*
 * Divides the entries of a page, of which the first has number 1: the function says of each whether
 * it goes to the right, and what the keys of both sides have in common.  PostgreSQL relies upon
 * it that each entry is on one side, and that no side is empty.
 */
Datum
pgstd_gist_picksplit(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);
	GistEntryVector *entries = (GistEntryVector *) PG_GETARG_POINTER(0);
	GIST_SPLITVEC *split = (GIST_SPLITVEC *) PG_GETARG_POINTER(1);
	int			n = entries->n - FirstOffsetNumber;
	Datum		args[1] = {keys(support, entries, FirstOffsetNumber)};
	Datum		values[3];
	bool		nulls[3];
	Datum	   *right;
	bool	   *right_nulls;
	int			given;

	pgstd_support_parts(pgstd_support_value(support, PG_GET_COLLATION(), 1, args), 3, values, nulls);
	given = nulls[0] ? 0 : pgstd_support_take(support, values[0], &right, &right_nulls);
	split->spl_left = palloc(sizeof(OffsetNumber) * (n + 1));
	split->spl_right = palloc(sizeof(OffsetNumber) * (n + 1));
	split->spl_nleft = split->spl_nright = 0;
	for (int i = 0; i < Min(n, given); i++)
		if (right_nulls == NULL && DatumGetBool(right[i]))
			split->spl_right[split->spl_nright++] = FirstOffsetNumber + i;
		else
			split->spl_left[split->spl_nleft++] = FirstOffsetNumber + i;
	if (given != n || split->spl_nleft == 0 || split->spl_nright == 0 || nulls[1] || nulls[2])
		pgstd_support_wrong(support, "has not divided the keys in two parts");
	split->spl_ldatum = values[1];
	split->spl_rdatum = values[2];
	PG_RETURN_POINTER(split);
}

/* An entry with another key. */
static Datum
entry_with(const GISTENTRY *entry, Datum key)
{
	GISTENTRY  *made = palloc(sizeof(GISTENTRY));

	gistentryinit(*made, key, entry->rel, entry->page, entry->offset, false);
	PG_RETURN_POINTER(made);
}

Datum
pgstd_gist_compress(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	GISTENTRY  *entry = (GISTENTRY *) PG_GETARG_POINTER(0);
	Datum		args[1] = {entry->key};

	if (!entry->leafkey)
		PG_RETURN_POINTER(entry);	/* it has been made of such keys */
	return entry_with(entry, pgstd_support_value(pgstd_support(module, site, index, fcinfo), PG_GET_COLLATION(), 1, args));
}

Datum
pgstd_gist_fetch(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	GISTENTRY  *entry = (GISTENTRY *) PG_GETARG_POINTER(0);
	Datum		args[1] = {entry->key};

	return entry_with(entry, pgstd_support_value(pgstd_support(module, site, index, fcinfo), PG_GET_COLLATION(), 1, args));
}
