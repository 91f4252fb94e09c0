/*-------------------------------------------------------------------------
 *
 * take.c
 *	  What a world has passed out: checked, counted and copied, once.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"
#include "../base/limits.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

/*
 * Records in records, and arrays in these.  What is made of a value is copied once
 * for each level.
 */
#define MAX_DEPTH	1000

/* What a piece of memory takes besides its content. */
#define PIECE		32

/* Begins with a result, a list of parameters, or whatever else counts as one. */
void
pgstd_take_begin(PgstdTaking *taking, BackendWorld *bw)
{
	taking->world = &bw->world;
	taking->bytes = 0;
	taking->limit = bw->world.memory_limit;
	taking->depth = 0;
}

void
pgstd_take_refuse(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
			 errmsg("Go code has passed out a value that does not lie in its memory")));
}

/* Raises unless a text that has been taken is one: in a cell, nobody else has looked. */
void
pgstd_take_verify(const PgstdTaking *taking, const char *text, uint64 size)
{
	if (taking->world->apart && size > 0)
		(void) pg_verifymbstr(text, (int) size, false);
}

/* So much more is taken. */
void
pgstd_take_count(PgstdTaking *taking, uint64 count, uint64 size)
{
	uint64		left = taking->limit - taking->bytes;

	if (size > 0 && count > left / size)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory: values of Go code take more than its limit of %s", pgstd_show_bytes(taking->limit)),
				 errdetail("What several values share counts for each of them."),
				 errhint("Return or pass less at a time, or increase the configuration parameter \"pgstd.max_memory\".")));
	taking->bytes += count * size;
}

/* Copies an array of a world's into the current memory context.  A NUL is behind it. */
void *
pgstd_take_items(PgstdTaking *taking, const void *addr, uint64 count, uint64 size)
{
	char	   *copy;

	pgstd_take_count(taking, count, size);
	pgstd_take_count(taking, 1, PIECE);
	size *= count;
	pgstd_take_check(taking, addr, size);
	copy = MemoryContextAllocHuge(CurrentMemoryContext, size + 1);
	memcpy(copy, addr, size);
	copy[size] = '\0';
	return copy;
}

void *
pgstd_take_bytes(PgstdTaking *taking, const void *addr, uint64 size)
{
	return pgstd_take_items(taking, addr, size, 1);
}

PgstdText
pgstd_take_text(PgstdTaking *taking, PgstdText text)
{
	text.data = pgstd_take_bytes(taking, text.data, text.size);
	pgstd_take_verify(taking, text.data, text.size);
	return text;
}

/*
 * A word as PostgreSQL has it.  Go code of a world in the backend leaves nothing else; one
 * in a cell may have left anything in the rest of it.
 */
uint64
pgstd_clean_word(PgstdType code, uint64 word)
{
	switch (code)
	{
		case PGSTD_BOOL:
			return BoolGetDatum((word & 0xff) != 0);
		case PGSTD_INT2:
			return Int16GetDatum((int16) word);
		case PGSTD_INT4:
		case PGSTD_FLOAT4:
		case PGSTD_DATE:
			return Int32GetDatum((int32) word);
		case PGSTD_OID:
			return ObjectIdGetDatum((Oid) word);
		case PGSTD_TIME:
			return Min(word, (uint64) USECS_PER_DAY);
		default:
			return word;
	}
}

/* The same for elements that lie side by side: of these types, not all that the bytes can be is a value. */
static void
clean_elements(PgstdType type, void *elements, uint64 n, uint32 width)
{
	if (type == PGSTD_BOOL && width == sizeof(bool))
	{
		uint8	   *all = elements;

		for (uint64 i = 0; i < n; i++)
			all[i] = (uint8) pgstd_clean_word(type, all[i]);
	}
	else if (type == PGSTD_TIME && width == sizeof(uint64))
	{
		uint64	   *all = elements;

		for (uint64 i = 0; i < n; i++)
			all[i] = pgstd_clean_word(type, all[i]);
	}
}

