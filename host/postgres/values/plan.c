/*-------------------------------------------------------------------------
 *
 * plan.c
 *	  How the arguments and the result of one function are passed: made when it
 *	  is called first, and again when the catalog says something else.
 *
 *-------------------------------------------------------------------------
 */
#include "plan.h"
#include "../base/catalog.h"
#include "../base/hold.h"
#include "../base/text.h"

#include "access/htup_details.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/execnodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

/* Whether the type of an argument is what it is at each call. */
static bool
is_found_out(Oid declared)
{
	return declared == ANYOID || IsPolymorphicType(declared);
}

/* The type of an argument at this call. */
static Oid
argument_type(FunctionCallInfo fcinfo, Oid declared, int i)
{
	Oid			actual;

	if (!is_found_out(declared))
		return declared;
	actual = get_fn_expr_argtype(fcinfo->flinfo, i);
	if (!OidIsValid(actual))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of argument %d", i + 1)));
	/* As columns of statistics are: each value has a type of its own. */
	if (actual == ANYARRAYOID)
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("could not determine the type of argument %d, which is %s", i + 1, format_type_be(actual)),
				 errhint("Cast it to text, and that to a type of array, as in most_common_vals::text::text[].")));
	return actual;
}

/* Whether a plan for a polymorphic function is one for the types of this call. */
static bool
fits(const PgstdPlan *plan, FunctionCallInfo fcinfo)
{
	if (!plan->polymorphic)
		return true;
	for (int i = 0; i < plan->nargs; i++)
		if (get_fn_expr_argtype(fcinfo->flinfo, i) != plan->types[i])
			return false;
	return get_fn_expr_rettype(fcinfo->flinfo) == plan->result_type;
}

static void
plan_result(PgstdPlan *plan, PgstdType code, const uint8 **details, FunctionCallInfo fcinfo)
{
	TupleDesc	desc = NULL;
	Oid			type;
	TypeFuncClass class;
	Node	   *query;

	if (code == PGSTD_VOID)
		return;
	/* Not what this query says that a record is to be: the plan is for others, too. */
	query = fcinfo->resultinfo;
	fcinfo->resultinfo = NULL;
	class = plan->polymorphic ? get_call_result_type(fcinfo, &type, &desc) :
		get_func_result_type(plan->function, &type, &desc);
	fcinfo->resultinfo = query;
	if ((code == PGSTD_RECORD || code == PGSTD_ROW) && class == TYPEFUNC_COMPOSITE && type == RECORDOID)
		plan->result = pgstd_conv_record(code, details, desc, plan->context);
	else
		plan->result = pgstd_conv_make(code, details, type, -1, plan->context);
	plan->makes_word = plan->result->kind == PGSTD_CONV_WORD && plan->result->base == plan->result->type &&
		!OidIsValid(plan->result->coerce);
}

static PgstdText
take_description(PgstdTaking *taking, const PgstdSite *site, PgstdText text)
{
	if (site->function == NULL && !taking->world->apart)
		return pgstd_take_text(taking, text);
	return pgstd_copy_text(text);
}

static PgstdPlan *
make_plan(const PgstdSite *site, const PgstdControl *control, const PgstdFunction *function, FunctionCallInfo fcinfo)
{
	PgstdTaking taking;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pgstd plan", ALLOCSET_SMALL_SIZES);
	PgstdPlan  *plan = MemoryContextAllocZero(context, sizeof(PgstdPlan));
	MemoryContext caller;
	const uint8 *signature;
	const uint8 *details;
	HeapTuple	tuple;
	Form_pg_proc proc;

	plan->context = context;
	plan->generation = pgstd_catalog_generation();
	plan->function = fcinfo->flinfo->fn_oid;
	/* Copies: each world has texts of its own. */
	caller = MemoryContextSwitchTo(context);
	pgstd_take_begin(&taking, pgstd_world_of(control));
	plan->signature = take_description(&taking, site, function->signature);
	plan->details = take_description(&taking, site, function->details);
	MemoryContextSwitchTo(caller);
	pgstd_details_check(plan->signature, plan->details);
	signature = (const uint8 *) plan->signature.data;
	details = (const uint8 *) plan->details.data;
	plan->nargs = (int) plan->signature.size - 1;
	plan->args = MemoryContextAllocZero(context, sizeof(PgstdConv *) * Max(plan->nargs, 1));
	plan->types = MemoryContextAllocZero(context, sizeof(Oid) * Max(plan->nargs, 1));
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(plan->function));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("the function has been dropped while it ran")));
	proc = (Form_pg_proc) GETSTRUCT(tuple);
	plan->name = MemoryContextStrdup(context, format_procedure(plan->function));
	/* A call of such a function has as many arguments as it likes. */
	if (proc->provariadic == ANYOID)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function %s is VARIADIC \"any\", which Go functions cannot be", plan->name)));
	if (proc->pronargs != plan->nargs)
		elog(ERROR, "pgstd: SQL declares %d arguments for a Go function with %d", proc->pronargs, plan->nargs);
	plan->polymorphic = IsPolymorphicType(proc->prorettype);
	for (int i = 0; i < plan->nargs; i++)
	{
		plan->polymorphic |= is_found_out(proc->proargtypes.values[i]);
		plan->types[i] = argument_type(fcinfo, proc->proargtypes.values[i], i);
	}
	ReleaseSysCache(tuple);
	if (plan->polymorphic)
		plan->result_type = get_fn_expr_rettype(fcinfo->flinfo);
	plan_result(plan, (PgstdType) signature[0], &details, fcinfo);
	plan->has_state = memchr(signature, PGSTD_STATE, plan->signature.size) != NULL;
	for (int i = 0; i < plan->nargs; i++)
		plan->args[i] = pgstd_conv_make((PgstdType) signature[i + 1], &details, plan->types[i], -1, context);
	return plan;
}

