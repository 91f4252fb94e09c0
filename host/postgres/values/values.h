/*-------------------------------------------------------------------------
 *
 * values.h
 *	  Values of every SQL type, as slots and back.
 *
 * All of it may raise, and may run other code (constraints of domains), Go code
 * included.  None of it enters a world by itself, and none of it reads a world's
 * memory but take.c, and pgstd_from_slot for what pgstd_take_for has left there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_VALUES_H
#define PGSTD_VALUES_H

#include "conv.h"
#include "take.h"

/*
 * A value that is being made, and the composite types that rows in it have been made
 * of: code that runs meanwhile may alter them.
 */
typedef struct PgstdMade
{
	Oid			type;
	uint64		id;
} PgstdMade;

typedef struct PgstdMaking
{
	MemoryContext context;
	int			n;
	int			max;
	PgstdMade  *made;
	PgstdMade	first[4];
} PgstdMaking;

/* making.c */
extern void pgstd_making_begin(PgstdMaking *making);
extern void pgstd_making_note(PgstdMaking *making, Oid type, uint64 id);
extern void pgstd_making_note_parts(PgstdMaking *making, Oid type);
extern void pgstd_making_note_columns(PgstdMaking *making, TupleDesc desc);
extern void pgstd_making_end(const PgstdMaking *making);

/* values.c */
extern void pgstd_to_slot(PgstdConv *conv, Datum value, bool isnull, PgstdSlot *slot);
extern Datum pgstd_make_value(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot, bool *isnull);
extern Datum pgstd_from_slot(PgstdConv *conv, const PgstdSlot *slot, bool *isnull);

/* assign.c */
extern Datum pgstd_assign_value(PgstdMaking *making, PgstdType code, PgstdType element, const PgstdSlot *slot,
								Oid type, int32 typmod, MemoryContext context, bool *isnull);
extern Datum pgstd_assign_slot(PgstdMaking *making, PgstdType code, PgstdType element, const PgstdSlot *slot,
							   const char *column, Oid type, int32 typmod, MemoryContext context, bool *isnull);

/* arrays.c */
extern void pgstd_array_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_array_from_slot(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot);

/* numeric.c */
extern void pgstd_numeric_to_slot(Datum value, PgstdSlot *slot);
extern bool pgstd_numeric_from_slot(const PgstdSlot *slot, Datum *value);
extern void pgstd_whole_to_slot(Datum value, PgstdSlot *slot);
extern Datum pgstd_whole_from_slot(const PgstdSlot *slot);

/* records.c */
extern void pgstd_row_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_row_from_slot(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot);
extern void pgstd_slots_of_tuple(const PgstdRowDesc *row_desc, HeapTuple tuple, TupleDesc desc,
								 Datum *datums, bool *nulls, PgstdSlot *slots);

/* take.c */
extern void pgstd_take_for(PgstdTaking *taking, const PgstdConv *conv, bool runs_code, PgstdSlot *slot);
extern Datum pgstd_take_result(BackendWorld *bw, PgstdConv *conv, const PgstdSlot *result, bool *isnull);

#endif							/* PGSTD_VALUES_H */
