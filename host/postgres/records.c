/*-------------------------------------------------------------------------
 *
 * records.c
 *	  Composite values, as slots and back.
 *
 * A record has the fields that the world has named in its details: of an argument,
 * these are picked; of a result, they have to be all.  A row has all columns, and
 * says itself what they are.
 *
 * What is known of a composite type is looked up anew whenever its definition
 * has changed.  Dropped columns are neither shown nor asked for.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "access/htup_details.h"
#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* Reads the fields of a record out of its details. */
void
pgstd_record_fields(PgstdConv *conv, const uint8 *details)
{
	conv->nfields = *details++;
	conv->fields = MemoryContextAllocZero(conv->context, sizeof(PgstdField) * Max(conv->nfields, 1));
	for (int i = 0; i < conv->nfields; i++)
	{
		PgstdField *field = &conv->fields[i];
		int			size = *details++;

		if (size > 0)
		{
			field->name = MemoryContextAllocZero(conv->context, size + 1);
			memcpy(field->name, details, size);
		}
		details += size;
		field->code = (PgstdType) *details++;
		field->details = details;
		details = pgstd_skip_details(field->code, details);
	}
}

static const char *
row_name(const TupleDescData *desc)
{
	return desc->tdtypeid == RECORDOID ? "the record" : format_type_be(desc->tdtypeid);
}

/* The column of a field; 0 if there is none. */
static int
find_column(TupleDesc desc, const char *name)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (!att->attisdropped && strcmp(NameStr(att->attname), name) == 0)
			return att->attnum;
	}
	return 0;
}

/* Gives every field of a record its column, and makes the conversions. */
static void
match_fields(PgstdConv *conv, TupleDesc desc)
{
	int			position = 0;

	for (int i = 0; i < conv->nfields; i++)
	{
		PgstdField *field = &conv->fields[i];
		const uint8 *details = field->details;
		Form_pg_attribute att;

		if (field->name != NULL)
			field->attnum = find_column(desc, field->name);
		else
		{
			while (position < desc->natts && TupleDescAttr(desc, position)->attisdropped)
				position++;
			field->attnum = position < desc->natts ? ++position : 0;
		}
		if (field->attnum == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 field->name != NULL ?
					 errmsg("%s has no column \"%s\", which the Go struct has a field for", row_name(desc), field->name) :
					 errmsg("%s has fewer columns than the Go function has results", row_name(desc))));
		att = TupleDescAttr(desc, field->attnum - 1);
		field->conv = pgstd_conv_make(field->code, &details, att->atttypid, att->atttypmod, conv->desc_context);
	}
}

/* A row has a field for each column. */
static void
describe_columns(PgstdConv *conv, TupleDesc desc)
{
	MemoryContext caller = MemoryContextSwitchTo(conv->desc_context);

	conv->fields = palloc0(sizeof(PgstdField) * Max(desc->natts, 1));
	conv->columns = palloc0(sizeof(PgstdColumn) * Max(desc->natts, 1));
	conv->nfields = 0;
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		PgstdField *field = &conv->fields[conv->nfields];
		PgstdColumn *column = &conv->columns[conv->nfields];
		PgstdType	element;

		if (att->attisdropped)
			continue;
		field->name = pstrdup(NameStr(att->attname));
		field->attnum = att->attnum;
		field->code = pgstd_natural_type(att->atttypid, &element);
		field->conv = pgstd_conv_natural(att->atttypid, att->atttypmod, conv->desc_context);
		column->name.data = field->name;
		column->name.size = strlen(field->name);
		column->oid = att->atttypid;
		column->type = field->code | (uint32) element << 8;
		conv->nfields++;
	}
	MemoryContextSwitchTo(caller);
}

/* Makes a conversion fit a description. */
static void
use_desc(PgstdConv *conv, TupleDesc desc, uint64 id)
{
	if (conv->desc_context != NULL && (id != 0 ? conv->desc_id == id : conv->desc == desc))
		return;
	conv->desc_id = 0;
	if (conv->desc_context == NULL)
		conv->desc_context = AllocSetContextCreate(conv->context, "pgstd row", ALLOCSET_SMALL_SIZES);
	else
		MemoryContextReset(conv->desc_context);
	if (conv->kind == PGSTD_CONV_RECORD)
		match_fields(conv, desc);
	else
		describe_columns(conv, desc);
	conv->desc_id = id;
}

/* pgstd_row_of_tuple for a tuple of the description that was used last. */
const PgstdRow *
pgstd_row_of_known(PgstdConv *conv, HeapTuple tuple, TupleDesc desc)
{
	PgstdRow   *row = palloc(sizeof(PgstdRow));
	PgstdSlot  *values = palloc(sizeof(PgstdSlot) * Max(conv->nfields, 1));
	Datum	   *datums = palloc(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(desc->natts, 1));

	heap_deform_tuple(tuple, desc, datums, nulls);
	for (int i = 0; i < conv->nfields; i++)
	{
		int			at = conv->fields[i].attnum - 1;

		pgstd_to_slot(conv->fields[i].conv, datums[at], nulls[at], &values[i]);
	}
	row->ncolumns = (uint64) conv->nfields;
	row->columns = conv->columns;
	row->values = values;
	return row;
}

/*
 * The columns of a tuple, as a row for a world.  It lies in the current memory
 * context; what it points to lies there, in the tuple or in the conversion.
 */
