/*-------------------------------------------------------------------------
 *
 * arrays.c
 *	  Arrays, as slots and back.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"
#include "../base/limits.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

StaticAssertDecl(PGSTD_MAX_DIMS == MAXDIM, "arrays have as many dimensions here as in PostgreSQL");

void
pgstd_array_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
{
	ArrayType  *in = DatumGetArrayTypeP(value);
	PgstdArray *out = palloc0(sizeof(PgstdArray));
	PgstdConv  *element = conv->element;
	int			n;

	check_stack_depth();
	n = ArrayGetNItems(ARR_NDIM(in), ARR_DIMS(in));
	out->nelements = (uint64) n;
	out->ndims = (uint32) ARR_NDIM(in);
	out->element = element->code;
	out->element_oid = element->type;
	for (int i = 0; i < ARR_NDIM(in); i++)
	{
		out->sizes[i] = ARR_DIMS(in)[i];
		out->lower_bounds[i] = ARR_LBOUND(in)[i];
	}
	slot->word = (uint64) out;
	slot->size = sizeof(PgstdArray);
	/* A NULL bitmap may be there although there is no NULL. */
	if (pgstd_is_packed(element) && !array_contains_nulls(in))
	{
		out->elements = ARR_DATA_PTR(in);
		out->width = (uint32) element->len;
	}
	else if (element->kind == PGSTD_CONV_VARLENA && element->align == TYPALIGN_INT && !array_contains_nulls(in))
	{
		/* Taken apart there, in a copy: a slot for each would be written here and read once. */
		out->elements = ARR_DATA_PTR(in);
		out->width = PGSTD_WIDTH_VARLENA;
		out->bytes = ARR_SIZE(in) - ARR_DATA_OFFSET(in);
	}
	else
	{
		PgstdSlot  *slots;
		const uint8 *nulls = ARR_NULLBITMAP(in);
		const char *at = ARR_DATA_PTR(in);

		/* NULLs take a bit each, and sixteen bytes here. */
		if (sizeof(PgstdSlot) * n > (uint64) pgstd_limits->max_memory * 1024)
			ereport(ERROR,
					(errcode(ERRCODE_OUT_OF_MEMORY),
					 errmsg("out of memory: an array of %d elements is too large for Go code", n),
					 errhint("Pass less at a time, or increase the configuration parameter \"pgstd.max_memory\".")));
		slots = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(PgstdSlot) * Max(n, 1));
		for (int i = 0; i < n; i++)
		{
			bool		isnull = nulls != NULL && (nulls[i / 8] & (1 << (i % 8))) == 0;
			Datum		datum = (Datum) 0;

			if (!isnull)
			{
				at = (const char *) att_align_pointer(at, element->align, element->len, at);
				datum = fetch_att(at, element->byval, element->len);
				at = att_addlength_pointer(at, element->len, at);
			}
			pgstd_to_slot(element, datum, isnull, &slots[i]);
			if (i % 4096 == 4095)
				CHECK_FOR_INTERRUPTS();
		}
		out->elements = slots;
	}
}

/* An array without NULL whose elements lie side by side. */
static Datum
packed_array(const PgstdConv *element, const PgstdArray *in)
{
	Size		size;
	ArrayType  *out;

	if (!pgstd_is_packed(element) || in->width != (uint32) element->len)
		elog(ERROR, "pgstd: array with elements of %u bytes for a type of %d", in->width, element->len);
	size = ARR_OVERHEAD_NONULLS(in->ndims) + in->nelements * in->width;
	if (!AllocSizeIsValid(size))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("array size exceeds the maximum allowed (%d)", (int) MaxAllocSize)));
	out = palloc0(size);
	SET_VARSIZE(out, size);
	out->ndim = (int) in->ndims;
	out->dataoffset = 0;
	out->elemtype = element->type;
	memcpy(ARR_DIMS(out), in->sizes, sizeof(int32) * in->ndims);
	memcpy(ARR_LBOUND(out), in->lower_bounds, sizeof(int32) * in->ndims);
	memcpy(ARR_DATA_PTR(out), in->elements, in->nelements * in->width);
	return PointerGetDatum(out);
}

