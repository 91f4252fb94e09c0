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
#include "values.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/memutils.h"
#include "utils/typcache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

typedef struct OpenSet
{
	struct OpenSet *next;		/* in bw->sets */
	BackendWorld *bw;			/* NULL: it has been discarded */
	Module	   *module;
	PgstdSite	site;
	PgstdConv  *conv;			/* of a row; stays for the transaction */
	uint64		number;			/* in the world */
	bool		abandoned;
} OpenSet;

/* Takes all rows of a set. */
typedef struct Sink
{
	Tuplestorestate *store;
	TupleDesc	desc;
	PgstdConv  *conv;
	MemoryContext row;			/* of one row */
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
			pfree(set);
	}
	bw->open_sets = 0;
}

/*
 * Calls the world about a set, and returns whether it goes on.  "args" has room for
 * one slot more than there are arguments.
 */
static bool
ask(OpenSet *set, PgstdSetOp op, PgstdSlot *args, PgstdControl *control, FunctionCallInfo fcinfo)
{
	PgstdSlot  *call = &args[set->site.nargs];

	*call = (PgstdSlot) {.word = set->number, .flags = op};
	pgstd_run(set->module, &set->site, control, args, fcinfo);
	set->number = call->word;
	return set->number != 0;
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

/* Ends the sets of a world whose queries have ended with an error. */
static void
end_abandoned(BackendWorld *bw, FunctionCallInfo fcinfo)
{
	OpenSet    *set = bw->sets;

	while (set != NULL)
	{
		PgstdControl *control;
		PgstdSlot	args[FUNC_MAX_ARGS + 1];
		OpenSet		ended;

		if (!set->abandoned)
		{
			set = set->next;
			continue;
		}
		/* Whatever comes of it, it is not tried again. */
		ended = *set;
		free_set(set);
		control = world_of_set(&ended, fcinfo);
		if (control != NULL)
			ask(&ended, PGSTD_SET_ABANDON, args, control, fcinfo);
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
		pfree(set);
	else
	{
		set->abandoned = true;
		set->bw->open_sets--;
	}
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
	PgstdSlot	args[FUNC_MAX_ARGS + 1];
	OpenSet		ended;

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
	ended = *set;
	free_set(set);
	/* The query's own is gone, but the iterator may run SQL as it ends. */
	if (!ActiveSnapshotSet())
	{
		PushActiveSnapshot(GetTransactionSnapshot());
		ask(&ended, PGSTD_SET_STOP, args, control, fcinfo);
		PopActiveSnapshot();
	}
	else
		ask(&ended, PGSTD_SET_STOP, args, control, fcinfo);
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
make_set(Module *module, PgstdSite *site, PgstdControl *control)
{
	BackendWorld *bw = pgstd_world_of(control);
	OpenSet    *set = MemoryContextAllocZero(TopMemoryContext, sizeof(OpenSet));

	set->bw = bw;
	set->module = module;
	set->site = *site;
	set->next = bw->sets;
	bw->sets = set;
	bw->open_sets++;
	return set;
}

/*
 * Sees to it that a row whose type only the function knows is what the query has been
 * told.  The executor believes the store, so nobody else looks.
 */
static void
check_row(const Sink *sink, HeapTupleHeader header)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	bool		fits = desc->natts == sink->desc->natts;

	for (int i = 0; fits && i < desc->natts; i++)
		fits = TupleDescAttr(desc, i)->atttypid == TupleDescAttr(sink->desc, i)->atttypid;
	ReleaseTupleDesc(desc);
	if (!fits)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("function return row and query-specified return row do not match"),
				 errhint("The columns that the query names after AS have to be of the types that the function returns.")));
}

static void
put_row(const Sink *sink, const PgstdSlot *row)
{
	PgstdConv  *conv = sink->conv;
	PgstdSlot	slot = *row;
	bool		isnull;
	Datum		value;

	if (conv->runs_code)
		pgstd_copy_slot(conv->code, conv->details, &slot);
	value = pgstd_from_slot(conv, &slot, &isnull);
	if (conv->code != PGSTD_RECORD && conv->code != PGSTD_ROW)
		tuplestore_putvalues(sink->store, sink->desc, &value, &isnull);
	else if (isnull)
	{
		bool	   *nulls = palloc(sink->desc->natts);

		memset(nulls, true, sink->desc->natts);
		tuplestore_putvalues(sink->store, sink->desc, palloc0(sizeof(Datum) * sink->desc->natts), nulls);
	}
	else
	{
		HeapTupleHeader header = DatumGetHeapTupleHeader(value);
		HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};

		if (conv->code == PGSTD_ROW)
			check_row(sink, header);
		ItemPointerSetInvalid(&tuple.t_self);
		tuplestore_puttuple(sink->store, &tuple);
	}
}

