/*-------------------------------------------------------------------------
 *
 * planner.c
 *	  What the planner wants to know of a function.
 *
 *-------------------------------------------------------------------------
 */
#include "support.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/supportnodes.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/selfuncs.h"
#include "utils/syscache.h"

/* What the function returns, in the order of its columns: see internal/extension/planner.go. */
typedef enum Answer
{
	ROWS,
	STARTUP,
	COST,
	SELECTIVITY,
	OPERATOR,
	ANSWERS
} Answer;

/* How many arguments the estimator of a join has in SQL; that of a condition has one less. */
#define JOIN_ARGS		5

/* A call that is planned, of whatever kind the request is. */
typedef struct Call
{
	PlannerInfo *root;			/* or NULL */
	Oid			function;
	List	   *args;
	bool		join;
} Call;

static List *
args_of(Node *node)
{
	if (node != NULL && IsA(node, FuncExpr))
		return ((FuncExpr *) node)->args;
	if (node != NULL && IsA(node, OpExpr))
		return ((OpExpr *) node)->args;
	return NIL;
}

/* The names of the arguments that a function is called with; NULL if none has one. */
static char **
names_of(Oid function, int *n)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Datum		names;
	Datum		modes;
	bool		isnull;
	bool		all_in;
	char	  **list = NULL;

	*n = 0;
	if (!HeapTupleIsValid(tuple))
		return NULL;
	names = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargnames, &isnull);
	modes = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargmodes, &all_in);
	if (!isnull)
		*n = get_func_input_arg_names(names, all_in ? PointerGetDatum(NULL) : modes, &list);
	ReleaseSysCache(tuple);
	return list;
}

/* The arguments that are known, as a row with their names. */
static Datum
constants_of(const Call *call)
{
	int			nargs = list_length(call->args);
	Const	  **known = palloc(sizeof(Const *) * Max(nargs, 1));
	int		   *places = palloc(sizeof(int) * Max(nargs, 1));
	int			n = 0;
	int			nnames;
	char	  **names = names_of(call->function, &nnames);
	TupleDesc	desc;
	Datum	   *values;
	bool	   *nulls;

	for (int i = 0; i < nargs; i++)
	{
		Node	   *arg = list_nth(call->args, i);

		/* A parameter, or what does not change in a query, has a value to estimate with. */
		if (call->root != NULL)
			arg = estimate_expression_value(call->root, arg);
		if (IsA(arg, Const) && get_typtype(((Const *) arg)->consttype) != TYPTYPE_PSEUDO)
		{
			places[n] = i;
			known[n++] = (Const *) arg;
		}
	}
	desc = CreateTemplateTupleDesc(n);
	values = palloc(sizeof(Datum) * Max(n, 1));
	nulls = palloc(sizeof(bool) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		const char *name = places[i] < nnames && names[places[i]] != NULL && names[places[i]][0] != '\0' ?
			names[places[i]] : psprintf("arg%d", places[i] + 1);

		TupleDescInitEntry(desc, (AttrNumber) (i + 1), name, known[i]->consttype, known[i]->consttypmod, 0);
		values[i] = known[i]->constvalue;
		nulls[i] = known[i]->constisnull;
	}
	TupleDescFinalize(desc);
	desc = BlessTupleDesc(desc);
	return HeapTupleHeaderGetDatum(heap_form_tuple(desc, values, nulls)->t_data);
}

/* Asks what the function knows. */
static void
ask(Support *support, const Call *call, Datum *answers)
{
	Datum		args[2] = {constants_of(call), BoolGetDatum(call->join)};
	bool		nulls[ANSWERS];

	pgstd_support_parts(pgstd_support_value(support, InvalidOid, 2, args), ANSWERS, answers, nulls);
	for (int i = 0; i < ANSWERS; i++)
		if (nulls[i])
			elog(ERROR, "pgstd: an estimate is NULL");
}

/* An estimate that the planner can calculate with; 0: there is none. */
static double
estimate(const Support *support, const Datum *answers, Answer which, double most, const char *what)
{
	double		value = DatumGetFloat8(answers[which]);

	if (!(value >= 0 && value <= most))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("function %s has estimated %s of %g", format_procedure(support->flinfo.fn_oid), what, value),
				 errdetail("Allowed is a number from 0 to %g.", most)));
	return value;
}

/*
 * The condition that an index can be searched with: an operator of its family, between the same
 * arguments.  What it finds, the function looks at again.
 */
