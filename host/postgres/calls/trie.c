/*-------------------------------------------------------------------------
 *
 * trie.c
 *	  Operator classes for SP-GiST indexes by the bytes of a key: the inner nodes have what all
 *	  keys below have in common, and a branch for each byte that follows.  Leaves have the
 *	  values themselves, so that a key needs to lead to a value, not to tell it.
 *
 * A function of Go makes the key of a value.  All else is done here, so whatever it returns,
 * and if it is something else each time, the tree is one.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "access/spgist.h"
#include "catalog/pg_type.h"

/*
 * Labels of branches that are no bytes: of keys that end here, and of what has been below a node
 * that could not get a branch more, and so has become the only branch of another.
 */
#define LABEL_END		(-1)
#define LABEL_OLD		(-2)

#define FIRST_LABEL		LABEL_OLD
#define LABELS			(256 - FIRST_LABEL)

/*
 * What is in common is kept up to this length, so that a node with all branches still fits in
 * a page: each takes a header and a word.
 */
#define MOST_PREFIX		(BLCKSZ - LABELS * 16 - 256)

typedef struct Bytes
{
	const unsigned char *data;
	int			length;
} Bytes;

static Bytes
bytes_of(Datum value)
{
	bytea	   *b = DatumGetByteaPP(value);

	return (Bytes) {(unsigned char *) VARDATA_ANY(b), (int) VARSIZE_ANY_EXHDR(b)};
}

static Datum
make_bytes(const unsigned char *data, int length)
{
	bytea	   *b = palloc(VARHDRSZ + length);

	SET_VARSIZE(b, VARHDRSZ + length);
	memcpy(VARDATA(b), data, length);
	return PointerGetDatum(b);
}

/* What of a key is below so many bytes. */
static Bytes
below(Bytes key, int level)
{
	int			skip = Min(level, key.length);

	return (Bytes) {key.data + skip, key.length - skip};
}

static int
in_common(Bytes a, Bytes b)
{
	int			most = Min(a.length, b.length);
	int			n = 0;

	while (n < most && a.data[n] == b.data[n])
		n++;
	return n;
}

static int16
label_at(Bytes key, int i)
{
	return i < key.length ? key.data[i] : LABEL_END;
}

static Datum *
one_label(int16 label)
{
	Datum	   *list = palloc(sizeof(Datum));

	*list = Int16GetDatum(label);
	return list;
}

/* The function behind has a value for its argument, and one more as that of spgist.c. */
Datum
pgstd_trie_config(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	spgConfigOut *out = (spgConfigOut *) PG_GETARG_POINTER(1);

	out->prefixType = BYTEAOID;
	out->labelType = INT2OID;
	out->canReturnData = pgstd_support(module, site, index, fcinfo)->nargs == 1;
	out->longValuesOK = false;
	PG_RETURN_VOID();
}

