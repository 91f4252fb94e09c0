/*-------------------------------------------------------------------------
 *
 * values.h
 *	  Values of every SQL type, as slots and back.
 *
 * A conversion (PgstdConv) knows how values of one SQL type are passed as one
 * PgstdType.  Making one takes look-ups in the catalog; using one does not,
 * except for rows, whose type may have been altered since.
 *
 * All of it may raise, and may run other code (constraints of domains), Go code
 * included.  None of it enters a world by itself.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_VALUES_H
#define PGSTD_VALUES_H

#include "backend.h"

#include "access/htup_details.h"
#include "executor/spi.h"
#include "funcapi.h"

typedef struct PgstdConv PgstdConv;

typedef enum PgstdConvKind
{
	PGSTD_CONV_WORD,			/* the Datum is the word */
	PGSTD_CONV_VARLENA,			/* the payload of a varlena */
	PGSTD_CONV_FIXED,			/* the payload of a type of fixed length */
	PGSTD_CONV_TEXT,			/* through the type's text form */
	PGSTD_CONV_BINARY,			/* through the type's binary form */
	PGSTD_CONV_ARRAY,
	PGSTD_CONV_RECORD,			/* fields that the world has named */
	PGSTD_CONV_ROW				/* all columns, with their names */
} PgstdConvKind;

/* A field of a record, or a column of a row. */
typedef struct PgstdField
{
	char	   *name;			/* NULL: goes by its position */
	PgstdType	code;
	const uint8 *details;
	int			attnum;			/* from 1; 0: not looked up yet */
	PgstdConv  *conv;
} PgstdField;

struct PgstdConv
{
	PgstdType	code;
	const uint8 *details;		/* of code */
	PgstdConvKind kind;
	Oid			type;
	int32		typmod;
	Oid			base;			/* type, or what a domain stands for */
	int32		base_typmod;
	int16		len;			/* of base */
	bool		byval;
	char		align;
	bool		runs_code;		/* making a Datum may run other code */
	MemoryContext context;		/* holds this, and goes with it */
	void	   *domain;			/* of domain_check */
	FmgrInfo	output;			/* to text or binary; fn_oid is 0 until it is needed */
	FmgrInfo	input;
	Oid			ioparam;
	FmgrInfo	coerce;			/* to base_typmod; fn_oid is 0 if there is none */
	PgstdConv  *element;		/* of an array */
	int			nfields;		/* of a record */
	PgstdField *fields;
	TupleDesc	desc;			/* of a record or a row: what fields are made for */
	uint64		desc_id;		/* the same, if it can change */
	MemoryContext desc_context; /* holds what depends on desc */
	PgstdColumn *columns;		/* of a row */
};

/* values.c */
extern PgstdConv *pgstd_conv_make(PgstdType code, const uint8 **details, Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_natural(Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_record(PgstdType code, const uint8 **details, TupleDesc desc, MemoryContext parent);
extern const uint8 *pgstd_skip_details(PgstdType code, const uint8 *details);
extern Oid	pgstd_default_oid(PgstdType code);
extern PgstdType pgstd_natural_type(Oid type, PgstdType *element);
extern void pgstd_to_slot(PgstdConv *conv, Datum value, bool isnull, PgstdSlot *slot);
extern Datum pgstd_from_slot(PgstdConv *conv, const PgstdSlot *slot, bool *isnull);
extern Datum pgstd_finish_value(PgstdConv *conv, Datum value, bool isnull, bool coerce);

/* assign.c */
extern Datum pgstd_assign_slot(PgstdType code, PgstdType element, const PgstdSlot *slot, Oid type, int32 typmod,
							   MemoryContext context, bool *isnull);
extern void pgstd_copy_slot(PgstdType code, const uint8 *details, PgstdSlot *slot);

/* sql.c */
extern PgstdConv *pgstd_column_conv(Oid type, int32 typmod, MemoryContext context);
extern PgstdType pgstd_column_type(const PgstdConv *conv, Oid type);
extern void pgstd_put_value(PgstdSlot *slot, PgstdConv *conv, PgstdType type, Datum value, bool isnull);

extern void pgstd_copy_row(PgstdSQL *sql, TupleDesc desc, const Datum *values, const bool *nulls, MemoryContext context);

/* select.c */
extern bool pgstd_run_select(SPIPlanPtr plan, ParamListInfo params, bool read_only, PgstdSQL *sql,
							 MemoryContext context);

/* arrays.c */
extern void pgstd_array_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_array_from_slot(PgstdConv *conv, const PgstdSlot *slot);

/* records.c */
extern void pgstd_record_fields(PgstdConv *conv, const uint8 *details);
extern void pgstd_row_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_row_from_slot(PgstdConv *conv, const PgstdSlot *slot);
extern const PgstdRow *pgstd_row_of_tuple(PgstdConv *conv, HeapTuple tuple, TupleDesc desc);
extern const PgstdRow *pgstd_row_of_known(PgstdConv *conv, HeapTuple tuple, TupleDesc desc);
extern HeapTuple pgstd_tuple_of_row(PgstdConv *conv, const PgstdRow *row, TupleDesc desc);

/* plan.c: how the arguments and the result of a function are passed. */
typedef struct PgstdPlan
{
	Oid			function;
	char	   *name;			/* for people */
	PgstdText	signature;		/* of the Go function */
	PgstdText	details;
	struct PgstdPlan *next;		/* of the same site, for other types */
	uint64		generation;		/* of the catalog's functions and types */
	MemoryContext context;
	bool		polymorphic;	/* made for the types of one call site */
	Oid			result_type;
	int			nargs;
	PgstdConv  *result;			/* NULL: void */
	PgstdConv **args;
	Oid		   *types;
} PgstdPlan;

extern void pgstd_drop_plans(PgstdSite *site);
extern PgstdPlan *pgstd_plan(PgstdSite *site, const PgstdFunction *function, FunctionCallInfo fcinfo);

#endif							/* PGSTD_VALUES_H */
