/*-------------------------------------------------------------------------
 *
 * call.c
 *	  What a call needs now and then; see call.h for what it always needs.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "errors.h"
#include "requests.h"
#include "start.h"
#include "../base/caller.h"
#include "../base/catalog.h"
#include "../base/hold.h"
#include "../base/text.h"
#include "../session/init.h"
#include "../session/worlds.h"
#include "../cell/cell.h"
#include "../values/plan.h"

#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

static void
require_utf8(void)
{
	if (GetDatabaseEncoding() != PG_UTF8)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("functions written in Go need a database with encoding UTF8"),
				 errdetail("The encoding of this database is %s.", GetDatabaseEncodingName()),
				 errhint("Create a database with ENCODING 'UTF8'.")));
}

/* To be called once, when the host is loaded. */
void
pgstd_calls_init(void)
{
	pgstd_current_init();
	/* Preloaded: there is no database yet.  The first call looks again. */
	if (OidIsValid(MyDatabaseId))
		require_utf8();
	pgstd_shared_init();
}

/*
 * Finds or starts the world of the current user, and makes sure that signals are
 * still handled on a stack of their own: other code may have installed handlers.
 */
void
pgstd_select_world(Module *module, FunctionCallInfo fcinfo)
{
	require_utf8();
	pgstd_unselect(module);
	pgstd_current_check();
	pgstd_select(pgstd_backend_world(module, fcinfo));
}

/* The type InvalidOid is for another number of them. */
pg_noreturn static void
does_not_fit(Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("the function is another one in Go than in SQL"),
			 OidIsValid(type) ? errdetail("Go passes something else than %s.", format_type_be(type)) :
			 errdetail("Go has another number of arguments."),
			 errhint("Where the module is of another version than the extension, ALTER EXTENSION ... UPDATE, or connect anew.")));
}

/*
 * One type of a signature, and what SQL has in its place.  That is "special", if it is one, where the entry makes
 * a text or bytea of it, or it of a text.
 */
static void
check_type(PgstdType code, const uint8 **details, Oid type, Oid special)
{
	PgstdConv  *conv;

	if (OidIsValid(special) ? type == special && (code == PGSTD_TEXT || code == PGSTD_BYTEA) : code == PGSTD_VOID && type == VOIDOID)
		return;
	if (OidIsValid(special) || code == PGSTD_VOID || type == CSTRINGOID)
		does_not_fit(type);
	conv = pgstd_conv_make(code, details, type, -1, CurrentMemoryContext);
	if (!(conv->kind == PGSTD_CONV_WORD && conv->byval) && !(conv->kind == PGSTD_CONV_VARLENA && conv->len == -1))
		does_not_fit(type);
}

/* A world in a cell has as many functions as it likes. */
static void
check_index(Module *module, uint32 index)
{
	if (index >= module->current.control->nfunctions)
		elog(ERROR, "pgstd: the world has no function %u", index);
}

/*
 * A world in a cell may say of its functions what it likes, and SQL may have those of another version.  Where
 * values are passed without a plan, which looks at both, a word would be taken for a pointer.
 */
static void
check_signature(const PgstdFunction *function, PgstdForm form, FunctionCallInfo fcinfo)
{
	const uint8 *signature = (const uint8 *) function->signature.data;
	const uint8 *details = (const uint8 *) function->details.data;
	Oid		   *types;
	int			n;
	Oid			result;

	if (fcinfo->flinfo == NULL)
		does_not_fit(InvalidOid);
	result = get_func_signature(fcinfo->flinfo->fn_oid, &types, &n);
	if (n < fcinfo->nargs || function->signature.size != (uint64) fcinfo->nargs + 1)
		does_not_fit(InvalidOid);
	/* No constraint of a domain is looked at. */
	if (getBaseType(result) != result)
		does_not_fit(result);
	check_type((PgstdType) signature[0], &details, result, form == PGSTD_FORM_OUT ? CSTRINGOID : InvalidOid);
	for (int i = 0; i < fcinfo->nargs; i++)
		check_type((PgstdType) signature[i + 1], &details, types[i],
				   form == PGSTD_FORM_IN ? CSTRINGOID : form == PGSTD_FORM_RECV ? INTERNALOID : InvalidOid);
}