/* Frees a plan that no site has, as soon as nobody uses it. */
static void
drop_plan(PgstdPlan *plan)
{
	if (plan->users > 0)
		plan->dropped = true;
	else
		pgstd_retire(plan->context, plan, sizeof(PgstdPlan));
}

/*
 * Forgets the plans of a site, which may be about to go itself.
 */
void
pgstd_drop_plans(PgstdSite *site)
{
	PgstdPlan  *next;

	for (PgstdPlan *plan = site->plan; plan != NULL; plan = next)
	{
		next = plan->next;
		drop_plan(plan);
	}
	site->plan = NULL;
}

/*
 * How the result of this call is made: of a record without a type, the query may say
 * what it is to be.  In the current memory context, if it is not what the plan has.
 */
PgstdConv *
pgstd_plan_result(const PgstdPlan *plan, FunctionCallInfo fcinfo)
{
	PgstdConv  *conv = plan->result;
	ReturnSetInfo *query = (ReturnSetInfo *) fcinfo->resultinfo;

	if (likely(conv->kind != PGSTD_CONV_ROW) || conv->base != RECORDOID || conv->record >= 0)
		return conv;
	if (query == NULL || !IsA(query, ReturnSetInfo) || query->expectedDesc == NULL)
		return conv;
	conv = pgstd_conv_record(PGSTD_ROW, NULL, query->expectedDesc, CurrentMemoryContext);
	conv->by_position = true;
	return conv;
}

/* Somebody uses a plan also when no call is in his hands. */
void
pgstd_plan_keep(PgstdPlan *plan)
{
	plan->users++;
}

void
pgstd_plan_release(PgstdPlan *plan)
{
	if (--plan->users == 0 && plan->dropped)
		pgstd_retire(plan->context, plan, sizeof(PgstdPlan));
}

/*
 * The plan of a function that is about to be called, or has been called just now, in the world
 * with that control block: the site may have been filled for another one meanwhile.
 * A polymorphic function has one for each combination of types.  Whoever runs code
 * while he uses it has to hold it.
 */
static PgstdPlan *
find_plan(PgstdSite *site, const PgstdControl *control, const PgstdFunction *function, FunctionCallInfo fcinfo)
{
	PgstdPlan  *plan = site->plan;

	if (plan != NULL && unlikely(plan->generation != pgstd_catalog_generation() || plan->function != fcinfo->flinfo->fn_oid ||
								 !pgstd_same_text(plan->signature, function->signature) ||
								 !pgstd_same_text(plan->details, function->details)))
	{
		pgstd_drop_plans(site);
		plan = NULL;
	}
	for (; plan != NULL; plan = plan->next)
		if (fits(plan, fcinfo))
			return plan;
	plan = make_plan(site, control, function, fcinfo);
	MemoryContextSetParent(plan->context, CacheMemoryContext);
	plan->next = site->plan;
	site->plan = plan;
	return plan;
}

PgstdPlan *
pgstd_plan(PgstdSite *site, const PgstdControl *control, const PgstdFunction *function, FunctionCallInfo fcinfo)
{
	PgstdPlan  *plan = find_plan(site, control, function, fcinfo);

	/* Its word would be taken for a pointer. */
	if (unlikely(plan->has_state))
		elog(ERROR, "pgstd: the state of an aggregate is passed by its own functions only");
	return plan;
}

/* The same for a function of an aggregate. */
PgstdPlan *
pgstd_state_plan(PgstdSite *site, const PgstdControl *control, const PgstdFunction *function, FunctionCallInfo fcinfo)
{
	return find_plan(site, control, function, fcinfo);
}
