/*-------------------------------------------------------------------------
 *
 * set.c
 *	  Functions that return a set: one call of the world for each row, or one for
 *	  all, if the query wants all of them anyway.
 *
 * Between two rows the author's iterator waits in its world, for as long as the
 * query does: other calls come in between, of the same function, too.  The query
 * may want no more rows, which the executor tells us, or end with an error, which
 * nobody does; the iterator is then abandoned, and ended before the next set of its
 * world begins.  The world may end before its sets do.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "sink.h"
#include "../base/caller.h"
#include "../base/hold.h"
#include "../cell/cell.h"
#include "../session/sets.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

/* A set that is about to be ended, and that nobody knows any more. */
typedef struct EndedSet
{
	Module	   *module;
	PgstdSite	site;
	PgstdSlot	slots[FUNC_MAX_ARGS + 1];
} EndedSet;

/*
 * Calls the world about a set, and returns whether it goes on.  There is one slot more
 * than there are arguments.  It belongs to the host: whatever is raised in the end, the
 * world has left the number of the set in it.
 */
static bool
ask(Module *module, const PgstdSite *site, PgstdSlot *slots, PgstdSetOp op, PgstdControl *control,
	FunctionCallInfo fcinfo)
{
	PgstdSlot  *call = &slots[site->nargs];

	call->flags = op;
	if (unlikely(pgstd_world_of(control)->apart != NULL))
		pgstd_pass_mark(control, site->code, PGSTD_PASS_SET);
	pgstd_run(module, site, control, slots, fcinfo);
	return call->word != 0;
}

/*
 * The control block of a set's world, made current.  NULL: it cannot be entered now.
 */
static PgstdControl *
world_of_set(const OpenSet *set, FunctionCallInfo fcinfo)
{
	if (set->bw == NULL || set->bw->user != GetUserId() || set->bw->world.state != PGSTD_WORLD_LIVE)
		return NULL;
	if (set->module->current.user != GetUserId())
		pgstd_select_world(set->module, fcinfo);
	return set->bw->world.control;
}

/* Forgets a set, but for what it takes to end it. */
static EndedSet
take_out(OpenSet *set)
{
	EndedSet	ended = {.module = set->module, .site = set->site};

	ended.slots[set->site.nargs] = set->slots[set->site.nargs];
	pgstd_set_free(set);
	return ended;
}

/* Ends the sets of a world whose queries have ended with an error. */
static void
end_abandoned(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	OpenSet    *set = bw->sets;

	while (set != NULL)
	{
		PgstdControl *control;
		EndedSet	ended;

		if (!set->abandoned)
		{
			set = set->next;
			continue;
		}
		control = world_of_set(set, fcinfo);
		/* Whatever comes of it, it is not tried again. */
		ended = take_out(set);
		if (control != NULL)
			ask(ended.module, &ended.site, ended.slots, PGSTD_SET_ABANDON, control, fcinfo);
		set = bw->sets;
	}
}

/* Memory context callback: of the query, whatever way it ends. */
static void
query_ended(void *arg)
{
	CallCache  *cache = arg;
	OpenSet    *set = cache->set;

	cache->set = NULL;
	if (set != NULL)
		pgstd_set_abandon(set);
}

/*
 * The portal whose query ends with that memory; NULL if none does, or the query ends
 * while its portal runs.
 */
static Portal
portal_that_ends(MemoryContext context)
{
	Portal		portal;

	while (context != NULL && strcmp(context->name, "PortalContext") != 0)
		context = context->parent;
	if (context == NULL || context->ident == NULL)
		return NULL;
	portal = GetPortalByName(context->ident);
	if (portal == NULL || portal->portalContext != context)
		portal = GetPortalByName("");
	return portal != NULL && portal->portalContext == context && portal->status != PORTAL_ACTIVE ? portal : NULL;
}

/* Lets an iterator end. */
static void
ask_to_stop(EndedSet *ended, PgstdControl *control, FunctionCallInfo fcinfo)
{
	/* The query's own is gone, but the iterator may run SQL as it ends. */
	bool		snapshot = !ActiveSnapshotSet();

	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	ask(ended->module, &ended->site, ended->slots, PGSTD_SET_STOP, control, fcinfo);
	if (snapshot)
		PopActiveSnapshot();
}

/*
 * The same while a portal is dropped: SQL that runs meanwhile could find it, drop it
 * again, or fetch from it.
 */
