/*-------------------------------------------------------------------------
 *
 * routines.c
 *	  What a type's own functions do for its values: text and binary form, length and
 *	  constraints.
 *
 *-------------------------------------------------------------------------
 */
#include "conv.h"
#include "../base/hold.h"

#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/float.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/*
 * The functions of a type, for one call of one of them, which ends with
 * end_routines.  What they keep is not for two calls at a time, nor for any after one
 * that an error has ended.  Inlined, as the frame that calls is the one that holds.
 */
static pg_attribute_always_inline PgstdRoutines *
begin_routines(PgstdConv *conv, int *hold)
{
	PgstdRoutines *r = conv->routines;
	bool		nested = false;

	if (r != NULL && r->busy)
	{
		nested = pgstd_is_held(r);
		if (!nested)
		{
			conv->routines = NULL;
			MemoryContextDelete(r->context);
		}
		r = NULL;
	}
	if (r == NULL)
	{
		MemoryContext context = AllocSetContextCreate(nested ? CurrentMemoryContext : conv->context,
													  "pgstd functions", ALLOCSET_SMALL_SIZES);

		r = MemoryContextAllocZero(context, sizeof(PgstdRoutines));
		r->context = context;
		if (!nested)
			conv->routines = r;
	}
	r->busy = true;
	*hold = pgstd_hold(r);
	return r;
}

static void
end_routines(PgstdConv *conv, PgstdRoutines *r, int hold)
{
	pgstd_let_go(hold);
	r->busy = false;
	if (r != conv->routines)
		MemoryContextDelete(r->context);
}

/*
 * The text of a value that may come back.  Invariant: the type's input function makes the same value of it, whatever
 * the session's settings are.  So floating-point numbers have all their digits, and times no names of zones, of
 * which several countries have the same.
 */
static char *
exact_text(FmgrInfo *output, Datum value)
{
	int			date_style = DateStyle;
	int			digits = extra_float_digits;
	char	   *volatile text = NULL;

	if (likely(date_style == USE_ISO_DATES && digits > 0))
		return OutputFunctionCall(output, value);
	PG_TRY();
	{
		DateStyle = USE_ISO_DATES;
		extra_float_digits = Max(digits, 1);
		text = OutputFunctionCall(output, value);
	}
	PG_FINALLY();
	{
		DateStyle = date_style;
		extra_float_digits = digits;
	}
	PG_END_TRY();
	return text;
}

void
pgstd_text_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
{
	int			hold;
	PgstdRoutines *r = begin_routines(conv, &hold);
	char	   *text;

	if (r->output.fn_oid == InvalidOid)
	{
		Oid			function;
		bool		varlena;

		getTypeOutputInfo(conv->base, &function, &varlena);
		fmgr_info_cxt(function, &r->output, r->context);
	}
	text = exact_text(&r->output, value);
	end_routines(conv, r, hold);
	slot->word = (uint64) text;
	slot->size = (uint32) strlen(text);
}

void
pgstd_binary_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
{
	int			hold;
	PgstdRoutines *r = begin_routines(conv, &hold);
	bytea	   *bytes;

	if (r->output.fn_oid == InvalidOid)
	{
		Oid			function;
		bool		varlena;

		getTypeBinaryOutputInfo(conv->base, &function, &varlena);
		fmgr_info_cxt(function, &r->output, r->context);
	}
	bytes = SendFunctionCall(&r->output, value);
	end_routines(conv, r, hold);
	slot->word = (uint64) VARDATA(bytes);
	slot->size = (uint32) (VARSIZE(bytes) - VARHDRSZ);
}

Datum
pgstd_text_input(PgstdConv *conv, const PgstdSlot *slot)
{
	/* An input function may return NULL, but not of its own accord. */
	char	   *text = pnstrdup((const char *) slot->word, slot->size);
	int			hold;
	PgstdRoutines *r = begin_routines(conv, &hold);
	Datum		value;

	if (r->input.fn_oid == InvalidOid)
	{
		Oid			function;

		getTypeInputInfo(conv->base, &function, &r->ioparam);
		fmgr_info_cxt(function, &r->input, r->context);
	}
	value = InputFunctionCall(&r->input, text, r->ioparam, conv->base_typmod);
	end_routines(conv, r, hold);
	return value;
}

Datum
pgstd_binary_input(PgstdConv *conv, const PgstdSlot *slot)
{
	int			hold;
	PgstdRoutines *r;
	StringInfoData buf;
	Datum		value;

	if (slot->flags & PGSTD_SLOT_TEXT)
	{
		/* Seldom: what the receive function does not take. */
		Oid			function;
		Oid			ioparam;

		getTypeInputInfo(conv->base, &function, &ioparam);
		return OidInputFunctionCall(function, pnstrdup((const char *) slot->word, slot->size), ioparam,
									conv->base_typmod);
	}
	r = begin_routines(conv, &hold);
	if (r->input.fn_oid == InvalidOid)
	{
		Oid			function;

		getTypeBinaryInputInfo(conv->base, &function, &r->ioparam);
		fmgr_info_cxt(function, &r->input, r->context);
	}
	/* Receive functions rely on the byte after the data being NUL. */
	initStringInfo(&buf);
	appendBinaryStringInfo(&buf, (const char *) slot->word, (int) slot->size);
	value = ReceiveFunctionCall(&r->input, &buf, r->ioparam, conv->base_typmod);
	end_routines(conv, r, hold);
	if (buf.cursor != buf.len)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("binary form of type %s has %d bytes too many",
						format_type_be(conv->base), buf.len - buf.cursor)));
	return value;
}

/* Gives a value of the base type the length or precision of the type, and checks it. */
Datum
pgstd_finish_value(PgstdConv *conv, Datum value, bool isnull, bool coerce)
{
	int			hold;
	PgstdRoutines *r;

	coerce = coerce && !isnull && OidIsValid(conv->coerce);
	if (!coerce && conv->base == conv->type)
		return value;
	r = begin_routines(conv, &hold);
	if (coerce)
	{
		if (r->coerce.fn_oid == InvalidOid)
			fmgr_info_cxt(conv->coerce, &r->coerce, r->context);
		value = FunctionCall3(&r->coerce, value, Int32GetDatum(conv->base_typmod), BoolGetDatum(false));
	}
	if (conv->base != conv->type)
		domain_check(value, isnull, conv->type, &r->domain, r->context);
	end_routines(conv, r, hold);
	return value;
}
