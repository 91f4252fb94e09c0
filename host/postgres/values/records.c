/*-------------------------------------------------------------------------
 *
 * records.c
 *	  Composite values, as slots and back.
 *
 * A record has the fields that the world has named in its details: of an argument,
 * these are picked; of a result, they have to be all.  A row has all columns, and
 * says itself what they are.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"
#include "../base/text.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/*
 * The columns of a tuple, as slots of the fields of a row.  What these point to lies
 * in the current memory context or in the tuple.  There is room for all columns in
 * datums and nulls, which get them as they are.
 */
void
pgstd_slots_of_tuple(const PgstdRowDesc *row_desc, HeapTuple tuple, TupleDesc desc,
					 Datum *datums, bool *nulls, PgstdSlot *slots)
{
	heap_deform_tuple(tuple, desc, datums, nulls);
	for (int i = 0; i < row_desc->nfields; i++)
	{
		const PgstdField *field = &row_desc->fields[i];
		int			at = field->attnum - 1;

		pgstd_to_slot(field->conv, datums[at], nulls[at], &slots[i]);
	}
}

/*
 * The same as a row for a world.  It lies in the current memory context; its columns
 * are those of the conversion that row_desc is of.
 */
static PgstdRow *
row_of_tuple(const PgstdRowDesc *row_desc, HeapTuple tuple, TupleDesc desc)
{
	PgstdRow   *row = palloc(sizeof(PgstdRow) + sizeof(PgstdSlot) * row_desc->nfields);
	PgstdSlot  *slots = (PgstdSlot *) (row + 1);
	Datum	   *datums = palloc((sizeof(Datum) + sizeof(bool)) * Max(desc->natts, 1));

	pgstd_slots_of_tuple(row_desc, tuple, desc, datums, (bool *) (datums + desc->natts), slots);
	row->ncolumns = (uint64) row_desc->nfields;
	row->columns = row_desc->columns;
	row->values = slots;
	row->oid = 0;
	return row;
}

void
pgstd_row_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};
	const PgstdRowDesc *row_desc;
	PgstdRow   *row;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	ItemPointerSetInvalid(&tuple.t_self);
	row_desc = pgstd_row_desc(conv, HeapTupleHeaderGetTypeId(header), HeapTupleHeaderGetTypMod(header));
	row = row_of_tuple(row_desc, &tuple, row_desc->desc);
	if (HeapTupleHeaderGetTypeId(header) != RECORDOID)
		row->oid = HeapTupleHeaderGetTypeId(header);
	slot->word = conv->kind == PGSTD_CONV_ROW ? (uint64) row : (uint64) row->values;
	slot->size = sizeof(PgstdRow);
}

/* All columns that are not dropped have to have a field. */
pg_noreturn static void
incomplete(const PgstdRowDesc *row_desc)
{
	TupleDesc	desc = row_desc->desc;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		found = att->attisdropped;

		for (int k = 0; k < row_desc->nfields && !found; k++)
			found = row_desc->fields[k].attnum == att->attnum;
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of %s has no field in the Go result", NameStr(att->attname),
							pgstd_row_name(desc))));
	}
	elog(ERROR, "pgstd: a record lacks a field");
}

static HeapTuple
tuple_of_fields(PgstdMaking *making, const PgstdRowDesc *row_desc, const PgstdSlot *fields)
{
	TupleDesc	desc = row_desc->desc;
	Datum	   *values = palloc0(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(Max(desc->natts, 1));

	memset(nulls, true, Max(desc->natts, 1));
	for (int i = 0; i < row_desc->nfields; i++)
	{
		const PgstdField *field = &row_desc->fields[i];

		values[field->attnum - 1] = pgstd_make_value(making, field->conv, &fields[i], &nulls[field->attnum - 1]);
	}
	return heap_form_tuple(desc, values, nulls);
}

/* The column of that name; 0 if there is none. */
static int
find_column(TupleDesc desc, PgstdText name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		const char *attname = NameStr(att->attname);

		if (!att->attisdropped && strlen(attname) == name.size && memcmp(attname, name.data, name.size) == 0)
			return att->attnum;
	}
	return 0;
}

static bool
has_all(TupleDesc desc, const PgstdRow *row)
{
	for (uint64 i = 0; i < row->ncolumns; i++)
		if (find_column(desc, row->columns[i].name) == 0)
			return false;
	return true;
}

/*
 * A tuple of a row that a world has made, which has been taken.  Columns go by their
 * names; one that is not there is NULL, one that the description lacks is an error.
 * What is made on the way goes at once: rows in rows would otherwise need as much
 * again for each level.
 */