/*
 * The world has made more rows of the set that it was asked for all of.  It waits
 * meanwhile, and keeps the slots as they are.
 */
void
pgstd_set_rows(const PgstdSetRows *rows, FunctionCallInfo fcinfo)
{
	const Sink *sink = fcinfo != NULL && fcinfo->flinfo != NULL ? pgstd_call_cache(fcinfo->flinfo)->sink : NULL;
	MemoryContext caller;

	if (sink == NULL)
		elog(ERROR, "pgstd: rows without a set");
	caller = MemoryContextSwitchTo(sink->row);
	for (uint64 i = 0; i < rows->nrows; i++)
		put_row(sink, &rows->rows[i]);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(sink->row);
}

/* The world and the arguments of a call that begins a set. */
static PgstdControl *
begin_set(Module *module, PgstdSite *site, uint32 index, PgstdSlot *args, PgstdConv **conv, FunctionCallInfo fcinfo)
{
	PgstdControl *control = pgstd_prepare(module, site, index, fcinfo);
	PgstdPlan  *plan;

	if (pgstd_world_of(control)->sets != NULL)
	{
		end_abandoned(pgstd_world_of(control), fcinfo);
		control = pgstd_prepare(module, site, index, fcinfo);
	}
	plan = pgstd_plan(site, &control->functions[index], fcinfo);
	for (int i = 0; i < fcinfo->nargs; i++)
		pgstd_to_slot(plan->args[i], fcinfo->args[i].value, fcinfo->args[i].isnull, &args[i]);
	*conv = plan->result;
	/* That may have run any code, and ended the world. */
	return pgstd_prepare(module, site, index, fcinfo);
}

/* Begins the set of this call, and makes its first row, if there is one. */
static bool
open_set(Module *module, PgstdSite *site, uint32 index, CallCache *cache, FunctionCallInfo fcinfo,
		 PgstdControl **control)
{
	PgstdSlot	args[FUNC_MAX_ARGS + 1];
	PgstdConv  *conv;

	if (!cache->watched)
	{
		MemoryContextCallback *callback = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(*callback));

		callback->func = query_ended;
		callback->arg = cache;
		MemoryContextRegisterResetCallback(fcinfo->flinfo->fn_mcxt, callback);
		cache->watched = true;
	}
	*control = begin_set(module, site, index, args, &conv, fcinfo);
	cache->set = make_set(module, site, *control);
	cache->set->conv = conv;
	return ask(cache->set, PGSTD_SET_OPEN, args, *control, fcinfo);
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
		.desc = CreateTupleDescCopy(result->expectedDesc),
	};
	Sink	   *outer = cache->sink;
	PgstdSlot	args[FUNC_MAX_ARGS + 1];
	PgstdControl *control;

	MemoryContextSwitchTo(caller);
	sink.row = AllocSetContextCreate(caller, "pgstd row", ALLOCSET_SMALL_SIZES);
	control = begin_set(module, site, index, args, &sink.conv, fcinfo);
	args[site->nargs] = (PgstdSlot) {.flags = PGSTD_SET_ALL};
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
	MemoryContextDelete(sink.row);
	result->returnMode = SFRM_Materialize;
	result->setResult = sink.store;
	result->setDesc = sink.desc;
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
	PgstdSlot	slot;
	PgstdConv  *conv;
	bool		more;
	Datum		value;
	bool		isnull;

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
		PgstdSlot	args[FUNC_MAX_ARGS + 1];

		control = resume(cache->set, fcinfo);
		more = ask(cache->set, PGSTD_SET_NEXT, args, control, fcinfo);
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
	conv = cache->set->conv;
	slot = control->result;
	if (conv->runs_code)
		pgstd_copy_slot(conv->code, conv->details, &slot);
	value = pgstd_from_slot(conv, &slot, &isnull);
	fcinfo->isnull = isnull;
	return value;
}
