/*-------------------------------------------------------------------------
 *
 * sink.c
 *	  The rows of a set, checked and stored.
 *
 *-------------------------------------------------------------------------
 */
#include "sink.h"
#include "../base/caller.h"

#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

pg_noreturn static void
wrong_row(const PgstdRowCheck *check)
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
void
pgstd_check_row(PgstdRowCheck *check, HeapTupleHeader header)
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
void
pgstd_check_value(const PgstdRowCheck *check, const PgstdConv *conv)
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

		pgstd_check_row(&sink->check, header);
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
	if (sink->conv->kind != PGSTD_CONV_WORD || sink->bw->apart != NULL)
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
