/*-------------------------------------------------------------------------
 *
 * spgist.c
 *	  Operator classes for SP-GiST indexes: trees whose inner nodes have a pivot, and so
 *	  many branches, which never change.  Leaves have the values themselves.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "access/spgist.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/regproc.h"

/* A branch that a function has named. */
static int
branch(const Support *support, Datum number, int n)
{
	int			i = DatumGetInt32(number);

	if (i < 0 || i >= n)
		pgstd_support_wrong(support, psprintf("has chosen branch %d of %d", i, n));
	return i;
}

/*
 * The function behind this one has the types for its arguments: a value, a pivot, and one more if
 * the operator may have to look again at a distance, for which it needs the row.
 */
Datum
pgstd_spgist_config(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	spgConfigOut *out = (spgConfigOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);

	if (support->nargs != 2 && support->nargs != 3)
		elog(ERROR, "pgstd: function %u has %d arguments", support->flinfo.fn_oid, support->nargs);
	out->prefixType = support->args[1];
	out->labelType = VOIDOID;
	out->canReturnData = support->nargs == 2;
	out->longValuesOK = false;
	PG_RETURN_VOID();
}

/* Down which branch a value goes. */
Datum
pgstd_spgist_choose(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgChooseIn *in = (spgChooseIn *) PG_GETARG_POINTER(0);
	spgChooseOut *out = (spgChooseOut *) PG_GETARG_POINTER(1);

	out->resultType = spgMatchNode;
	out->result.matchNode.levelAdd = 1;
	out->result.matchNode.restDatum = in->leafDatum;
	out->result.matchNode.nodeN = 0;
	/* Of a node whose branches are all the same, PostgreSQL takes any. */
	if (!in->allTheSame)
	{
		Support    *support = pgstd_support(module, site, index, fcinfo);
		Datum		args[2] = {in->prefixDatum, in->leafDatum};

		if (!in->hasPrefix)
			elog(ERROR, "pgstd: a node has no pivot");
		out->result.matchNode.nodeN =
			branch(support, pgstd_support_value(support, PG_GET_COLLATION(), 2, args), in->nNodes);
	}
	PG_RETURN_VOID();
}

/*
 * Makes a node of the values of a page: the function returns the pivot, the branch of each value,
 * and how many branches there are.
 */
