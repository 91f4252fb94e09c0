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
#include "../base/hold.h"
#include "../values/values.h"

#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/typcache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

typedef struct OpenSet
{
	struct OpenSet *next;		/* in bw->sets */
	BackendWorld *bw;			/* NULL: it has been discarded */
	Module	   *module;
	PgstdSite	site;
	PgstdPlan  *plan;			/* of its rows; kept */
	bool		abandoned;
	/* Of its arguments, and of the call: the world leaves the set's number there. */
	PgstdSlot	slots[FLEXIBLE_ARRAY_MEMBER];
} OpenSet;

/* A set that is about to be ended, and that nobody knows any more. */
typedef struct EndedSet
{
	Module	   *module;
	PgstdSite	site;
	PgstdSlot	slots[FUNC_MAX_ARGS + 1];
} EndedSet;

/* The rows of one set, as they have to be for the query that reads it. */
typedef struct RowCheck
{
	TupleDesc	wanted;
	uint64		id;				/* of the description that was found the same last; 0: none */
} RowCheck;

/* Takes all rows of a set. */
typedef struct Sink
{
	Tuplestorestate *store;
	RowCheck	check;			/* against the description of the store */
	PgstdConv  *conv;
	PgstdMaking making;			/* of all rows: nobody reads any before the last */
	BackendWorld *bw;
	MemoryContext row;			/* of one row, or some */
} Sink;

static void
free_set(OpenSet *set)
{
	if (set->bw != NULL)
		for (OpenSet **at = &set->bw->sets; *at != NULL; at = &(*at)->next)
			if (*at == set)
			{
				*at = set->next;
				set->bw->open_sets -= set->abandoned ? 0 : 1;
				break;
			}
	pgstd_plan_release(set->plan);
	pfree(set);
}

/* The world is gone, and with it what its sets were. */
void
pgstd_sets_forget(BackendWorld *bw)
{
	while (bw->sets != NULL)
	{
		OpenSet    *set = bw->sets;

		bw->sets = set->next;
		set->bw = NULL;
		if (set->abandoned)
			free_set(set);
	}
	bw->open_sets = 0;
}

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
	free_set(set);
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
	if (set == NULL)
		return;
	if (set->bw == NULL)
		free_set(set);
	else
	{
		set->abandoned = true;
		set->bw->open_sets--;
	}
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

static OpenSet *
make_set(Module *module, PgstdSite *site, PgstdControl *control, PgstdPlan *plan)
{
	BackendWorld *bw = pgstd_world_of(control);
	OpenSet    *set = MemoryContextAllocZero(TopMemoryContext,
											 offsetof(OpenSet, slots) + sizeof(PgstdSlot) * (site->nargs + 1));

	set->bw = bw;
	set->module = module;
	set->site = *site;
	set->plan = plan;
	pgstd_plan_keep(plan);
	set->next = bw->sets;
	bw->sets = set;
	bw->open_sets++;
	return set;
}

pg_noreturn static void
wrong_row(const RowCheck *check)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("function return row and query-specified return row do not match"),
			 check->wanted->tdtypeid == RECORDOID ?
			 errhint("The columns that the query names after AS have to be of the types that the function returns.") :
			 errhint("The type was altered after the query had begun.")));
}

/*
 * Sees to it that a row is what the query has been told.  Nobody else looks: the
 * executor believes what is stored.
 */
static void
check_row(RowCheck *check, HeapTupleHeader header)
{
	Oid			type = HeapTupleHeaderGetTypeId(header);
	int32		typmod = HeapTupleHeaderGetTypMod(header);
	TupleDesc	desc;
	bool		same;
	uint64		id = assign_record_type_identifier(type, typmod);

	if (id == check->id)
		return;
	desc = lookup_rowtype_tupdesc(type, typmod);
	same = pgstd_same_rows(desc, check->wanted);
	ReleaseTupleDesc(desc);
	if (!same)
		wrong_row(check);
	check->id = id;
}