static pg_noinline void
ask_to_stop_in(Portal portal, EndedSet *ended, PgstdControl *control, FunctionCallInfo fcinfo)
{
	PortalStatus status = portal->status;

	portal->status = PORTAL_ACTIVE;
	PG_TRY();
	{
		ask_to_stop(ended, control, fcinfo);
	}
	PG_CATCH();
	{
		/* Its query is half gone. */
		portal->status = PORTAL_FAILED;
		PG_RE_THROW();
	}
	PG_END_TRY();
	portal->status = status;
}

/* Expression context callback: no more rows are wanted. */
static void
stop_set(Datum arg)
{
	FmgrInfo   *flinfo = (FmgrInfo *) DatumGetPointer(arg);
	CallCache  *cache = flinfo->fn_extra;
	OpenSet    *set = cache->set;
	LOCAL_FCINFO(fcinfo, 0);
	PgstdControl *control;
	EndedSet	ended;
	Portal		portal;

	if (set == NULL)
		return;
	InitFunctionCallInfoData(*fcinfo, flinfo, 0, InvalidOid, NULL, NULL);
	control = world_of_set(set, fcinfo);
	if (control == NULL)
	{
		query_ended(cache);
		return;
	}
	cache->set = NULL;
	ended = take_out(set);
	portal = portal_that_ends(flinfo->fn_mcxt);
	if (portal == NULL)
		ask_to_stop(&ended, control, fcinfo);
	else
		ask_to_stop_in(portal, &ended, control, fcinfo);
}

/* The set of this call that is open, whose world must be there to go on with it. */
static PgstdControl *
resume(OpenSet *set, FunctionCallInfo fcinfo)
{
	PgstdControl *control = world_of_set(set, fcinfo);

	if (control != NULL)
		return control;
	if (set->bw == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
				 errmsg("the Go code that makes these rows was ended by a failure in another call"),
				 errhint("Calls in one session share Go code's memory, which is gone.")));
	if (set->bw->user != GetUserId())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the rows of this function belong to another role"),
				 errhint("Fetch with the role that began.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_IN_USE),
			 errmsg("Go code of this extension is busy and cannot be called from here")));
}

/* The world of a call that begins a set. */
static PgstdControl *
world_for_set(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	PgstdControl *control = pgstd_prepare(module, site, index, fcinfo);

	if (pgstd_world_of(control)->sets == NULL)
		return control;
	end_abandoned(pgstd_world_of(control), fcinfo);
	return pgstd_prepare(module, site, index, fcinfo);
}

/*
 * The plan of a call that begins a set, which the caller has to hold before he makes
 * its arguments.
 */
static PgstdPlan *
plan_of_set(PgstdSite *site, uint32 index, const PgstdControl *control, FunctionCallInfo fcinfo)
{
	PgstdPlan  *plan = pgstd_plan(site, control, pgstd_function_of(site, control, index), fcinfo);

	if (plan->result == NULL)
		elog(ERROR, "pgstd: a set of nothing");
	return plan;
}

static void
make_arguments(const PgstdPlan *plan, PgstdSlot *slots, FunctionCallInfo fcinfo)
{
	for (int i = 0; i < fcinfo->nargs; i++)
		pgstd_to_slot(plan->args[i], fcinfo->args[i].value, fcinfo->args[i].isnull, &slots[i]);
}

/* Begins the set of this call, and makes its first row, if there is one. */
static bool
open_set(Module *module, PgstdSite *site, uint32 index, CallCache *cache, FunctionCallInfo fcinfo,
		 PgstdControl **control)
{
	PgstdSlot	args[FUNC_MAX_ARGS];
	PgstdPlan  *plan;
	OpenSet    *set;
	int			hold;
	bool		more;

	if (!cache->watched)
	{
		MemoryContextCallback *callback = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(*callback));

		callback->func = query_ended;
		callback->arg = cache;
		MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, callback);
		cache->watched = true;
	}
	*control = world_for_set(module, site, index, fcinfo);
	plan = plan_of_set(site, index, *control, fcinfo);
	hold = pgstd_hold(plan);
	make_arguments(plan, args, fcinfo);
	/* That may have run any code, and ended the world. */
	*control = pgstd_prepare(module, site, index, fcinfo);
	cache->set = set = pgstd_set_make(module, site, pgstd_world_of(*control), plan);
	pgstd_let_go(hold);
	memcpy(set->slots, args, sizeof(PgstdSlot) * site->nargs);
	more = ask(module, &set->site, set->slots, PGSTD_SET_OPEN, *control, fcinfo);
	/* They are for this call only. */
	memset(set->slots, 0, sizeof(PgstdSlot) * site->nargs);
	return more;
}