/* Whether an array can be what its type is known for. */
static bool
is_vector(const PgstdConv *conv)
{
	return conv->base == INT2VECTOROID || conv->base == OIDVECTOROID;
}

/* The vectors of the catalog have one dimension, also if they are empty, from 0. */
static Datum
as_vector(const PgstdArray *in, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);

	if (in->ndims > 1 || ARR_HASNULL(array))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("a vector has one dimension, and no NULL")));
	ARR_LBOUND(array)[0] = 0;
	return value;
}

static Datum
empty_vector(Oid element)
{
	Size		size = ARR_OVERHEAD_NONULLS(1);
	ArrayType  *out = palloc0(size);

	SET_VARSIZE(out, size);
	out->ndim = 1;
	out->elemtype = element;
	return PointerGetDatum(out);
}

Datum
pgstd_array_from_slot(PgstdMaking *making, PgstdConv *conv, const PgstdSlot *slot)
{
	const PgstdArray *in = (const PgstdArray *) slot->word;
	PgstdConv  *element = conv->element;
	int			sizes[MAXDIM];
	int			lower_bounds[MAXDIM];
	Datum	   *values;
	bool	   *nulls;
	Datum		value;

	check_stack_depth();
	if (in->element != (uint32) element->code)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the elements of the array are not those of type %s", format_type_be(conv->type))));
	if (in->ndims > MAXDIM || in->nelements > MaxAllocSize / sizeof(Datum))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("array of %llu elements and %u dimensions is too large",
						(unsigned long long) in->nelements, in->ndims)));
	for (uint32 i = 0; i < in->ndims; i++)
	{
		sizes[i] = in->sizes[i];
		lower_bounds[i] = in->lower_bounds[i];
		/* As PostgreSQL has it: the bound above must be a number, too. */
		if (sizes[i] > 0 && lower_bounds[i] > PG_INT32_MAX - sizes[i])
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("array lower bound is too large: %d", lower_bounds[i])));
	}
	if (ArrayGetNItems((int) in->ndims, sizes) != (int) in->nelements)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array has %d elements by its dimensions, but %d were given",
						ArrayGetNItems((int) in->ndims, sizes), (int) in->nelements)));
	if (in->nelements == 0)
		return is_vector(conv) ? empty_vector(element->type) : PointerGetDatum(construct_empty_array(element->type));
	if (in->width != 0 && element->kind != PGSTD_CONV_CLOCK && element->base == element->type && !OidIsValid(element->coerce))
	{
		value = packed_array(element, in);
		return is_vector(conv) ? as_vector(in, value) : value;
	}

	values = palloc(sizeof(Datum) * in->nelements);
	nulls = palloc(in->nelements);
	for (uint64 i = 0; i < in->nelements; i++)
	{
		PgstdSlot	one = {0};

		if (in->width == 0)
			one = ((const PgstdSlot *) in->elements)[i];
		else
		{
			const char *at = (const char *) in->elements + i * in->width;

			if (element->kind == PGSTD_CONV_CLOCK && in->width == sizeof(TimestampTz))
				one.word = (uint64) fetch_att(at, true, sizeof(TimestampTz));
			else if (pgstd_is_packed(element) && in->width == (uint32) element->len)
			{
				one.word = element->byval ? (uint64) fetch_att(at, true, element->len) : (uint64) at;
				one.size = in->width;
			}
			else
				elog(ERROR, "pgstd: array with elements of %u bytes for a type of %d", in->width, element->len);
		}
		values[i] = pgstd_make_value(making, element, &one, &nulls[i]);
		if (i % 4096 == 4095)
			CHECK_FOR_INTERRUPTS();
	}
	value = PointerGetDatum(construct_md_array(values, nulls, (int) in->ndims, sizes, lower_bounds,
											   element->type, element->len, element->byval, element->align));
	return is_vector(conv) ? as_vector(in, value) : value;
}