/* The same for a function whose rows are single values. */
static void
check_value(const RowCheck *check, const PgstdConv *conv)
{
	if (check->wanted->natts != 1 || TupleDescAttr(check->wanted, 0)->atttypid != conv->type)
		wrong_row(check);
}

/* Stores a row that has been taken. */
static void
put_row(Sink *sink, const PgstdSlot *slot)
{
	PgstdConv  *conv = sink->conv;
	TupleDesc	desc = sink->check.wanted;
	bool		isnull;
	Datum		value = pgstd_make_value(&sink->making, conv, slot, &isnull);

	if (!conv->is_row)
		tuplestore_putvalues(sink->store, desc, &value, &isnull);
	else if (isnull)
	{
		bool	   *nulls = palloc(Max(desc->natts, 1));

		memset(nulls, true, desc->natts);
		tuplestore_putvalues(sink->store, desc, palloc0(sizeof(Datum) * Max(desc->natts, 1)), nulls);
	}
	else
	{
		HeapTupleHeader header = DatumGetHeapTupleHeader(value);
		HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};

		check_row(&sink->check, header);
		ItemPointerSetInvalid(&tuple.t_self);
		tuplestore_puttuple(sink->store, &tuple);
	}
}

/*
 * The world has made more rows of the set that it was asked for all of.  It waits
 * meanwhile, and keeps the slots as they are, unless making a value runs code: so
 * nothing is made before all has been taken.
 */
void
pgstd_set_rows(const PgstdSetRows *rows, FunctionCallInfo fcinfo)
{
	Sink	   *sink = fcinfo != NULL && fcinfo->flinfo != NULL ? pgstd_call_cache(fcinfo->flinfo)->sink : NULL;
	bool		runs_code;
	PgstdTaking taking;
	MemoryContext caller;
	PgstdSlot  *slots;
	uint64		n;

	if (sink == NULL)
		elog(ERROR, "pgstd: rows without a set");
	caller = MemoryContextSwitchTo(sink->row);
	runs_code = sink->conv->runs_code;
	pgstd_take_begin(&taking, sink->bw);
	pgstd_take_check(&taking, rows, sizeof(*rows));
	n = rows->nrows;
	slots = pgstd_take_items(&taking, rows->rows, n, sizeof(PgstdSlot));
	if (sink->conv->kind != PGSTD_CONV_WORD)
		for (uint64 i = 0; i < n; i++)
			pgstd_take_for(&taking, sink->conv, runs_code, &slots[i]);
	for (uint64 i = 0; i < n; i++)
		put_row(sink, &slots[i]);
#ifdef PGSTD_CLOBBER
	memset(slots, 0x7f, sizeof(PgstdSlot) * n);
#endif
	MemoryContextSwitchTo(caller);
	MemoryContextReset(sink->row);
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
	PgstdPlan  *plan = pgstd_plan(site, &control->functions[index], fcinfo);

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
	cache->set = set = make_set(module, site, *control, plan);
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
	sink.conv = plan->result;
	if (!sink.conv->is_row)
		check_value(&sink.check, sink.conv);
	make_arguments(plan, args, fcinfo);
	/* That may have run any code, and ended the world. */
	control = pgstd_prepare(module, site, index, fcinfo);
	sink.bw = pgstd_world_of(control);
	args[site->nargs] = (PgstdSlot) {.flags = PGSTD_SET_ALL};
	pgstd_making_begin(&sink.making);
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
		free_set(cache->set);
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
	conv = cache->set->plan->result;
	value = pgstd_take_result(pgstd_world_of(control), conv, &control->result, &isnull);
	if (conv->is_row && !isnull && result->expectedDesc != NULL)
	{
		RowCheck	check = {.wanted = result->expectedDesc};

		check_row(&check, DatumGetHeapTupleHeader(value));
	}
	pgstd_let_go(hold);
	fcinfo->isnull = isnull;
	return value;
}
