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
 * included.  None of it enters a world by itself, and none of it reads a world's
 * memory but take.c, and pgstd_from_slot for what pgstd_take_for has left there.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_VALUES_H
#define PGSTD_VALUES_H

#include "take.h"

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

/*
 * How rows of one description are passed.  It never changes, and stays as long as the
 * conversion: rows point to its columns.
 */
typedef struct PgstdRowDesc
{
	uint64		id;				/* as the type cache has it; 0: known nowhere else */
	TupleDesc	desc;
	int			nfields;
	PgstdField *fields;
	PgstdColumn *columns;		/* NULL for a record */
	bool		complete;		/* every column has a field */
	bool		runs_code;		/* making a row may run other code */
} PgstdRowDesc;

/*
 * The functions of a type, with what they keep between calls.  It is for one call at a
 * time: another call, further in, has its own.
 */
typedef struct PgstdRoutines
{
	MemoryContext context;		/* of this and of what they keep */
	bool		busy;			/* in use, or left in the midst of a call by an error */
	FmgrInfo	output;			/* to text or binary; fn_oid is 0 until it is needed */
	FmgrInfo	input;
	Oid			ioparam;
	FmgrInfo	coerce;
	void	   *domain;			/* of domain_check */
} PgstdRoutines;

struct PgstdConv
{
	PgstdType	code;
	const uint8 *details;		/* of code; NULL: the values themselves say it */
	PgstdConvKind kind;
	Oid			type;
	int32		typmod;
	Oid			base;			/* type, or what a domain stands for */
	int32		base_typmod;
	int16		len;			/* of base */
	bool		byval;
	char		align;
	bool		is_row;			/* of base: composite, or record */
	bool		runs_code;		/* making a Datum may run other code */
	MemoryContext context;		/* holds this, and goes with it */
	Oid			coerce;			/* function to base_typmod; InvalidOid: there is none */
	PgstdRoutines *routines;	/* NULL until they are needed */
	PgstdConv  *element;		/* of an array */
	int			nfields;		/* of a record: what the world has named */
	PgstdField *fields;
	int32		record;			/* type modifier of a record that is to be made; -1: any */
	int			ndescs;			/* that have been met, by their id */
	int			max_descs;
	PgstdRowDesc **descs;
	PgstdRowDesc *last;			/* of these, or NULL */
};

/* values.c */
extern PgstdConv *pgstd_conv_make(PgstdType code, const uint8 **details, Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_natural(Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_record(PgstdType code, const uint8 **details, TupleDesc desc, MemoryContext parent);
extern Oid	pgstd_default_oid(PgstdType code);
extern PgstdType pgstd_natural_type(Oid type, PgstdType *element);
extern void pgstd_to_slot(PgstdConv *conv, Datum value, bool isnull, PgstdSlot *slot);
extern Datum pgstd_from_slot(PgstdConv *conv, const PgstdSlot *slot, bool *isnull);
extern void pgstd_take_for(PgstdTaking *taking, const PgstdConv *conv, bool runs_code, PgstdSlot *slot);
extern Datum pgstd_take_result(BackendWorld *bw, PgstdConv *conv, const PgstdSlot *result, bool *isnull);

/* details.c */
extern void pgstd_details_check(PgstdText signature, PgstdText details);
extern int	pgstd_details_count(const uint8 **details);
extern const uint8 *pgstd_skip_details(PgstdType code, const uint8 *details);

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

extern Datum pgstd_make_value(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot, bool *isnull);
extern Datum pgstd_finish_value(PgstdConv *conv, Datum value, bool isnull, bool coerce);
extern void pgstd_making_begin(PgstdMaking *making);
extern void pgstd_making_note(PgstdMaking *making, Oid type, uint64 id);
extern void pgstd_making_note_parts(PgstdMaking *making, Oid type);
extern void pgstd_making_end(const PgstdMaking *making);

/* assign.c */
extern Datum pgstd_assign_slot(PgstdMaking *making, PgstdType code, PgstdType element, const PgstdSlot *slot, Oid type,
							   int32 typmod, MemoryContext context, bool *isnull);

/* From this size on, values that are copied for a world are counted one by one. */
#define PGSTD_LARGE		(64 * 1024)

/* sql.c */
extern PgstdConv *pgstd_column_conv(Oid type, int32 typmod, MemoryContext context);
extern PgstdType pgstd_column_type(const PgstdConv *conv, Oid type);
extern void pgstd_put_value(PgstdSlot *slot, PgstdConv *conv, PgstdType type, Datum value, bool isnull);

extern void pgstd_copy_row(PgstdSQL *sql, TupleDesc desc, const Datum *values, const bool *nulls, MemoryContext context);

/* select.c */
extern bool pgstd_run_select(SPIPlanPtr plan, ParamListInfo params, bool read_only, PgstdSQL *sql,
							 MemoryContext context);

/* arrays.c */
extern bool pgstd_is_packed(const PgstdConv *element);
extern void pgstd_array_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_array_from_slot(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot);

/* rowdesc.c */
extern void pgstd_record_fields(PgstdConv *conv, const uint8 *details);
extern const PgstdRowDesc *pgstd_row_desc(PgstdConv *conv, Oid type, int32 typmod);
extern uint64 pgstd_row_id(Oid type, TupleDesc *desc);
extern bool pgstd_row_unchanged(Oid type, uint64 id);
extern const char *pgstd_row_name(const TupleDescData *desc);
extern bool pgstd_same_rows(TupleDesc made, TupleDesc wanted);

/* records.c */
extern void pgstd_row_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_row_from_slot(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot);
extern const PgstdRow *pgstd_row_of_tuple(const PgstdRowDesc *row_desc, HeapTuple tuple, TupleDesc desc);

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
	int			users;			/* that keep it between calls */
	bool		dropped;		/* and is to be freed when the last of them goes */
	bool		polymorphic;	/* made for the types of one call site */
	Oid			result_type;
	int			nargs;
	PgstdConv  *result;			/* NULL: void */
	PgstdConv **args;
	Oid		   *types;
} PgstdPlan;

extern void pgstd_drop_plans(PgstdSite *site);
extern PgstdPlan *pgstd_plan(PgstdSite *site, const PgstdFunction *function, FunctionCallInfo fcinfo);
extern void pgstd_outdate_plans(void);
extern void pgstd_plan_keep(PgstdPlan *plan);
extern void pgstd_plan_release(PgstdPlan *plan);

#endif							/* PGSTD_VALUES_H */
