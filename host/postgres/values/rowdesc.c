/*-------------------------------------------------------------------------
 *
 * rowdesc.c
 *	  Descriptions of rows: which column each field goes to, and how.
 *
 * A conversion makes one for each description of rows that it meets, at which time
 * its type stands in whatever way it does, and keeps it.  A composite type that has
 * been altered has another description.  Dropped columns are neither shown nor asked
 * for.
 *
 *-------------------------------------------------------------------------
 */
#include "conv.h"
#include "../base/catalog.h"

#include "access/tupdesc.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

/* A conversion that has met more of them is made anew when that can be. */
#define MANY_DESCS		64

const char *
pgstd_row_name(const TupleDescData *desc)
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

/* Gives every field that the world has named its column, and makes the conversions. */
static void
match_fields(const PgstdConv *conv, PgstdRowDesc *d, MemoryContext context)
{
	TupleDesc	desc = d->desc;
	bool	   *found = palloc0(desc->natts + 1);
	int			position = 0;

	d->nfields = conv->nfields;
	d->fields = palloc(sizeof(PgstdField) * Max(conv->nfields, 1));
	for (int i = 0; i < conv->nfields; i++)
	{
		PgstdField *field = &d->fields[i];
		const uint8 *details;
		Form_pg_attribute att;

		*field = conv->fields[i];
		details = field->details;
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
					 errmsg("%s has no column \"%s\", which the Go struct has a field for", pgstd_row_name(desc), field->name) :
					 errmsg("%s has fewer columns than the Go function has results", pgstd_row_name(desc))));
		found[field->attnum - 1] = true;
		att = TupleDescAttr(desc, field->attnum - 1);
		field->conv = pgstd_conv_make(field->code, &details, att->atttypid, att->atttypmod, context);
	}
	for (int i = 0; i < desc->natts; i++)
		d->complete &= found[i] || TupleDescAttr(desc, i)->attisdropped;
}

/* A row has a field for each column. */
static void
describe_columns(PgstdRowDesc *d, MemoryContext context)
{
	TupleDesc	desc = d->desc;

	d->fields = palloc0(sizeof(PgstdField) * Max(desc->natts, 1));
	d->columns = palloc0(sizeof(PgstdColumn) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);
		PgstdField *field = &d->fields[d->nfields];
		PgstdColumn *column = &d->columns[d->nfields];
		PgstdType	element;

		if (att->attisdropped)
			continue;
		field->name = pstrdup(NameStr(att->attname));
		field->attnum = att->attnum;
		field->code = pgstd_natural_type(att->atttypid, &element);
		field->conv = pgstd_conv_natural(att->atttypid, att->atttypmod, context);
		column->name.data = field->name;
		column->name.size = strlen(field->name);
		column->oid = att->atttypid;
		column->type = field->code | (uint32) element << 8;
		d->nfields++;
	}
}

static PgstdRowDesc *
make_desc(PgstdConv *conv, TupleDesc desc, uint64 id)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pgstd row", ALLOCSET_SMALL_SIZES);
	MemoryContext caller = MemoryContextSwitchTo(context);
	PgstdRowDesc *d = palloc0(sizeof(PgstdRowDesc));

	/* With the values that columns have in rows which are older than they. */
	d->desc = CreateTupleDescCopyConstr(desc);
	d->id = id;
	d->complete = true;
	if (conv->kind == PGSTD_CONV_RECORD)
		match_fields(conv, d, context);
	else
		describe_columns(d, context);
	for (int i = 0; i < d->nfields; i++)
		d->runs_code |= d->fields[i].conv->runs_code;
	MemoryContextSwitchTo(caller);
	MemoryContextSetParent(context, conv->context);
	return d;
}

