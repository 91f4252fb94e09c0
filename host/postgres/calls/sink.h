/*-------------------------------------------------------------------------
 *
 * sink.h
 *	  The rows of a set, checked and stored.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SINK_H
#define PGSTD_SINK_H

#include "../values/values.h"

#include "utils/tuplestore.h"

/* The rows of one set, as they have to be for the query that reads it. */
typedef struct PgstdRowCheck
{
	TupleDesc	wanted;
	uint64		id;				/* of the description that was found the same last; 0: none */
} PgstdRowCheck;

/* Takes all rows of a set. */
typedef struct Sink
{
	Tuplestorestate *store;
	PgstdRowCheck	check;			/* against the description of the store */
	PgstdConv  *conv;
	PgstdMaking making;			/* of all rows: nobody reads any before the last */
	BackendWorld *bw;
	MemoryContext row;			/* of one row, or some */
} Sink;

/* sink.c */
extern void pgstd_check_row(PgstdRowCheck *check, HeapTupleHeader header);
extern void pgstd_check_value(const PgstdRowCheck *check, const PgstdConv *conv);
extern void pgstd_set_rows(const PgstdSetRows *rows, FunctionCallInfo fcinfo);

#endif							/* PGSTD_SINK_H */