const PgstdRow *
pgstd_row_of_tuple(PgstdConv *conv, HeapTuple tuple, TupleDesc desc)
{
	use_desc(conv, desc, desc->tdtypeid == RECORDOID && desc->tdtypmod < 0 ? 0 :
			 assign_record_type_identifier(desc->tdtypeid, desc->tdtypmod));
	return pgstd_row_of_known(conv, tuple, desc);
}

void
pgstd_row_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
{
	HeapTupleHeader header = DatumGetHeapTupleHeader(value);
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(header),
											  HeapTupleHeaderGetTypMod(header));
	HeapTupleData tuple = {.t_len = HeapTupleHeaderGetDatumLength(header), .t_data = header};
	const PgstdRow *row;

	check_stack_depth();
	ItemPointerSetInvalid(&tuple.t_self);
	row = pgstd_row_of_tuple(conv, &tuple, desc);
	slot->word = conv->kind == PGSTD_CONV_ROW ? (uint64) row : (uint64) row->values;
	slot->size = sizeof(PgstdRow);
	ReleaseTupleDesc(desc);
}

/* All columns that are not dropped have to have a field. */
static void
check_complete(const PgstdConv *conv, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		bool		found = att->attisdropped;

		for (int k = 0; k < conv->nfields && !found; k++)
			found = conv->fields[k].attnum == att->attnum;
		if (!found)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of %s has no field in the Go result", NameStr(att->attname), row_name(desc))));
	}
}

/*
 * A tuple of a row that a world has made.  Columns go by their names; one that is
 * not there is NULL, one that the description lacks is an error.
 */
HeapTuple
pgstd_tuple_of_row(PgstdConv *conv, const PgstdRow *row, TupleDesc desc)
{
	Datum	   *values = palloc0(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(Max(desc->natts, 1));
	MemoryContext temporary = AllocSetContextCreate(CurrentMemoryContext, "pgstd columns", ALLOCSET_SMALL_SIZES);
	HeapTuple	tuple;

	memset(nulls, true, Max(desc->natts, 1));
	for (uint64 i = 0; i < row->ncolumns; i++)
	{
		const PgstdColumn *column = &row->columns[i];
		char	   *name = pgstd_cstring(column->name);
		int			attnum = find_column(desc, name);
		Form_pg_attribute att;

		if (attnum == 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("%s has no column \"%s\"", row_name(desc), name)));
		att = TupleDescAttr(desc, attnum - 1);
		values[attnum - 1] = pgstd_assign_slot((PgstdType) (column->type & 0xff), (PgstdType) (column->type >> 8 & 0xff),
											   &row->values[i], att->atttypid, att->atttypmod, temporary,
											   &nulls[attnum - 1]);
	}
	tuple = heap_form_tuple(desc, values, nulls);
	MemoryContextDelete(temporary);
	return tuple;
}

static HeapTuple
tuple_of_fields(PgstdConv *conv, const PgstdSlot *fields, TupleDesc desc)
{
	Datum	   *values = palloc0(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(Max(desc->natts, 1));

	memset(nulls, true, Max(desc->natts, 1));
	for (int i = 0; i < conv->nfields; i++)
	{
		int			at = conv->fields[i].attnum - 1;

		values[at] = pgstd_from_slot(conv->fields[i].conv, &fields[i], &nulls[at]);
	}
	return heap_form_tuple(desc, values, nulls);
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
		PgstdType	code = (PgstdType) (column->type & 0xff);
		Oid			type = column->oid;

		if (!OidIsValid(type) && code == PGSTD_ARRAY)
			type = get_array_type(pgstd_default_oid((PgstdType) (column->type >> 8 & 0xff)));
		else if (!OidIsValid(type))
			type = code == PGSTD_ROW ? RECORDOID : pgstd_default_oid(code);
		if (!OidIsValid(type))
			ereport(ERROR,
					(errcode(ERRCODE_INDETERMINATE_DATATYPE),
					 errmsg("column %d of the record has no SQL type", i + 1)));
		TupleDescInitEntry(desc, (AttrNumber) (i + 1), pgstd_cstring(column->name), type, -1, 0);
	}
	TupleDescFinalize(desc);
	return BlessTupleDesc(desc);
}

Datum
pgstd_row_from_slot(PgstdConv *conv, const PgstdSlot *slot)
{
	TupleDesc	desc;
	HeapTuple	tuple;
	Datum		value;
	bool		looked_up = false;

	check_stack_depth();
	if (conv->desc != NULL)
		desc = conv->desc;
	else if (conv->base != RECORDOID)
	{
		desc = lookup_rowtype_tupdesc(conv->base, -1);
		looked_up = true;
	}
	else if (conv->kind == PGSTD_CONV_ROW)
		desc = desc_of_row((const PgstdRow *) slot->word);
	else
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a Go struct cannot be returned as a record without a type"),
				 errhint("Declare the function with a composite type, or with OUT parameters.")));
	if (conv->kind == PGSTD_CONV_RECORD)
	{
		use_desc(conv, desc, desc->tdtypeid == RECORDOID ? 0 : assign_record_type_identifier(desc->tdtypeid, desc->tdtypmod));
		check_complete(conv, desc);
		tuple = tuple_of_fields(conv, (const PgstdSlot *) slot->word, desc);
	}
	else
		tuple = pgstd_tuple_of_row(conv, (const PgstdRow *) slot->word, desc);
	value = HeapTupleGetDatum(tuple);
	if (looked_up)
		ReleaseTupleDesc(desc);
	return value;
}