/* Where a description with that id is, or would have to be. */
static int
place_of(const PgstdConv *conv, uint64 id)
{
	int			low = 0;
	int			high = conv->ndescs;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (conv->descs[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
keep_desc(PgstdConv *conv, PgstdRowDesc *d)
{
	int			at;

	if (conv->ndescs == conv->max_descs)
	{
		int			n = Max(conv->max_descs * 2, 4);

		if (conv->descs == NULL)
			conv->descs = MemoryContextAlloc(conv->context, sizeof(PgstdRowDesc *) * n);
		else
			conv->descs = repalloc(conv->descs, sizeof(PgstdRowDesc *) * n);
		conv->max_descs = n;
	}
	at = place_of(conv, d->id);
	memmove(&conv->descs[at + 1], &conv->descs[at], sizeof(PgstdRowDesc *) * (conv->ndescs - at));
	conv->descs[at] = d;
	conv->ndescs++;
	if (conv->ndescs % MANY_DESCS == 0)
		pgstd_catalog_changed();
}

static const PgstdRowDesc *
find_desc(PgstdConv *conv, uint64 id)
{
	int			at;

	if (conv->last != NULL && conv->last->id == id)
		return conv->last;
	at = place_of(conv, id);
	if (at == conv->ndescs || conv->descs[at]->id != id)
		return NULL;
	return conv->last = conv->descs[at];
}

/* A composite type as it is now. */
static TypeCacheEntry *
composite(Oid type)
{
	TypeCacheEntry *entry = lookup_type_cache(type, TYPECACHE_TUPDESC);

	if (entry->tupDesc == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("type %s is not composite", format_type_be(type))));
	return entry;
}

/*
 * What composite types have been, as far as a conversion has met them.  The type cache
 * gives a type that somebody has only looked at anew another id, too.
 */
typedef struct Known
{
	uint64		id;				/* key */
	TupleDesc	desc;
} Known;

/* Some have a thousand columns. */
#define MAX_KNOWN		((Size) 8 * 1024 * 1024)

static HTAB *known = NULL;
static MemoryContext known_context = NULL;

/* Remembers a description.  There may be too many of them: then the others are gone. */
static void
remember(uint64 id, TupleDesc desc)
{
	Known	   *k;
	bool		found;
	MemoryContext caller;

	if (known != NULL && MemoryContextMemAllocated(known_context, true) >= MAX_KNOWN)
	{
		MemoryContextDelete(known_context);
		known = NULL;
	}
	if (known == NULL)
	{
		HASHCTL		control = {.keysize = sizeof(uint64), .entrysize = sizeof(Known)};

		known_context = AllocSetContextCreate(CacheMemoryContext, "pgstd row descriptions", ALLOCSET_DEFAULT_SIZES);
		control.hcxt = known_context;
		known = hash_create("pgstd row descriptions", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	if (hash_search(known, &id, HASH_FIND, NULL) != NULL)
		return;
	caller = MemoryContextSwitchTo(known_context);
	desc = CreateTupleDescCopy(desc);
	MemoryContextSwitchTo(caller);
	k = hash_search(known, &id, HASH_ENTER, &found);
	k->desc = desc;
}

/* The id of what a composite type is now, and its description, which is pinned. */
uint64
pgstd_row_id(Oid type, TupleDesc *desc)
{
	TypeCacheEntry *entry = composite(type);
	uint64		id = entry->tupDesc_identifier;

	*desc = entry->tupDesc;
	PinTupleDesc(*desc);
	remember(id, *desc);
	return id;
}

/*
 * Whether rows of a composite type are still what they were when its description had
 * that id.
 */
bool
pgstd_row_unchanged(Oid type, uint64 id)
{
	const TypeCacheEntry *entry = composite(type);
	const Known *was;

	if (likely(entry->tupDesc_identifier == id))
		return true;
	was = known != NULL ? hash_search(known, &id, HASH_FIND, NULL) : NULL;
	return was != NULL && pgstd_same_rows(was->desc, entry->tupDesc);
}

/*
 * How rows of a type are passed.  A composite type is taken as it is now; a record has
 * been registered with that type modifier.
 */
const PgstdRowDesc *
pgstd_row_desc(PgstdConv *conv, Oid type, int32 typmod)
{
	const PgstdRowDesc *found;
	TypeCacheEntry *entry = NULL;
	PgstdRowDesc *made;
	TupleDesc	desc;
	uint64		id;

	if (type != RECORDOID)
	{
		entry = composite(type);
		id = entry->tupDesc_identifier;
	}
	else
		id = assign_record_type_identifier(type, typmod);
	found = find_desc(conv, id);
	if (found != NULL)
		return found;
	/* Making one looks into the catalog, so that the type's may go. */
	desc = entry != NULL ? entry->tupDesc : lookup_rowtype_tupdesc(type, typmod);
	if (entry != NULL)
		PinTupleDesc(desc);
	made = make_desc(conv, desc, id);
	if (entry != NULL)
		remember(id, desc);
	ReleaseTupleDesc(desc);
	found = find_desc(conv, id);
	if (found != NULL)
		return found;
	keep_desc(conv, made);
	return conv->last = made;
}

/* Whether rows of one description are, in memory, rows of another with the same types. */
bool
pgstd_same_rows(TupleDesc made, TupleDesc wanted)
{
	if (made->natts != wanted->natts)
		return false;
	for (int i = 0; i < made->natts; i++)
	{
		Form_pg_attribute a = TupleDescAttr(made, i);
		Form_pg_attribute b = TupleDescAttr(wanted, i);

		if (a->attisdropped != b->attisdropped || a->attlen != b->attlen ||
			a->attbyval != b->attbyval || a->attalign != b->attalign ||
			(!a->attisdropped && a->atttypid != b->atttypid))
			return false;
	}
	return true;
}