static Node *
index_condition(const SupportRequestIndexCondition *request, const Call *call, const char *symbol)
{
	Oid		   *types;
	int			n;
	Oid			operator;
	Node	   *left;
	Node	   *right;

	(void) get_func_signature(call->function, &types, &n);
	if (n < 2 || list_length(call->args) < 2 || request->indexarg > 1)
		return NULL;
	operator = OpernameGetOprid(list_make2(makeString(get_namespace_name(get_func_namespace(call->function))),
										   makeString(pstrdup(symbol))), types[0], types[1]);
	if (!OidIsValid(operator))
		operator = OpernameGetOprid(list_make2(makeString("pg_catalog"), makeString(pstrdup(symbol))), types[0], types[1]);
	left = linitial(call->args);
	right = lsecond(call->args);
	if (request->indexarg == 1 && OidIsValid(operator))
	{
		Node	   *other = left;

		operator = get_commutator(operator);
		left = right;
		right = other;
	}
	if (!OidIsValid(operator) || !op_in_opfamily(operator, request->opfamily) || get_op_rettype(operator) != BOOLOID ||
		!is_pseudo_constant_for_index(request->root, right, request->index))
		return NULL;
	return (Node *) list_make1(make_opclause(operator, BOOLOID, false, (Expr *) left, (Expr *) right,
											 InvalidOid, request->indexcollation));
}

/*
 * For RESTRICT and JOIN of CREATE OPERATOR.  Where there is no answer, the operator is tried on
 * what is known of the column, as far as the user may see that.
 */
static float8
operator_selectivity(Support *support, FunctionCallInfo fcinfo)
{
	Call		call = {
		.root = (PlannerInfo *) PG_GETARG_POINTER(0),
		.function = get_opcode(PG_GETARG_OID(1)),
		.args = (List *) PG_GETARG_POINTER(2),
		.join = PG_NARGS() == JOIN_ARGS
	};
	Datum		answers[ANSWERS];
	double		selectivity;

	ask(support, &call, answers);
	selectivity = estimate(support, answers, SELECTIVITY, 1, "a selectivity");
	if (selectivity > 0)
		return selectivity;
	if (call.join)
		return DEFAULT_MATCHING_SEL;
	return generic_restriction_selectivity(call.root, PG_GETARG_OID(1), PG_GET_COLLATION(), call.args,
										   PG_GETARG_INT32(3), DEFAULT_MATCHING_SEL);
}

/* For SUPPORT of CREATE FUNCTION.  NULL says that there is no answer. */
static Node *
answer(Support *support, Node *request)
{
	Datum		answers[ANSWERS];

	if (IsA(request, SupportRequestRows))
	{
		SupportRequestRows *r = (SupportRequestRows *) request;
		Call		call = {.root = r->root, .function = r->funcid, .args = args_of(r->node)};
		double		rows;

		ask(support, &call, answers);
		rows = estimate(support, answers, ROWS, 1e100, "a number of rows");
		if (rows == 0)
			return NULL;
		r->rows = rows;
	}
	else if (IsA(request, SupportRequestCost))
	{
		SupportRequestCost *r = (SupportRequestCost *) request;
		Call		call = {.root = r->root, .function = r->funcid, .args = args_of(r->node)};
		double		startup;
		double		cost;

		ask(support, &call, answers);
		startup = estimate(support, answers, STARTUP, 1e30, "a startup cost");
		cost = estimate(support, answers, COST, 1e30, "a cost");
		if (startup == 0 && cost == 0)
			return NULL;
		r->startup = startup * cpu_operator_cost;
		r->per_tuple = cost * cpu_operator_cost;
	}
	else if (IsA(request, SupportRequestSelectivity))
	{
		SupportRequestSelectivity *r = (SupportRequestSelectivity *) request;
		Call		call = {.root = r->root, .function = r->funcid, .args = r->args, .join = r->is_join};
		double		selectivity;

		ask(support, &call, answers);
		selectivity = estimate(support, answers, SELECTIVITY, 1, "a selectivity");
		if (selectivity == 0)
			return NULL;
		r->selectivity = selectivity;
	}
	else if (IsA(request, SupportRequestIndexCondition))
	{
		SupportRequestIndexCondition *r = (SupportRequestIndexCondition *) request;
		Call		call = {.root = r->root, .function = r->funcid, .args = args_of(r->node)};
		char	   *symbol;

		ask(support, &call, answers);
		symbol = TextDatumGetCString(answers[OPERATOR]);
		if (symbol[0] == '\0')
			return NULL;
		r->lossy = true;
		return index_condition(r, &call, symbol);
	}
	else
		return NULL;
	return request;
}

/* All that the planner calls: what it wants, the arguments tell. */
Datum
pgstd_plan_support(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	Support    *support = pgstd_support(module, site, index, fcinfo);

	if (PG_NARGS() == 1)
		PG_RETURN_POINTER(answer(support, (Node *) PG_GETARG_POINTER(0)));
	PG_RETURN_FLOAT8(operator_selectivity(support, fcinfo));
}
