/*-------------------------------------------------------------------------
 *
 * making.c
 *	  What has gone into a value while it was made: the composite types of its
 *	  parts, as they were then.
 *
 * Code that runs meanwhile (constraints of domains, casts, input functions) may
 * alter them.  What was made before would be read as what they are now; so they are
 * looked at once more in the end.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

void
pgstd_making_begin(PgstdMaking *making)
{
	making->context = CurrentMemoryContext;
	making->n = 0;
	making->max = lengthof(making->first);
	making->made = making->first;
}

pg_noreturn static void
altered(Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("type %s was altered while a value of it was made", format_type_be(type))));
}

/* A row is made of what a composite type is now, which has that description. */
void
pgstd_making_note(PgstdMaking *making, Oid type, uint64 id)
{
	for (int i = 0; i < making->n; i++)
	{
		PgstdMade  *made = &making->made[i];

		if (made->type != type)
			continue;
		if (made->id != id && !pgstd_row_unchanged(type, made->id))
			altered(type);
		made->id = id;
		return;
	}
	if (making->n == making->max)
	{
		PgstdMade  *more = MemoryContextAlloc(making->context, sizeof(PgstdMade) * making->max * 2);

		memcpy(more, making->made, sizeof(PgstdMade) * making->n);
		making->made = more;
		making->max *= 2;
	}
	making->made[making->n++] = (PgstdMade) {type, id};
}

static bool
is_noted(const PgstdMaking *making, Oid type, uint64 id)
{
	for (int i = 0; i < making->n; i++)
		if (making->made[i].type == type)
			return making->made[i].id == id;
	return false;
}

/*
 * The same for all that values of a type consist of, where functions make them that
 * do not say what they make rows of.
 */
void
pgstd_making_note_parts(PgstdMaking *making, Oid type)
{
	TupleDesc	desc;
	uint64		id;

	/* What PostgreSQL has from the start consists of such, and nobody alters it. */
	if (type < FirstGenbkiObjectId)
		return;
	check_stack_depth();
	type = getBaseType(type);
	switch (get_typtype(type))
	{
		case TYPTYPE_RANGE:
			pgstd_making_note_parts(making, get_range_subtype(type));
			break;
		case TYPTYPE_MULTIRANGE:
			pgstd_making_note_parts(making, get_multirange_range(type));
			break;
		case TYPTYPE_BASE:
			if (OidIsValid(get_element_type(type)))
				pgstd_making_note_parts(making, get_element_type(type));
			break;
		case TYPTYPE_COMPOSITE:
			id = pgstd_row_id(type, &desc);
			if (!is_noted(making, type, id))
			{
				pgstd_making_note(making, type, id);
				for (int i = 0; i < desc->natts; i++)
					if (!TupleDescAttr(desc, i)->attisdropped)
						pgstd_making_note_parts(making, TupleDescAttr(desc, i)->atttypid);
			}
			ReleaseTupleDesc(desc);
			break;
		default:
			break;
	}
}

/* The same for the columns of rows that are to come. */
void
pgstd_making_note_columns(PgstdMaking *making, TupleDesc desc)
{
	for (int i = 0; i < desc->natts; i++)
		pgstd_making_note_parts(making, TupleDescAttr(desc, i)->atttypid);
}

/*
 * Raises if code that has run meanwhile has altered a type that rows were made of.
 *
 * That may be code of the statement which makes the rows, or of a loop over them: PostgreSQL goes on to make
 * rows of what the type has been.  Invariant: none is read as what its type has become.
 */
void
pgstd_making_end(const PgstdMaking *making)
{
	for (int i = 0; i < making->n; i++)
		if (!pgstd_row_unchanged(making->made[i].type, making->made[i].id))
			altered(making->made[i].type);
}
