/*-------------------------------------------------------------------------
 *
 * plan.h
 *	  How the arguments and the result of a function are passed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_PLAN_H
#define PGSTD_PLAN_H

#include "values.h"

typedef struct PgstdPlan
{
	Oid			function;
	char	   *name;			/* for people */
	PgstdText	signature;		/* of the Go function */
	PgstdText	details;
	struct PgstdPlan *next;		/* of the same site, for other types */
	uint64		generation;		/* of the catalog's functions and types */
	MemoryContext context;
	int			users;			/* that keep it between calls */
	bool		dropped;		/* and is to be freed when the last of them goes */
	bool		polymorphic;	/* made for the types of one call site */
	bool		has_state;		/* a type in the signature is PGSTD_STATE */
	bool		makes_word;		/* the result is a word, of a type that asks nothing more of it */
	Oid			result_type;
	int			nargs;
	PgstdConv  *result;			/* NULL: void */
	PgstdConv **args;
	Oid		   *types;
} PgstdPlan;

/* plan.c */
extern void pgstd_drop_plans(PgstdSite *site);
extern PgstdPlan *pgstd_plan(PgstdSite *site, const PgstdControl *control, const PgstdFunction *function, FunctionCallInfo fcinfo);
extern PgstdPlan *pgstd_state_plan(PgstdSite *site, const PgstdControl *control, const PgstdFunction *function, FunctionCallInfo fcinfo);
extern PgstdConv *pgstd_plan_result(const PgstdPlan *plan, FunctionCallInfo fcinfo);
extern void pgstd_plan_keep(PgstdPlan *plan);
extern void pgstd_plan_release(PgstdPlan *plan);

#endif							/* PGSTD_PLAN_H */
