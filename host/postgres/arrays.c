/*-------------------------------------------------------------------------
 *
 * arrays.c
 *	  Arrays, as slots and back.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "access/tupmacs.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

StaticAssertDecl(PGSTD_MAX_DIMS == MAXDIM, "arrays have as many dimensions here as in PostgreSQL");

/*
 * Elements that stand side by side in memory as they are, which one slot for all
 * of them can point to.
 */
static bool
is_packed(const PgstdConv *element)
{
	return (element->kind == PGSTD_CONV_WORD || element->kind == PGSTD_CONV_FIXED) && element->len > 0 &&
		att_align_nominal(element->len, element->align) == element->len;
}

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
	if (is_packed(element) && !array_contains_nulls(in))
	{
		out->elements = ARR_DATA_PTR(in);
		out->width = (uint32) element->len;
	}
	else
	{
		PgstdSlot  *slots = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(PgstdSlot) * Max(n, 1));
		const uint8 *nulls = ARR_NULLBITMAP(in);
		const char *at = ARR_DATA_PTR(in);

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

	if (!is_packed(element) || in->width != (uint32) element->len)
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

Datum
pgstd_array_from_slot(PgstdConv *conv, const PgstdSlot *slot)
{
	const PgstdArray *in = (const PgstdArray *) slot->word;
	PgstdConv  *element = conv->element;
	int			sizes[MAXDIM];
	int			lower_bounds[MAXDIM];
	Datum	   *values;
	bool	   *nulls;

	check_stack_depth();
	if (in->ndims > MAXDIM || in->nelements > MaxAllocSize / sizeof(Datum))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("array of %llu elements and %u dimensions is too large",
						(unsigned long long) in->nelements, in->ndims)));
	for (uint32 i = 0; i < in->ndims; i++)
	{
		sizes[i] = in->sizes[i];
		lower_bounds[i] = in->lower_bounds[i];
	}
	if (ArrayGetNItems((int) in->ndims, sizes) != (int) in->nelements)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("array has %d elements by its dimensions, but %d were given",
						ArrayGetNItems((int) in->ndims, sizes), (int) in->nelements)));
	if (in->nelements == 0)
		return PointerGetDatum(construct_empty_array(element->type));
	if (in->width != 0 && element->base == element->type && element->coerce.fn_oid == InvalidOid)
		return packed_array(element, in);

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

			if (!is_packed(element) || in->width != (uint32) element->len)
				elog(ERROR, "pgstd: array with elements of %u bytes for a type of %d", in->width, element->len);
			one.word = element->byval ? (uint64) fetch_att(at, true, element->len) : (uint64) at;
			one.size = in->width;
		}
		values[i] = pgstd_from_slot(element, &one, &nulls[i]);
		if (i % 4096 == 4095)
			CHECK_FOR_INTERRUPTS();
	}
	return PointerGetDatum(construct_md_array(values, nulls, (int) in->ndims, sizes, lower_bounds,
											  element->type, element->len, element->byval, element->align));
}
