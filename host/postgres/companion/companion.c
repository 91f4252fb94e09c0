/*-------------------------------------------------------------------------
 *
 * companion.c
 *	  The module of extension pgstd: what a session can see of its worlds, and
 *	  do about them, in SQL.
 *
 * It has no object of its own.  It knows the worlds of other modules through
 * what they share, so it must be built from the same host.
 *
 *-------------------------------------------------------------------------
 */
#include "../session/init.h"
#include "../cell/cell.h"
#include "../session/shared.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#define NCOLUMNS	12

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_MODULE_MAGIC;
extern void _PG_init(void);
PG_FUNCTION_INFO_V1(pgstd_companion_discard_worlds);
PG_FUNCTION_INFO_V1(pgstd_companion_worlds);
#pragma GCC visibility pop

void
_PG_init(void)
{
	pgstd_shared_init();
}

/* discard_worlds() returns integer */
Datum
pgstd_companion_discard_worlds(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(pgstd_discard_idle());
}

static Interval *
interval_of(int64 microseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = microseconds;
	return interval;
}

/* Of the process that a world runs in, if that is not this one. */
static void
put_cell(Datum *values, bool *nulls, const BackendWorld *bw)
{
	int			pid = bw->apart != NULL ? bw->apart->pid : 0;
	int64		cpu,
				memory;

	nulls[0] = pid == 0;
	values[0] = Int32GetDatum(pid);
	nulls[1] = nulls[2] = pid == 0 || !pgstd_cell_usage(pid, &cpu, &memory);
	if (nulls[1])
		return;
	values[1] = IntervalPGetDatum(interval_of(cpu));
	values[2] = Int64GetDatum(memory);
}

static void
put_world(Tuplestorestate *store, TupleDesc desc, const BackendWorld *bw)
{
	Datum		values[NCOLUMNS];
	bool		nulls[NCOLUMNS] = {false};

	values[0] = CStringGetTextDatum(bw->module->name);
	nulls[1] = !OidIsValid(bw->module->owner);
	values[1] = ObjectIdGetDatum(bw->module->owner);
	values[2] = ObjectIdGetDatum(bw->user);
	values[3] = CStringGetTextDatum(pgstd_is_idle(bw) ? "idle" : "busy");
	values[4] = Int64GetDatum((int64) bw->world.memory);
	values[5] = Int64GetDatum((int64) bw->world.memory_limit);
	values[6] = TimestampTzGetDatum(bw->started_at);
	values[7] = Int64GetDatum((int64) bw->deaths);
	values[8] = CStringGetTextDatum(bw->apart != NULL ? "cell" : "backend");
	put_cell(&values[9], &nulls[9], bw);
	tuplestore_putvalues(store, desc, values, nulls);
}

/* What view worlds shows: a row for each world that has started. */
Datum
pgstd_companion_worlds(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext caller;
	TupleDesc	desc;

	if (result == NULL || !IsA(result, ReturnSetInfo) || !(result->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));
	caller = MemoryContextSwitchTo(result->econtext->ecxt_per_query_memory);
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE || desc->natts != NCOLUMNS)
		elog(ERROR, "pgstd: function is not declared as in this version of the extension");
	result->returnMode = SFRM_Materialize;
	result->setDesc = desc;
	result->setResult = tuplestore_begin_heap((result->allowedModes & SFRM_Materialize_Random) != 0,
											  false, work_mem);
	MemoryContextSwitchTo(caller);

	for (const BackendWorld *bw = pgstd_next_world(NULL); bw != NULL; bw = pgstd_next_world(bw))
		if (bw->world.state != PGSTD_WORLD_NEW)
			put_world(result->setResult, desc, bw);
	return (Datum) 0;
}
