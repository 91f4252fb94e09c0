/*-------------------------------------------------------------------------
 *
 * assign.c
 *	  Values of a world that become columns or outlive a call: what an assignment
 *	  in SQL would do with them, and copies.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* The type that a value of a world has by itself; InvalidOid if there is none. */
static Oid
own_type(PgstdType code, PgstdType element)
{
	if (code != PGSTD_ARRAY)
		return pgstd_default_oid(code);
	return OidIsValid(pgstd_default_oid(element)) ? get_array_type(pgstd_default_oid(element)) : InvalidOid;
}

/*
 * pgstd_from_slot for a value that need not have the type, as long as an assignment in SQL
 * would do: an integer for a numeric column, a timestamp for a date.  A text is read
 * as the type's own input.
 */
Datum
pgstd_assign_slot(PgstdType code, PgstdType element, const PgstdSlot *slot, Oid type, int32 typmod,
				  MemoryContext context, bool *isnull)
{
	uint8		element_code = (uint8) element;
	const uint8 *details = &element_code;
	Oid			base = getBaseType(type);
	Oid			source = own_type(code, element);
	CoercionPathType path = COERCION_PATH_NONE;
	Oid			function;
	PgstdConv  *conv;
	Datum		value;

	if ((slot->flags & PGSTD_SLOT_NULL) == 0 && code != PGSTD_TEXT && OidIsValid(source) && source != base)
		path = find_coercion_pathway(base, source, COERCION_ASSIGNMENT, &function);
	if (path != COERCION_PATH_FUNC && path != COERCION_PATH_RELABELTYPE && path != COERCION_PATH_COERCEVIAIO)
	{
		if (slot->flags & PGSTD_SLOT_NULL)
			conv = pgstd_conv_natural(type, typmod, context);
		else
			conv = pgstd_conv_make(code, &details, type, typmod, context);
		return pgstd_from_slot(conv, slot, isnull);
	}
	value = pgstd_from_slot(pgstd_conv_make(code, &details, source, -1, context), slot, isnull);
	conv = pgstd_conv_natural(type, typmod, context);
	if (path == COERCION_PATH_FUNC && get_func_nargs(function) == 1)
		value = OidFunctionCall1(function, value);
	else if (path == COERCION_PATH_FUNC)
		value = OidFunctionCall3(function, value, Int32GetDatum(conv->base_typmod), BoolGetDatum(false));
	else if (path == COERCION_PATH_COERCEVIAIO)
	{
		Oid			output;
		Oid			input;
		Oid			ioparam;
		bool		varlena;

		getTypeOutputInfo(source, &output, &varlena);
		getTypeInputInfo(base, &input, &ioparam);
		value = OidInputFunctionCall(input, OidOutputFunctionCall(output, value), ioparam, conv->base_typmod);
	}
	return pgstd_finish_value(conv, value, false, true);
}

static void *
copy_bytes(const void *bytes, Size size)
{
	/* One more: copies of nothing, too, are at an address. */
	void	   *copy = MemoryContextAllocHuge(CurrentMemoryContext, size + 1);

	memcpy(copy, bytes, size);
	return copy;
}

/*
 * Copies what a slot of a world points to.  Needed where making a Datum may run
 * code: that can enter the world again, and what it had passed out is gone then.
 */
void
pgstd_copy_slot(PgstdType code, const uint8 *details, PgstdSlot *slot)
{
	if (slot->flags & PGSTD_SLOT_NULL)
		return;
	check_stack_depth();
	switch (code)
	{
		case PGSTD_TEXT:
		case PGSTD_BYTEA:
		case PGSTD_UUID:
		case PGSTD_INTERVAL:
		case PGSTD_BINARY:
			slot->word = (uint64) copy_bytes((const void *) slot->word, slot->size);
			break;
		case PGSTD_ARRAY:
			{
				PgstdArray *array = copy_bytes((const void *) slot->word, sizeof(PgstdArray));
				PgstdSlot  *elements = copy_bytes(array->elements, array->nelements *
												  (array->width != 0 ? array->width : sizeof(PgstdSlot)));

				array->elements = elements;
				/* An array in a row, and arrays in that, say themselves what they hold. */
				if (array->width == 0)
					for (uint64 i = 0; i < array->nelements; i++)
						pgstd_copy_slot(array->element != PGSTD_VOID ? (PgstdType) array->element :
										(PgstdType) details[0], details + 1, &elements[i]);
				slot->word = (uint64) array;
			}
			break;
		case PGSTD_RECORD:
			{
				int			nfields = *details++;
				PgstdSlot  *fields = copy_bytes((const void *) slot->word, sizeof(PgstdSlot) * nfields);

				slot->word = (uint64) fields;
				for (int i = 0; i < nfields; i++)
				{
					PgstdType	type;

					details += 1 + *details;
					type = (PgstdType) *details++;
					pgstd_copy_slot(type, details, &fields[i]);
					details = pgstd_skip_details(type, details);
				}
			}
			break;
		case PGSTD_ROW:
			{
				PgstdRow   *row = copy_bytes((const void *) slot->word, sizeof(PgstdRow));
				PgstdColumn *columns = copy_bytes(row->columns, sizeof(PgstdColumn) * row->ncolumns);
				PgstdSlot  *values = copy_bytes(row->values, sizeof(PgstdSlot) * row->ncolumns);

				for (uint64 i = 0; i < row->ncolumns; i++)
				{
					uint8		element = (uint8) (columns[i].type >> 8);

					columns[i].name.data = copy_bytes(columns[i].name.data, columns[i].name.size);
					pgstd_copy_slot((PgstdType) (columns[i].type & 0xff), &element, &values[i]);
				}
				row->columns = columns;
				row->values = values;
				slot->word = (uint64) row;
			}
			break;
		default:
			break;
	}
}
