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

/* The function behind this one has the types for its arguments: a value, and a pivot. */
Datum
pgstd_spgist_config(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	spgConfigOut *out = (spgConfigOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);

	if (support->nargs != 2)
		elog(ERROR, "pgstd: function %u has not two arguments", support->flinfo.fn_oid);
	out->prefixType = support->args[1];
	out->labelType = VOIDOID;
	out->canReturnData = true;
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

/* The branches that a condition leaves. */
static void
visit(Support *support, Oid collation, Datum pivot, const ScanKeyData *key, bool *wanted, int n)
{
	Datum		args[3] = {pivot, key->sk_argument, UInt16GetDatum(key->sk_strategy)};
	bool	   *found = palloc0(sizeof(bool) * n);
	Datum	   *branches;
	bool	   *none;
	int			count = pgstd_support_take(support, pgstd_support_value(support, collation, 3, args), &branches, &none);

	for (int i = 0; i < count; i++)
		if (none == NULL || !none[i])
			found[branch(support, branches[i], n)] = true;
	for (int i = 0; i < n; i++)
		wanted[i] = wanted[i] && found[i];
	pfree(found);
}

Datum
pgstd_spgist_inner_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgInnerConsistentIn *in = (spgInnerConsistentIn *) PG_GETARG_POINTER(0);
	spgInnerConsistentOut *out = (spgInnerConsistentOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	bool	   *wanted = palloc(sizeof(bool) * Max(in->nNodes, 1));

	memset(wanted, true, sizeof(bool) * in->nNodes);
	if (!in->allTheSame && in->hasPrefix)
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
		Datum		args[3] = {in->leafDatum, in->scankeys[i].sk_argument, UInt16GetDatum(in->scankeys[i].sk_strategy)};
		int16		match = DatumGetInt16(pgstd_support_value(support, PG_GET_COLLATION(), 3, args));

		if (match == SUPPORT_NO_MATCH)
			PG_RETURN_BOOL(false);
		out->recheck |= match != SUPPORT_MATCH;
	}
	PG_RETURN_BOOL(true);
}
