/*-------------------------------------------------------------------------
 *
 * support.h
 *	  Functions that PostgreSQL calls with structures of its own, for the functions
 *	  of Go that do the work.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SUPPORT_H
#define PGSTD_SUPPORT_H

#include "call.h"

/* A type, as arrays of it are made and taken apart. */
typedef struct SupportType
{
	Oid			oid;
	int16		len;
	bool		byval;
	char		align;
} SupportType;

/*
 * What is kept of such a function, in fn_extra: the function in SQL that does its work, which
 * has ordinary arguments and an ordinary result.
 */
typedef struct Support
{
	FmgrInfo	flinfo;
	Module	   *module;
	PgstdSite  *site;
	uint32		index;
	Oid			result;
	Oid		   *args;
	int			nargs;
	SupportType made;			/* elements of the array that is its first argument */
	SupportType taken;			/* of the one that it has returned last */
} Support;

extern Support *pgstd_support(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
extern Datum pgstd_support_call(Support *support, Oid collation, int nargs, const Datum *args, bool *isnull);
extern Datum pgstd_support_value(Support *support, Oid collation, int nargs, const Datum *args);
extern void pgstd_support_parts(Datum row, int n, Datum *values, bool *nulls);
extern int	pgstd_support_take(Support *support, Datum array, Datum **values, bool **nulls);
extern Datum pgstd_support_make(Support *support, Datum *values, int n);
extern Datum pgstd_support_bools(const bool *list, int n);
pg_noreturn extern void pgstd_support_wrong(const Support *support, const char *what);

/*
 * What a function says of a match, as internal/extension/opclass.go has it.  Anything else is
 * a match that the operator has to look at itself.
 */
#define SUPPORT_NO_MATCH	0
#define SUPPORT_MATCH		1

#define SUPPORT_FUNCTION(name) \
	extern Datum pgstd_##name(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)

/* basetype.c */
SUPPORT_FUNCTION(typmod_input);
SUPPORT_FUNCTION(typmod_receive);
SUPPORT_FUNCTION(typmod_read);

/* sorting.c */
SUPPORT_FUNCTION(sort_key);
SUPPORT_FUNCTION(sort_words);

/* gin.c */
SUPPORT_FUNCTION(gin_extract_value);
SUPPORT_FUNCTION(gin_extract_query);
SUPPORT_FUNCTION(gin_extract_parts);
SUPPORT_FUNCTION(gin_compare_partial);
SUPPORT_FUNCTION(gin_consistent);
SUPPORT_FUNCTION(gin_tri_consistent);

/* gist.c */
SUPPORT_FUNCTION(gist_consistent);
SUPPORT_FUNCTION(gist_union);
SUPPORT_FUNCTION(gist_penalty);
SUPPORT_FUNCTION(gist_picksplit);
SUPPORT_FUNCTION(gist_same);
SUPPORT_FUNCTION(gist_compress);
SUPPORT_FUNCTION(gist_fetch);
SUPPORT_FUNCTION(gist_distance);

/* spgist.c */
SUPPORT_FUNCTION(spgist_config);
SUPPORT_FUNCTION(spgist_choose);
SUPPORT_FUNCTION(spgist_picksplit);
SUPPORT_FUNCTION(spgist_inner_consistent);
SUPPORT_FUNCTION(spgist_leaf_consistent);

/* For trie.c as well: what is said of a condition, or of an order. */
typedef struct TreeAnswer
{
	Datum		match;
	Datum		distance;
} TreeAnswer;

extern TreeAnswer pgstd_tree_answer(Support *support, Oid collation, Datum at, const struct ScanKeyData *key, bool order);
extern double **pgstd_tree_distances(int branches, int orders);

/* trie.c */
SUPPORT_FUNCTION(trie_config);
SUPPORT_FUNCTION(trie_choose);
SUPPORT_FUNCTION(trie_picksplit);
SUPPORT_FUNCTION(trie_inner_consistent);

/* planner.c */
SUPPORT_FUNCTION(plan_support);

#endif							/* PGSTD_SUPPORT_H */