/*
 * Takes an array.  What its elements are is noted in the copy: pgstd_array_from_slot
 * reads them as nothing else.  Details are those of an element; NULL: there are none.
 */
static void
take_array(PgstdTaking *taking, PgstdType element, const uint8 *details, PgstdSlot *slot)
{
	PgstdArray *array = pgstd_take_bytes(taking, (const void *) slot->word, sizeof(PgstdArray));
	PgstdSlot  *slots;

	slot->word = (uint64) array;
	array->element = element;
	if (array->width != 0)
	{
		void	   *elements = pgstd_take_items(taking, array->elements, array->nelements, array->width);

		if (taking->world->apart)
			clean_elements(element, elements, array->nelements, array->width);
		array->elements = elements;
		return;
	}
	array->elements = slots = pgstd_take_items(taking, array->elements, array->nelements, sizeof(PgstdSlot));
	for (uint64 i = 0; i < array->nelements; i++)
		if (details != NULL)
			pgstd_take_slot(taking, element, details, &slots[i]);
		else
			pgstd_take_value(taking, element, PGSTD_VOID, &slots[i]);
}

static void
take_record(PgstdTaking *taking, const uint8 *details, PgstdSlot *slot)
{
	int			nfields = pgstd_details_count(&details);
	PgstdSlot  *fields = pgstd_take_items(taking, (const void *) slot->word, (uint64) nfields, sizeof(PgstdSlot));

	slot->word = (uint64) fields;
	for (int i = 0; i < nfields; i++)
	{
		PgstdType	type;

		details += 1 + *details;
		type = (PgstdType) *details++;
		pgstd_take_slot(taking, type, details, &fields[i]);
		details = pgstd_skip_details(type, details);
	}
}

static void
take_row(PgstdTaking *taking, PgstdSlot *slot)
{
	PgstdRow   *row = pgstd_take_bytes(taking, (const void *) slot->word, sizeof(PgstdRow));
	PgstdColumn *columns = pgstd_take_items(taking, row->columns, row->ncolumns, sizeof(PgstdColumn));
	PgstdSlot  *values = pgstd_take_items(taking, row->values, row->ncolumns, sizeof(PgstdSlot));

	for (uint64 i = 0; i < row->ncolumns; i++)
	{
		columns[i].name = pgstd_take_text(taking, columns[i].name);
		pgstd_take_value(taking, (PgstdType) (columns[i].type & 0xff),
						 (PgstdType) (columns[i].type >> 8 & 0xff), &values[i]);
	}
	row->columns = columns;
	row->values = values;
	slot->word = (uint64) row;
}

/* A value in values begins. */
static void
descend(PgstdTaking *taking)
{
	check_stack_depth();
	CHECK_FOR_INTERRUPTS();
	if (++taking->depth > MAX_DEPTH)
		ereport(ERROR,
				(errcode(ERRCODE_STATEMENT_TOO_COMPLEX),
				 errmsg("values of Go code are nested too deeply"),
				 errdetail("The limit is %d levels.", MAX_DEPTH)));
}

/*
 * Takes what a slot points to, as deep as it goes; the slot itself has been taken.
 * The details are those of its type, which have been checked, and come from the
 * host's memory.
 */
void
pgstd_take_slot(PgstdTaking *taking, PgstdType code, const uint8 *details, PgstdSlot *slot)
{
	if ((code != PGSTD_ARRAY && code != PGSTD_RECORD) || (slot->flags & PGSTD_SLOT_NULL))
	{
		pgstd_take_value(taking, code, PGSTD_VOID, slot);
		return;
	}
	descend(taking);
	if (code == PGSTD_ARRAY)
		take_array(taking, (PgstdType) details[0], details + 1, slot);
	else
		take_record(taking, details, slot);
	taking->depth--;
}

/*
 * The same for a value without details: what its elements are is said beside an
 * array, or, if that is PGSTD_VOID, in it.
 */