Datum
pgstd_spgist_picksplit(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgPickSplitIn *in = (spgPickSplitIn *) PG_GETARG_POINTER(0);
	spgPickSplitOut *out = (spgPickSplitOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Datum		args[2] = {pgstd_support_make(support, in->datums, in->nTuples), Int32GetDatum(in->level)};
	Datum		values[3];
	bool		nulls[3];
	Datum	   *branches;
	bool	   *none;

	pgstd_support_parts(pgstd_support_value(support, PG_GET_COLLATION(), 2, args), 3, values, nulls);
	if (nulls[0] || nulls[1] || nulls[2] ||
		pgstd_support_take(support, values[1], &branches, &none) != in->nTuples || none != NULL ||
		DatumGetInt32(values[2]) < 1)
		pgstd_support_wrong(support, "has not divided the values");
	out->hasPrefix = true;
	out->prefixDatum = values[0];
	out->nNodes = DatumGetInt32(values[2]);
	out->nodeLabels = NULL;
	out->mapTuplesToNodes = palloc(sizeof(int) * in->nTuples);
	out->leafTupleDatums = palloc(sizeof(Datum) * in->nTuples);
	for (int i = 0; i < in->nTuples; i++)
	{
		out->mapTuplesToNodes[i] = branch(support, branches[i], out->nNodes);
		out->leafTupleDatums[i] = in->datums[i];
	}
	PG_RETURN_VOID();
}

/*
 * What the function behind says of a condition or an order.  That of a class with orders returns
 * both, of which one means something.
 */
TreeAnswer
pgstd_tree_answer(Support *support, Oid collation, Datum at, const ScanKeyData *key, bool order)
{
	Datum		args[3] = {at, key->sk_argument, UInt16GetDatum(key->sk_strategy)};
	Datum		value = pgstd_support_value(support, collation, 3, args);
	Datum		values[2];
	bool		nulls[2];

	if (support->result != RECORDOID)
	{
		if (order)
			pgstd_support_wrong(support, "has no distances");
		return (TreeAnswer) {.match = value};
	}
	pgstd_support_parts(value, 2, values, nulls);
	if (nulls[order ? 1 : 0])
		pgstd_support_wrong(support, "has returned NULL");
	return (TreeAnswer) {values[0], values[1]};
}

/*
 * Distances of branches for all orders.  What nobody knows anything of is looked at first: all else
 * that has been found waits until nothing nearer can come.
 */
double **
pgstd_tree_distances(int branches, int orders)
{
	double	  **distances = palloc(sizeof(double *) * Max(branches, 1));

	for (int i = 0; i < branches; i++)
	{
		distances[i] = palloc(sizeof(double) * orders);
		for (int j = 0; j < orders; j++)
			distances[i][j] = -get_float8_infinity();
	}
	return distances;
}

/* The branches that a condition leaves. */
static void
visit(Support *support, Oid collation, Datum pivot, const ScanKeyData *key, bool *wanted, int n)
{
	bool	   *found = palloc0(sizeof(bool) * n);
	Datum	   *branches;
	bool	   *none;
	int			count = pgstd_support_take(support, pgstd_tree_answer(support, collation, pivot, key, false).match, &branches, &none);

	for (int i = 0; i < count; i++)
		if (none == NULL || !none[i])
			found[branch(support, branches[i], n)] = true;
	for (int i = 0; i < n; i++)
		wanted[i] = wanted[i] && found[i];
	pfree(found);
}

/* The least distance of what each branch has, for one order; of n branches, those that are wanted. */
static void
approach(Support *support, Oid collation, Datum pivot, const ScanKeyData *order, const bool *wanted, int n,
		 double **distances, int which)
{
	Datum	   *least;
	bool	   *none;
	int			branch = 0;

	if (pgstd_support_take(support, pgstd_tree_answer(support, collation, pivot, order, true).distance, &least, &none) != n ||
		none != NULL)
		pgstd_support_wrong(support, psprintf("has not returned a distance for each of %d branches", n));
	for (int i = 0; i < n; i++)
		if (wanted[i])
			distances[branch++][which] = DatumGetFloat8(least[i]);
}

Datum
pgstd_spgist_inner_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgInnerConsistentIn *in = (spgInnerConsistentIn *) PG_GETARG_POINTER(0);
	spgInnerConsistentOut *out = (spgInnerConsistentOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	bool	   *wanted = palloc(sizeof(bool) * Max(in->nNodes, 1));
	bool		pivot = !in->allTheSame && in->hasPrefix;

	memset(wanted, true, sizeof(bool) * in->nNodes);
	if (pivot)
		for (int i = 0; i < in->nkeys; i++)
			visit(support, PG_GET_COLLATION(), in->prefixDatum, &in->scankeys[i], wanted, in->nNodes);
	out->nodeNumbers = palloc(sizeof(int) * Max(in->nNodes, 1));
	out->levelAdds = palloc(sizeof(int) * Max(in->nNodes, 1));
	out->nNodes = 0;
	for (int i = 0; i < in->nNodes; i++)
		if (wanted[i])
		{
			out->levelAdds[out->nNodes] = 1;
			out->nodeNumbers[out->nNodes++] = i;
		}
	if (in->norderbys > 0)
	{
		out->distances = pgstd_tree_distances(out->nNodes, in->norderbys);
		if (pivot)
			for (int i = 0; i < in->norderbys; i++)
				approach(support, PG_GET_COLLATION(), in->prefixDatum, &in->orderbys[i], wanted, in->nNodes, out->distances, i);
	}
	PG_RETURN_VOID();
}

Datum
pgstd_spgist_leaf_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgLeafConsistentIn *in = (spgLeafConsistentIn *) PG_GETARG_POINTER(0);
	spgLeafConsistentOut *out = (spgLeafConsistentOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);

	out->leafValue = in->leafDatum;
	out->recheck = false;
	for (int i = 0; i < in->nkeys; i++)
	{
		int16		match = DatumGetInt16(pgstd_tree_answer(support, PG_GET_COLLATION(), in->leafDatum,
															  &in->scankeys[i], false).match);

		if (match == SUPPORT_NO_MATCH)
			PG_RETURN_BOOL(false);
		out->recheck |= match != SUPPORT_MATCH;
	}
	out->recheckDistances = false;
	if (in->norderbys > 0)
	{
		out->distances = palloc(sizeof(double) * in->norderbys);
		for (int i = 0; i < in->norderbys; i++)
		{
			TreeAnswer	answer = pgstd_tree_answer(support, PG_GET_COLLATION(), in->leafDatum, &in->orderbys[i], true);

			/* Whether the operator has to look again comes in place of a match. */
			out->recheckDistances |= DatumGetInt16(answer.match) != SUPPORT_MATCH;
			out->distances[i] = DatumGetFloat8(answer.distance);
		}
	}
	PG_RETURN_BOOL(true);
}