/* What pgstd_meet does for a function of SQL that it has not seen. */
void
pgstd_meet_caller(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = pgstd_add_context,
		.arg = (void *) pgstd_signature(fcinfo),
	};
	MemoryContext scratch,
				before;

	if (module->current.user != GetUserId())
		pgstd_select_world(module, fcinfo);
	check_index(module, index);
	/* Two functions of SQL with one symbol may take turns in a sort. */
	scratch = AllocSetContextCreate(CurrentMemoryContext, "pgstd signature", ALLOCSET_SMALL_SIZES);
	before = MemoryContextSwitchTo(scratch);
	error_context_stack = &callback;
	check_signature(&module->current.control->functions[index], form, fcinfo);
	error_context_stack = callback.previous;
	MemoryContextSwitchTo(before);
	MemoryContextDelete(scratch);
	site->caller = fcinfo->flinfo->fn_oid;
}

/* The same of a function on a base, which has been filled in: before that is believed. */
static void
check_filled(PgstdSite *site, PgstdForm form, FunctionCallInfo fcinfo)
{
	const PgstdControl *control = site->control;

	site->control = NULL;
	site->caller = InvalidOid;
	if (form != PGSTD_FORM_PLAN)
		check_signature(site->function, form, fcinfo);
	site->control = control;
}

/* Looks a function up in the current world. */
void
pgstd_fill_site(Module *module, PgstdSite *site, uint32 index, PgstdForm form, FunctionCallInfo fcinfo)
{
	const PgstdFunction *function;

	if (module->fill != NULL)
	{
		module->fill(module, site, index, fcinfo);
		if (pgstd_world_of(module->current.control)->apart != NULL)
			check_filled(site, form, fcinfo);
		return;
	}
	check_index(module, index);
	function = &module->current.control->functions[index];
	if (pgstd_world_of(module->current.control)->apart != NULL)
	{
		/* What has been compared is another world's. */
		site->caller = InvalidOid;
		if (form != PGSTD_FORM_PLAN)
			check_signature(function, form, fcinfo);
	}

	site->code = *function->call;
	site->function = NULL;
	site->nargs = (int32) function->signature.size - 1;
	site->control = module->current.control;
}

/*
 * The same of a world in a cell: the function may be one that returns a bytea, which
 * is whatever it is, or a text.
 */
static Datum
make_verified(BackendWorld *bw, const PgstdSlot *slot)
{
	struct varlena *value = pgstd_varlena((const void *) slot->word, slot->size);

	if (!(slot->flags & PGSTD_RESULT_BYTES))
		(void) pg_verifymbstr(VARDATA(value), (int) slot->size, false);
	return PointerGetDatum(value);
}

/* The result of a call, which is copied once. */
Datum
pgstd_make_varlena(BackendWorld *bw, const PgstdSlot *slot)
{
	const void *bytes = (const void *) slot->word;

	if (unlikely(!pgstd_memory_holds(&bw->world, bytes, slot->size)))
		pgstd_take_refuse();
	if (unlikely(bw->apart != NULL))
		return make_verified(bw, slot);
	return PointerGetDatum(pgstd_varlena(bytes, slot->size));
}

/*
 * What to do when the world has come back without having ended the call.
 */
void
pgstd_go_on(BackendWorld *bw, PgstdEvent event, FunctionCallInfo fcinfo)
{
	if (event == PGSTD_EVENT_REQUEST)
		event = pgstd_serve(bw, fcinfo);
	if (event != PGSTD_EVENT_DONE)
		pgstd_throw_end(bw, event, fcinfo);
}

/*
 * What to do after a call besides taking its result: passing on lines that it
 * has not finished, and raising what it has failed with.
 */
