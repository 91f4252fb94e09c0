/*-------------------------------------------------------------------------
 *
 * values.c
 *	  Single values, as slots and back; what has parts is in arrays.c and records.c.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "../base/text.h"

#include "catalog/pg_type.h"
#include "common/int.h"
#include "utils/date.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* A value that says itself of what type it is. */
static void
any_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
{
	PgstdRow   *row = palloc(sizeof(PgstdRow) + sizeof(PgstdSlot));
	PgstdSlot  *one = (PgstdSlot *) (row + 1);

	pgstd_to_slot(conv->element, value, false, one);
	*row = (PgstdRow) {.ncolumns = 1, .columns = conv->column, .values = one};
	slot->word = (uint64) row;
	slot->size = sizeof(PgstdRow);
}

/*
 * Makes a slot of a Datum.  What it points to lies in the Datum, or in the
 * current memory context.
 */
void
pgstd_to_slot(PgstdConv *conv, Datum value, bool isnull, PgstdSlot *slot)
{
	slot->word = 0;
	slot->size = 0;
	slot->flags = isnull ? PGSTD_SLOT_NULL : 0;
	if (isnull)
		return;
	switch (conv->kind)
	{
		case PGSTD_CONV_WORD:
			slot->word = (uint64) value;
			break;
		case PGSTD_CONV_VARLENA:
			{
				struct varlena *bytes = PG_DETOAST_DATUM_PACKED(value);

				slot->word = (uint64) VARDATA_ANY(bytes);
				slot->size = (uint32) VARSIZE_ANY_EXHDR(bytes);
			}
			break;
		case PGSTD_CONV_FIXED:
			slot->word = (uint64) DatumGetPointer(value);
			slot->size = (uint32) conv->len;
			break;
		case PGSTD_CONV_TEXT:
			pgstd_text_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_BINARY:
			if (conv->base == NUMERICOID)
				pgstd_numeric_to_slot(value, slot);
			else
				pgstd_binary_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_WHOLE:
			pgstd_whole_to_slot(value, slot);
			break;
		case PGSTD_CONV_ARRAY:
			pgstd_array_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_RECORD:
		case PGSTD_CONV_ROW:
			pgstd_row_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_ANY:
			any_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_CLOCK:
			elog(ERROR, "pgstd: what a clock shows is for values of the world");
	}
}

/*
 * What the clock of a moment shows.  One that says nothing of its zone has come from SQL, where it is the
 * session's.
 */
static Datum
clock_from_slot(const PgstdConv *conv, const PgstdSlot *slot)
{
	Timestamp	shown = (Timestamp) slot->word;
	bool		is_date = conv->base == DATEOID;

	if (!(slot->flags & PGSTD_SLOT_CLOCK) || TIMESTAMP_NOT_FINITE(shown))
		return DirectFunctionCall1(is_date ? timestamptz_date : timestamptz_timestamp, TimestampTzGetDatum(shown));
	if (pg_add_s64_overflow(shown, (int64) (int32) slot->size * USECS_PER_SEC, &shown) || !IS_VALID_TIMESTAMP(shown))
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	return is_date ? DirectFunctionCall1(timestamp_date, TimestampGetDatum(shown)) : TimestampGetDatum(shown);
}

static Datum
copy_fixed(const PgstdConv *conv, const PgstdSlot *slot)
{
	char	   *value = palloc(conv->len);

	if (slot->size != (uint32) conv->len)
		elog(ERROR, "pgstd: value of %u bytes for a type of %d", slot->size, conv->len);
	memcpy(value, (const void *) slot->word, conv->len);
	return PointerGetDatum(value);
}

/* pgstd_from_slot for a value that is part of another one. */
Datum
pgstd_make_value(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot, bool *isnull)
{
	Datum		value = (Datum) 0;

	*isnull = (slot->flags & PGSTD_SLOT_NULL) != 0;
	if (!*isnull)
	{
		/* Its own functions may run code, too, once they know what the type is. */
		if (unlikely(conv->runs_code) && (conv->kind == PGSTD_CONV_TEXT || conv->kind == PGSTD_CONV_BINARY))
			pgstd_making_note_parts(making, conv->base);
		switch (conv->kind)
		{
			case PGSTD_CONV_WORD:
				value = (Datum) slot->word;
				break;
			case PGSTD_CONV_VARLENA:
				value = PointerGetDatum(pgstd_varlena((const void *) slot->word, slot->size));
				break;
			case PGSTD_CONV_FIXED:
				value = copy_fixed(conv, slot);
				break;
			case PGSTD_CONV_TEXT:
				value = pgstd_text_input(conv, slot);
				break;
			case PGSTD_CONV_BINARY:
				if (conv->base != NUMERICOID || conv->base_typmod >= 0 || !pgstd_numeric_from_slot(slot, &value))
					value = pgstd_binary_input(conv, slot);
				break;
			case PGSTD_CONV_WHOLE:
				value = pgstd_whole_from_slot(slot);
				break;
			case PGSTD_CONV_ARRAY:
				value = pgstd_array_from_slot(making, conv, slot);
				break;
			case PGSTD_CONV_RECORD:
			case PGSTD_CONV_ROW:
				value = pgstd_row_from_slot(making, conv, slot);
				break;
			case PGSTD_CONV_CLOCK:
				value = clock_from_slot(conv, slot);
				break;
			case PGSTD_CONV_ANY:
				elog(ERROR, "pgstd: only an argument is of any type");
		}
	}
	/* Input functions see to the length or precision themselves. */
	return pgstd_finish_value(conv, value, *isnull, conv->kind != PGSTD_CONV_TEXT && conv->kind != PGSTD_CONV_BINARY);
}

/*
 * Makes a Datum of a slot, in the current memory context.  It has the type's
 * length or precision, and satisfies the constraints of a domain.
 *
 * What the slot points to is the host's own, or has been left in the world by
 * pgstd_take_for, just now.
 */
Datum
pgstd_from_slot(PgstdConv *conv, const PgstdSlot *slot, bool *isnull)
{
	PgstdMaking making;
	Datum		value;

	pgstd_making_begin(&making);
	value = pgstd_make_value(&making, conv, slot, isnull);
	if (unlikely(making.n > 0))
		pgstd_making_end(&making);
	return value;
}