static HeapTuple
tuple_of_row(PgstdMaking *making, const PgstdRow *row, TupleDesc desc, bool by_position)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext temporary = AllocSetContextCreate(caller, "pgstd columns", ALLOCSET_SMALL_SIZES);
	Datum	   *values;
	bool	   *nulls;
	HeapTuple	tuple;

	MemoryContextSwitchTo(temporary);
	values = palloc0(sizeof(Datum) * Max(desc->natts, 1));
	nulls = palloc(Max(desc->natts, 1));
	memset(nulls, true, Max(desc->natts, 1));
	by_position = by_position && !has_all(desc, row) && row->ncolumns == (uint64) desc->natts;
	for (uint64 i = 0; i < row->ncolumns; i++)
	{
		const PgstdColumn *column = &row->columns[i];
		int			attnum = by_position ? (int) i + 1 : find_column(desc, column->name);
		Form_pg_attribute att;

		CHECK_FOR_INTERRUPTS();
		if (attnum == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("%s has no column \"%s\"", pgstd_row_name(desc), pgstd_cstring(column->name)),
					 desc->tdtypeid != RECORDOID ? 0 :
					 errdetail("The query asks for columns: %d. The row that Go code has made has columns: " UINT64_FORMAT ".", desc->natts, row->ncolumns),
					 desc->tdtypeid != RECORDOID ? 0 :
					 errhint("Columns go by their names; or by their places, where there are as many of them.")));
		att = TupleDescAttr(desc, attnum - 1);
		values[attnum - 1] = pgstd_assign_slot(making, (PgstdType) (column->type & 0xff),
											   (PgstdType) (column->type >> 8 & 0xff), &row->values[i],
											   NameStr(att->attname), att->atttypid, att->atttypmod, temporary, &nulls[attnum - 1]);
	}
	MemoryContextSwitchTo(caller);
	tuple = heap_form_tuple(desc, values, nulls);
	MemoryContextDelete(temporary);
	return tuple;
}

/* The SQL type of a column of a row that says itself what it is. */
static Oid
column_type(const PgstdColumn *column)
{
	PgstdType	code = (PgstdType) (column->type & 0xff);

	if (OidIsValid(column->oid))
	{
		char		kind = get_typtype(column->oid);

		/* Nothing can be a column of what is no type, or of a pseudo-type but these. */
		return (kind == '\0' || kind == TYPTYPE_PSEUDO) && column->oid != RECORDOID && column->oid != RECORDARRAYOID &&
			column->oid != UNKNOWNOID ?
			InvalidOid : column->oid;
	}
	if (code == PGSTD_ARRAY && (column->type >> 8 & 0xff) == PGSTD_ROW)
		return RECORDARRAYOID;
	if (code == PGSTD_ARRAY)
		return get_array_type(pgstd_default_oid((PgstdType) (column->type >> 8 & 0xff)));
	return code == PGSTD_ROW ? RECORDOID : pgstd_default_oid(code);
}

/* A description made of what a row says of itself. */
static TupleDesc
desc_of_row(const PgstdRow *row)
{
	TupleDesc	desc;

	if (row->ncolumns > MaxTupleAttributeNumber)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("a record of %llu columns is too wide", (unsigned long long) row->ncolumns),
				 errdetail("A row has at most %d columns.", MaxTupleAttributeNumber)));
	desc = CreateTemplateTupleDesc((int) row->ncolumns);
	for (int i = 0; i < desc->natts; i++)
	{
		const PgstdColumn *column = &row->columns[i];
		Oid			type = column_type(column);

		if (!OidIsValid(type))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("column %d of the record has no SQL type", i + 1)));
		TupleDescInitEntry(desc, (AttrNumber) (i + 1), pgstd_cstring(column->name), type, -1, 0);
	}
	TupleDescFinalize(desc);
	return BlessTupleDesc(desc);
}

/* A row of a slot that has been taken. */
Datum
pgstd_row_from_slot(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot)
{
	const PgstdRowDesc *row_desc = NULL;
	HeapTuple	tuple;

	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (conv->base != RECORDOID)
	{
		row_desc = pgstd_row_desc(conv, conv->base, -1);
		pgstd_making_note(making, conv->base, row_desc->id);
	}
	else if (conv->record >= 0)
		row_desc = pgstd_row_desc(conv, RECORDOID, conv->record);
	else if (conv->kind != PGSTD_CONV_ROW)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a Go struct cannot be returned as a record without a type"),
				 errhint("Declare the function with a composite type, or with OUT parameters.")));
	if (conv->kind == PGSTD_CONV_RECORD)
	{
		if (!row_desc->complete)
			incomplete(row_desc);
		tuple = tuple_of_fields(making, row_desc, (const PgstdSlot *) slot->word);
	}
	else
	{
		const PgstdRow *row = (const PgstdRow *) slot->word;

		tuple = tuple_of_row(making, row, row_desc != NULL ? row_desc->desc : desc_of_row(row), conv->by_position);
	}
	return HeapTupleGetDatum(tuple);
}