/* Where a value goes: the function behind makes its key. */
Datum
pgstd_trie_choose(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgChooseIn *in = (spgChooseIn *) PG_GETARG_POINTER(0);
	spgChooseOut *out = (spgChooseOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Bytes		rest = below(bytes_of(pgstd_support_value(support, PG_GET_COLLATION(), 1, &in->leafDatum)), in->level);
	Bytes		prefix = {NULL, 0};
	int			common;
	int16		label;

	if (in->hasPrefix)
		prefix = bytes_of(in->prefixDatum);
	common = in_common(rest, prefix);
	label = label_at(rest, common);
	if (common < prefix.length)
	{
		/* The node goes below one with what remains in common. */
		out->resultType = spgSplitTuple;
		out->result.splitTuple.prefixHasPrefix = common > 0;
		if (common > 0)
			out->result.splitTuple.prefixPrefixDatum = make_bytes(prefix.data, common);
		out->result.splitTuple.prefixNNodes = 1;
		out->result.splitTuple.prefixNodeLabels = one_label(prefix.data[common]);
		out->result.splitTuple.childNodeN = 0;
		out->result.splitTuple.postfixHasPrefix = prefix.length > common + 1;
		if (prefix.length > common + 1)
			out->result.splitTuple.postfixPrefixDatum =
				make_bytes(prefix.data + common + 1, prefix.length - common - 1);
		PG_RETURN_VOID();
	}
	for (int i = 0; i < in->nNodes; i++)
		if (DatumGetInt16(in->nodeLabels[i]) == label)
		{
			out->resultType = spgMatchNode;
			out->result.matchNode.nodeN = i;
			out->result.matchNode.levelAdd = common + (label != LABEL_END);
			out->result.matchNode.restDatum = in->leafDatum;
			PG_RETURN_VOID();
		}
	if (in->allTheSame)
	{
		/* A node whose branches are all the same can get no other. */
		out->resultType = spgSplitTuple;
		out->result.splitTuple.prefixHasPrefix = in->hasPrefix;
		out->result.splitTuple.prefixPrefixDatum = in->prefixDatum;
		out->result.splitTuple.prefixNNodes = 1;
		out->result.splitTuple.prefixNodeLabels = one_label(LABEL_OLD);
		out->result.splitTuple.childNodeN = 0;
		out->result.splitTuple.postfixHasPrefix = false;
		PG_RETURN_VOID();
	}
	out->resultType = spgAddNode;
	out->result.addNode.nodeLabel = Int16GetDatum(label);
	out->result.addNode.nodeN = in->nNodes;
	PG_RETURN_VOID();
}

/* Makes a node of the values of a page: the function behind makes the keys of all. */
Datum
pgstd_trie_picksplit(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgPickSplitIn *in = (spgPickSplitIn *) PG_GETARG_POINTER(0);
	spgPickSplitOut *out = (spgPickSplitOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Datum		list = pgstd_support_make(support, in->datums, in->nTuples);
	Bytes	   *keys = palloc(sizeof(Bytes) * in->nTuples);
	int			branches[LABELS];
	int			common = 0;
	Datum	   *values;
	bool	   *none;

	if (pgstd_support_take(support, pgstd_support_value(support, PG_GET_COLLATION(), 1, &list), &values, &none) != in->nTuples ||
		none != NULL)
		pgstd_support_wrong(support, "has not made a key of each value");
	for (int i = 0; i < in->nTuples; i++)
	{
		keys[i] = below(bytes_of(values[i]), in->level);
		common = i == 0 ? keys[i].length : Min(common, in_common(keys[0], keys[i]));
	}
	common = Min(common, MOST_PREFIX);
	out->hasPrefix = common > 0;
	if (common > 0)
		out->prefixDatum = make_bytes(keys[0].data, common);
	out->nNodes = 0;
	out->nodeLabels = palloc(sizeof(Datum) * Min(LABELS, in->nTuples));
	out->mapTuplesToNodes = palloc(sizeof(int) * in->nTuples);
	out->leafTupleDatums = palloc(sizeof(Datum) * in->nTuples);
	memset(branches, -1, sizeof(branches));
	for (int i = 0; i < in->nTuples; i++)
	{
		int16		label = label_at(keys[i], common);
		int		   *branch = &branches[label - FIRST_LABEL];

		if (*branch < 0)
		{
			*branch = out->nNodes;
			out->nodeLabels[out->nNodes++] = Int16GetDatum(label);
		}
		out->mapTuplesToNodes[i] = *branch;
		out->leafTupleDatums[i] = in->datums[i];
	}
	PG_RETURN_VOID();
}

/* Whether a key that begins so can be what all conditions want. */
static bool
can_match(Support *support, Oid collation, Datum path, const spgInnerConsistentIn *in)
{
	for (int i = 0; i < in->nkeys; i++)
		if (!DatumGetBool(pgstd_tree_answer(support, collation, path, &in->scankeys[i], false).match))
			return false;
	return true;
}

Datum
pgstd_trie_inner_consistent(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	const spgInnerConsistentIn *in = (spgInnerConsistentIn *) PG_GETARG_POINTER(0);
	spgInnerConsistentOut *out = (spgInnerConsistentOut *) PG_GETARG_POINTER(1);
	Support    *support = pgstd_support(module, site, index, fcinfo);
	Bytes		above = {NULL, 0};
	Bytes		prefix = {NULL, 0};
	unsigned char *path;
	int			length;

	if (in->traversalValue != NULL)
		above = bytes_of(PointerGetDatum(in->traversalValue));
	if (in->hasPrefix)
		prefix = bytes_of(in->prefixDatum);
	length = above.length + prefix.length;
	path = palloc(length + 1);
	if (above.length > 0)
		memcpy(path, above.data, above.length);
	if (prefix.length > 0)
		memcpy(path + above.length, prefix.data, prefix.length);
	out->nodeNumbers = palloc(sizeof(int) * Max(in->nNodes, 1));
	out->levelAdds = palloc(sizeof(int) * Max(in->nNodes, 1));
	out->traversalValues = palloc(sizeof(void *) * Max(in->nNodes, 1));
	if (in->norderbys > 0)
		out->distances = pgstd_tree_distances(in->nNodes, in->norderbys);
	out->nNodes = 0;
	for (int i = 0; i < in->nNodes; i++)
	{
		int16		label = DatumGetInt16(in->nodeLabels[i]);
		bool		one_more = label >= 0;
		MemoryContext caller;
		Datum		whole;

		if (one_more)
			path[length] = (unsigned char) label;
		caller = MemoryContextSwitchTo(in->traversalMemoryContext);
		whole = make_bytes(path, length + one_more);
		MemoryContextSwitchTo(caller);
		if (!can_match(support, PG_GET_COLLATION(), whole, in))
		{
			pfree(DatumGetPointer(whole));
			continue;
		}
		for (int j = 0; j < in->norderbys; j++)
			out->distances[out->nNodes][j] =
				DatumGetFloat8(pgstd_tree_answer(support, PG_GET_COLLATION(), whole, &in->orderbys[j], true).distance);
		out->nodeNumbers[out->nNodes] = i;
		out->levelAdds[out->nNodes] = prefix.length + one_more;
		out->traversalValues[out->nNodes++] = DatumGetPointer(whole);
	}
	PG_RETURN_VOID();
}