void
pgstd_attend(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	ErrorData  *pending;

	pgstd_output_flush(&bw->world);
	pending = bw->pending;
	bw->pending = NULL;
	if (pending != NULL)
	{
		pgstd_forget_failure(bw->world.control);
		pgstd_throw_pending(pending);
	}
	if (bw->world.control->failure != NULL)
		pgstd_throw_failure(bw, fcinfo);
}

/*
 * Makes slots of the arguments of a call, as a plan says; of states of aggregates the
 * caller does.  It may run any code.
 */
void
pgstd_pass_by_plan(const PgstdPlan *plan, FunctionCallInfo fcinfo, PgstdSlot *args)
{
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = pgstd_add_context,
		.arg = plan->name,
	};

	error_context_stack = &callback;
	for (int i = 0; i < fcinfo->nargs; i++)
		if (plan->args[i]->code != PGSTD_STATE)
			pgstd_to_slot(plan->args[i], fcinfo->args[i].value, fcinfo->args[i].isnull, &args[i]);
	error_context_stack = callback.previous;
}

/* Takes the result of a call, as a plan says. */
Datum
pgstd_take_by_plan(PgstdPlan *plan, PgstdControl *control, FunctionCallInfo fcinfo)
{
	Datum		value;
	bool		isnull;
	int			hold;
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = pgstd_add_context,
		.arg = plan->name,
	};

	if (plan->result == NULL)
		return (Datum) 0;
	/* What a cell says is a word of that type is looked at first. */
	if (plan->makes_word && likely(pgstd_world_of(control)->apart == NULL))
	{
		fcinfo->isnull = (control->result.flags & PGSTD_SLOT_NULL) != 0;
		return fcinfo->isnull ? (Datum) 0 : (Datum) control->result.word;
	}
	hold = pgstd_hold(plan);
	error_context_stack = &callback;
	value = pgstd_take_result(pgstd_world_of(control), pgstd_plan_result(plan, fcinfo), &control->result, &isnull);
	fcinfo->isnull = isnull;
	error_context_stack = callback.previous;
	pgstd_let_go(hold);
	return value;
}

/*
 * Whether the caller is no expression of a query, whose memory goes with each row: sorts and
 * indexes call in memory that lasts as long as they do.  What an index calls has the options
 * of its class, a constant, in the place of an expression.
 */
static inline bool
called_for_long(const FmgrInfo *flinfo)
{
	return flinfo->fn_expr == NULL || IsA(flinfo->fn_expr, Const);
}

/*
 * Runs a function whose values need more than a look at the signature.
 */
Datum
pgstd_call_values(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	PgstdControl *control = pgstd_prepare(module, site, index, fcinfo);
	const PgstdFunction *function = pgstd_function_of(site, control, index);
	PgstdPlan  *plan = pgstd_plan(site, control, function, fcinfo);
	int			hold = pgstd_hold(plan);
	PgstdSlot	args[FUNC_MAX_ARGS];
	MemoryContext passed = NULL;
	Datum		value;

	if (called_for_long(fcinfo->flinfo))
	{
		MemoryContext caller;

		passed = AllocSetContextCreate(CurrentMemoryContext, "pgstd arguments", ALLOCSET_SMALL_SIZES);
		caller = MemoryContextSwitchTo(passed);
		pgstd_pass_by_plan(plan, fcinfo, args);
		MemoryContextSwitchTo(caller);
	}
	else
		pgstd_pass_by_plan(plan, fcinfo, args);
	/* That may have run any code, and ended the world. */
	control = pgstd_prepare(module, site, index, fcinfo);
	function = pgstd_function_of(site, control, index);
	pgstd_run(module, site, control, args, fcinfo);
	/* The call may have changed the catalog, or the transaction. */
	if (unlikely(plan->generation != pgstd_catalog_generation()))
		plan = pgstd_plan(site, control, function, fcinfo);
	value = pgstd_take_by_plan(plan, control, fcinfo);
	pgstd_let_go(hold);
	if (passed != NULL)
		MemoryContextDelete(passed);
	return value;
}