/*
 * Makes all rows of a set, for a query that wants all of them before it goes on.
 */
static Datum
fill_store(Module *module, PgstdSite *site, uint32 index, CallCache *cache, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	Sink		sink = {
		.store = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0, false, work_mem),
		.check = {.wanted = CreateTupleDescCopy(result->expectedDesc)},
	};
	Sink	   *outer = cache->sink;
	PgstdSlot	args[FUNC_MAX_ARGS + 1];
	PgstdControl *control;
	PgstdPlan  *plan;
	int			hold;

	MemoryContextSwitchTo(caller);
	sink.row = AllocSetContextCreate(caller, "pgstd row", ALLOCSET_SMALL_SIZES);
	control = world_for_set(module, site, index, fcinfo);
	plan = plan_of_set(site, index, control, fcinfo);
	hold = pgstd_hold(plan);
	sink.conv = pgstd_plan_result(plan, fcinfo);
	if (!sink.conv->is_row)
		pgstd_check_value(&sink.check, sink.conv);
	make_arguments(plan, args, fcinfo);
	/* That may have run any code, and ended the world. */
	control = pgstd_prepare(module, site, index, fcinfo);
	sink.bw = pgstd_world_of(control);
	args[site->nargs] = (PgstdSlot) {.flags = PGSTD_SET_ALL};
	pgstd_making_begin(&sink.making);
	if (unlikely(sink.bw->apart != NULL))
		pgstd_pass_mark(control, site->code, PGSTD_PASS_SET);
	cache->sink = &sink;
	PG_TRY();
	{
		pgstd_run(module, site, control, args, fcinfo);
	}
	PG_FINALLY();
	{
		cache->sink = outer;
	}
	PG_END_TRY();
	pgstd_making_end(&sink.making);
	pgstd_let_go(hold);
	MemoryContextDelete(sink.row);
	result->returnMode = SFRM_Materialize;
	result->setResult = sink.store;
	result->setDesc = sink.check.wanted;
	fcinfo->isnull = true;
	return (Datum) 0;
}

/*
 * Runs function number "index" of a module's object, which returns a set.
 */
Datum
pgstd_call_set(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	CallCache  *cache = pgstd_call_cache(fcinfo->flinfo);
	bool		begins = cache->set == NULL;
	PgstdControl *control;
	PgstdConv  *conv;
	bool		more;
	Datum		value;
	bool		isnull;
	int			hold;

	if (result == NULL || !IsA(result, ReturnSetInfo) || !(result->allowedModes & SFRM_ValuePerCall))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	if (begins && (result->allowedModes & SFRM_Materialize_Preferred) && result->expectedDesc != NULL)
		return fill_store(module, site, index, cache, fcinfo);
	if (begins)
		more = open_set(module, site, index, cache, fcinfo, &control);
	else
	{
		OpenSet    *set = cache->set;

		control = resume(set, fcinfo);
		more = ask(module, &set->site, set->slots, PGSTD_SET_NEXT, control, fcinfo);
	}
	if (!more)
	{
		pgstd_set_free(cache->set);
		cache->set = NULL;
		if (!begins)
			UnregisterExprContextCallback(result->econtext, stop_set, PointerGetDatum(fcinfo->flinfo));
		result->isDone = ExprEndResult;
		fcinfo->isnull = true;
		return (Datum) 0;
	}
	if (begins)
		RegisterExprContextCallback(result->econtext, stop_set, PointerGetDatum(fcinfo->flinfo));
	result->isDone = ExprMultipleResult;
	/* The set keeps the plan, but may end while the value is made. */
	hold = pgstd_hold(cache->set->plan);
	conv = pgstd_plan_result(cache->set->plan, fcinfo);
	value = pgstd_take_result(pgstd_world_of(control), conv, &control->result, &isnull);
	if (conv->is_row && !isnull && result->expectedDesc != NULL)
	{
		PgstdRowCheck check = {.wanted = result->expectedDesc};

		pgstd_check_row(&check, DatumGetHeapTupleHeader(value));
	}
	pgstd_let_go(hold);
	fcinfo->isnull = isnull;
	return value;
}