void
pgstd_take_value(PgstdTaking *taking, PgstdType code, PgstdType element, PgstdSlot *slot)
{
	if (slot->flags & PGSTD_SLOT_NULL)
		return;
	switch (code)
	{
		case PGSTD_WHOLE:
			if (!(slot->flags & PGSTD_SLOT_TEXT))
				break;
			/* FALLTHROUGH */
		case PGSTD_TEXT:
		case PGSTD_BYTEA:
		case PGSTD_UUID:
		case PGSTD_INTERVAL:
		case PGSTD_BINARY:
			slot->word = (uint64) pgstd_take_bytes(taking, (const void *) slot->word, slot->size);
			if (code == PGSTD_TEXT || ((code == PGSTD_BINARY || code == PGSTD_WHOLE) && (slot->flags & PGSTD_SLOT_TEXT)))
				pgstd_take_verify(taking, (const void *) slot->word, slot->size);
			break;
		case PGSTD_ARRAY:
			descend(taking);
			if (element == PGSTD_VOID)
			{
				pgstd_take_check(taking, (const void *) slot->word, sizeof(PgstdArray));
				element = (PgstdType) ((const PgstdArray *) slot->word)->element;
			}
			take_array(taking, element, NULL, slot);
			taking->depth--;
			break;
		case PGSTD_ROW:
			descend(taking);
			take_row(taking, slot);
			taking->depth--;
			break;
		case PGSTD_RECORD:
			pgstd_take_refuse();
		default:
			if (taking->world->apart)
				slot->word = pgstd_clean_word(code, slot->word);
			break;
	}
}

/*
 * Takes what a conversion needs of a value.  Where no code can run, of this one or of
 * others that are made together with it, what is only to be copied stays in the world
 * after it has been checked.
 */
void
pgstd_take_for(PgstdTaking *taking, const PgstdConv *conv, bool runs_code, PgstdSlot *slot)
{
	if (slot->flags & PGSTD_SLOT_NULL)
		return;
	/* The cell goes on while the host looks. */
	runs_code |= taking->world->apart;
	if (conv->kind == PGSTD_CONV_WORD)
	{
		if (taking->world->apart)
			slot->word = pgstd_clean_word(conv->code, slot->word);
		return;
	}
	if (conv->kind == PGSTD_CONV_WHOLE && !(slot->flags & PGSTD_SLOT_TEXT))
		return;
	if (!runs_code && (conv->kind == PGSTD_CONV_VARLENA || conv->kind == PGSTD_CONV_FIXED || conv->kind == PGSTD_CONV_BINARY))
	{
		pgstd_take_count(taking, slot->size, 1);
		pgstd_take_check(taking, (const void *) slot->word, slot->size);
		return;
	}
	if (!runs_code && conv->kind == PGSTD_CONV_ARRAY && pgstd_is_packed(conv->element))
	{
		PgstdArray *array = pgstd_take_bytes(taking, (const void *) slot->word, sizeof(PgstdArray));

		slot->word = (uint64) array;
		array->element = conv->element->code;
		if (array->width != 0)
		{
			pgstd_take_count(taking, array->nelements, array->width);
			pgstd_take_check(taking, array->elements, array->nelements * array->width);
		}
		else
			array->elements = pgstd_take_items(taking, array->elements, array->nelements, sizeof(PgstdSlot));
		if (array->width != 0 || conv->element->kind == PGSTD_CONV_WORD)
			return;
		for (uint64 i = 0; i < array->nelements; i++)
			pgstd_take_value(taking, conv->element->code, PGSTD_VOID, &((PgstdSlot *) array->elements)[i]);
		return;
	}
	if (conv->details != NULL)
		pgstd_take_slot(taking, conv->code, conv->details, slot);
	else
		pgstd_take_value(taking, conv->code, conv->element != NULL ? conv->element->code : PGSTD_VOID, slot);
}

/* Makes the result of a call. */
Datum
pgstd_take_result(BackendWorld *bw, PgstdConv *conv, const PgstdSlot *result, bool *isnull)
{
	PgstdSlot	slot = *result;
	PgstdTaking taking;

	pgstd_take_begin(&taking, bw);
	pgstd_take_for(&taking, conv, conv->runs_code, &slot);
	return pgstd_from_slot(conv, &slot, isnull);
}
