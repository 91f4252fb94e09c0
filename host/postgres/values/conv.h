/*-------------------------------------------------------------------------
 *
 * conv.h
 *	  How values of one SQL type are passed.
 *
 * A conversion (PgstdConv) knows how values of one SQL type are passed as one
 * PgstdType.  Making one takes look-ups in the catalog; using one does not,
 * except for rows, whose type may have been altered since.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CONV_H
#define PGSTD_CONV_H

#include "../backend.h"

#include "access/htup_details.h"
#include "funcapi.h"

typedef struct PgstdConv PgstdConv;

typedef enum PgstdConvKind
{
	PGSTD_CONV_WORD,			/* the Datum is the word */
	PGSTD_CONV_VARLENA,			/* the payload of a varlena */
	PGSTD_CONV_FIXED,			/* the payload of a type of fixed length */
	PGSTD_CONV_TEXT,			/* through the type's text form */
	PGSTD_CONV_BINARY,			/* through the type's binary form */
	PGSTD_CONV_CLOCK,			/* a date or a timestamp: what the clock of a moment shows */
	PGSTD_CONV_WHOLE,			/* a numeric: an int64, or its text */
	PGSTD_CONV_ARRAY,
	PGSTD_CONV_RECORD,			/* fields that the world has named */
	PGSTD_CONV_ROW,				/* all columns, with their names */
	PGSTD_CONV_ANY				/* an argument that says what it is */
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
	PgstdConv  *element;		/* of an array; of PGSTD_CONV_ANY, how the value itself is passed */
	PgstdColumn *column;		/* of PGSTD_CONV_ANY: what the world is told of the type */
	int			nfields;		/* of a record: what the world has named */
	PgstdField *fields;
	int32		record;			/* type modifier of a record that is to be made; -1: any */
	bool		by_position;	/* its columns, where names do not fit */
	int			ndescs;			/* that have been met, by their id */
	int			max_descs;
	PgstdRowDesc **descs;
	PgstdRowDesc *last;			/* of these, or NULL */
};

/* conv.c */
extern PgstdConv *pgstd_conv_make(PgstdType code, const uint8 **details, Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_clock(PgstdType code, PgstdType element, Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_natural(Oid type, int32 typmod, MemoryContext parent);
extern PgstdConv *pgstd_conv_record(PgstdType code, const uint8 **details, TupleDesc desc, MemoryContext parent);
extern Oid	pgstd_default_oid(PgstdType code);
extern const char *pgstd_type_words(PgstdType code);
extern bool (*pgstd_own_type) (PgstdType code, Oid type);
extern PgstdType pgstd_simple_type(Oid type);
extern PgstdType pgstd_natural_type(Oid type, PgstdType *element);
extern bool pgstd_is_packed(const PgstdConv *element);

/* details.c */
extern void pgstd_details_check(PgstdText signature, PgstdText details);
extern int	pgstd_details_count(const uint8 **details);
extern const uint8 *pgstd_skip_details(PgstdType code, const uint8 *details);

/* rowdesc.c */
extern const PgstdRowDesc *pgstd_row_desc(PgstdConv *conv, Oid type, int32 typmod);
extern uint64 pgstd_row_id(Oid type, TupleDesc *desc);
extern bool pgstd_row_unchanged(Oid type, uint64 id);
extern const char *pgstd_row_name(const TupleDescData *desc);
extern bool pgstd_same_rows(TupleDesc made, TupleDesc wanted);

/* routines.c */
extern void pgstd_text_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern void pgstd_binary_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot);
extern Datum pgstd_text_input(PgstdConv *conv, const PgstdSlot *slot);
extern Datum pgstd_binary_input(PgstdConv *conv, const PgstdSlot *slot);
extern Datum pgstd_finish_value(PgstdConv *conv, Datum value, bool isnull, bool coerce);

#endif							/* PGSTD_CONV_H */
