/*-------------------------------------------------------------------------
 *
 * columns.c
 *	  The columns of rows that a world reads.
 *
 *-------------------------------------------------------------------------
 */
#include "sql.h"
#include "../base/limits.h"
#include "../base/text.h"

#include "catalog/pg_type.h"
#include "utils/datum.h"
#include "utils/memutils.h"

/* How a column is handed over: NULL if its type is one of the simple ones. */
PgstdConv *
pgstd_column_conv(Oid type, int32 typmod, MemoryContext context)
{
	return pgstd_simple_type(type) != PGSTD_VOID ? NULL : pgstd_conv_natural(type, typmod, context);
}

PgstdType
pgstd_column_type(const PgstdConv *conv, Oid type)
{
	return conv != NULL ? conv->code : pgstd_simple_type(type);
}

/* Copies the value of a column into the current memory context. */
void
pgstd_put_value(PgstdSlot *slot, PgstdConv *conv, PgstdType type, Datum value, bool isnull)
{
	memset(slot, 0, sizeof(*slot));
	if (isnull)
		slot->flags = PGSTD_SLOT_NULL;
	else if (conv != NULL)
	{
		/* What a slot points to may lie in the value: it has to stay. */
		if (!conv->byval && conv->kind != PGSTD_CONV_TEXT && conv->kind != PGSTD_CONV_BINARY)
			value = conv->len == -1 ? PointerGetDatum(PG_DETOAST_DATUM_COPY(value)) :
				datumCopy(value, false, conv->len);
		pgstd_to_slot(conv, value, false, slot);
	}
	else if (type == PGSTD_TEXT || type == PGSTD_BYTEA)
	{
		struct varlena *bytes = PG_DETOAST_DATUM_COPY(value);

		slot->word = (uint64) VARDATA_ANY(bytes);
		slot->size = (uint32) VARSIZE_ANY_EXHDR(bytes);
	}
	else
		slot->word = (uint64) value;
}

/* A row that a world reads may take as much as a world. */
static void
check_answer(MemoryContext context)
{
	uint64		limit = (uint64) pgstd_limits->max_memory * 1024;

	if (MemoryContextMemAllocated(context, true) > limit)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory: a row that Go code reads takes more than its limit of %s", pgstd_show_bytes(limit)),
				 errhint("Read smaller rows, or increase the configuration parameter \"pgstd.max_memory\".")));
}

/* Makes a row the answer. */
void
pgstd_copy_row(PgstdSQL *sql, TupleDesc desc, const Datum *values, const bool *nulls, MemoryContext context)
{
	MemoryContext caller = MemoryContextSwitchTo(context);
	int			n = Max(desc->natts, 1);

	/* In one piece, as this is a good part of the time of a small statement. */
	PgstdSlot  *columns = palloc((sizeof(PgstdSlot) + sizeof(PgstdText) + NAMEDATALEN + sizeof(uint32) + sizeof(uint8)) * n);
	PgstdText  *names = (PgstdText *) (columns + n);
	NameData   *texts = (NameData *) (names + n);
	uint32	   *oids = (uint32 *) (texts + n);
	uint8	   *types = (uint8 *) (oids + n);

	for (int i = 0; i < desc->natts; i++)
	{
		PgstdConv  *conv;

		texts[i] = TupleDescAttr(desc, i)->attname;
		names[i] = pgstd_text_of(NameStr(texts[i]));
		oids[i] = TupleDescAttr(desc, i)->atttypid;
		conv = pgstd_column_conv(oids[i], -1, context);
		types[i] = (uint8) pgstd_column_type(conv, oids[i]);
		pgstd_put_value(&columns[i], conv, (PgstdType) types[i], values[i], nulls[i]);
		if (conv != NULL || columns[i].size > PGSTD_LARGE)
			check_answer(context);
	}
	MemoryContextSwitchTo(caller);
	sql->ncolumns = (uint64) desc->natts;
	sql->columns = columns;
	sql->column_types = types;
	sql->column_oids = oids;
	sql->names = names;
}

/* The same with the first row of what SPI has. */
void
pgstd_copy_first(PgstdSQL *sql, const SPITupleTable *table, MemoryContext context)
{
	TupleDesc	desc = table->tupdesc;
	Datum	   *values = palloc(sizeof(Datum) * Max(desc->natts, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(desc->natts, 1));

	heap_deform_tuple(table->vals[0], desc, values, nulls);
	pgstd_copy_row(sql, desc, values, nulls, context);
}
