/*-------------------------------------------------------------------------
 *
 * values.c
 *	  How values of an SQL type are passed: which way, and single values.
 *
 * A type that has a PgstdType of its own is passed as it is in memory.  Every
 * other type is passed as text, by its own input and output functions, or in its
 * binary form, by its send and receive functions, whichever the world asks for.
 *
 *-------------------------------------------------------------------------
 */
#include "../base/hold.h"
#include "values.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* What there is in memory for each PgstdType, and its name for people. */
static const struct
{
	Oid			oid;
	PgstdConvKind kind;
	const char *name;
} codes[] = {
	[PGSTD_VOID] = {VOIDOID, PGSTD_CONV_WORD, "nothing"},
	[PGSTD_BOOL] = {BOOLOID, PGSTD_CONV_WORD, "a boolean"},
	[PGSTD_INT2] = {INT2OID, PGSTD_CONV_WORD, "a smallint"},
	[PGSTD_INT4] = {INT4OID, PGSTD_CONV_WORD, "an integer"},
	[PGSTD_INT8] = {INT8OID, PGSTD_CONV_WORD, "a bigint"},
	[PGSTD_FLOAT4] = {FLOAT4OID, PGSTD_CONV_WORD, "a real"},
	[PGSTD_FLOAT8] = {FLOAT8OID, PGSTD_CONV_WORD, "a double precision"},
	[PGSTD_TEXT] = {TEXTOID, PGSTD_CONV_VARLENA, "a text"},
	[PGSTD_BYTEA] = {BYTEAOID, PGSTD_CONV_VARLENA, "a bytea"},
	[PGSTD_OID] = {OIDOID, PGSTD_CONV_WORD, "an oid"},
	[PGSTD_DATE] = {DATEOID, PGSTD_CONV_WORD, "a date"},
	[PGSTD_TIME] = {TIMEOID, PGSTD_CONV_WORD, "a time"},
	[PGSTD_TIMESTAMP] = {TIMESTAMPOID, PGSTD_CONV_WORD, "a timestamp"},
	[PGSTD_TIMESTAMPTZ] = {TIMESTAMPTZOID, PGSTD_CONV_WORD, "a timestamp with time zone"},
	[PGSTD_UUID] = {UUIDOID, PGSTD_CONV_FIXED, "a uuid"},
	[PGSTD_INTERVAL] = {INTERVALOID, PGSTD_CONV_FIXED, "an interval"},
	[PGSTD_BINARY] = {InvalidOid, PGSTD_CONV_BINARY, "binary data"},
	[PGSTD_ARRAY] = {InvalidOid, PGSTD_CONV_ARRAY, "an array"},
	[PGSTD_RECORD] = {InvalidOid, PGSTD_CONV_RECORD, "a record"},
	[PGSTD_ROW] = {InvalidOid, PGSTD_CONV_ROW, "a row"},
};

/* The SQL type of a PgstdType; InvalidOid if that alone does not say. */
Oid
pgstd_default_oid(PgstdType code)
{
	return code < lengthof(codes) ? codes[code].oid : InvalidOid;
}

/*
 * What a value of a type is passed as where nobody asks for anything else: every
 * type that has no PgstdType comes as text.
 */
PgstdType
pgstd_natural_type(Oid type, PgstdType *element)
{
	Oid			base = getBaseType(type);
	Oid			element_type;

	if (element != NULL)
		*element = PGSTD_VOID;
	for (int code = PGSTD_BOOL; code <= PGSTD_INTERVAL; code++)
		if (codes[code].oid == base)
			return (PgstdType) code;
	if (base == RECORDOID || type_is_rowtype(base))
		return PGSTD_ROW;
	element_type = get_element_type(base);
	if (OidIsValid(element_type))
	{
		if (element != NULL)
			*element = pgstd_natural_type(element_type, NULL);
		return PGSTD_ARRAY;
	}
	return PGSTD_TEXT;
}

/* Whether values of a type are, in memory, what the PgstdType says. */
static bool
is_direct(PgstdType code, Oid base)
{
	if (base == codes[code].oid)
		return true;
	switch (code)
	{
		case PGSTD_TEXT:
			return base == VARCHAROID || base == BPCHAROID;
		case PGSTD_OID:
			return get_typlen(base) == sizeof(Oid) && get_typbyval(base) &&
				(base == REGPROCOID || base == REGPROCEDUREOID || base == REGOPEROID ||
				 base == REGOPERATOROID || base == REGCLASSOID || base == REGTYPEOID ||
				 base == REGROLEOID || base == REGNAMESPACEOID || base == REGCONFIGOID ||
				 base == REGDICTIONARYOID || base == REGCOLLATIONOID);
		default:
			return false;
	}
}

pg_noreturn static void
mismatch(PgstdType code, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("type %s cannot be passed as %s", format_type_be(type),
					code < lengthof(codes) ? codes[code].name : "what the Go code asks for"),
			 errhint("Use a Go type that takes it; a string takes every type.")));
}

/*
 * Whether the input function of a type is known to run no code of users: it is one of
 * PostgreSQL's own, and not of a type that is made of others, of which one may be a
 * domain with constraints, or a range with a function of its own.
 */
static bool
is_plain_input(Oid type)
{
	char		kind = get_typtype(type);
	Oid			function;
	Oid			ioparam;

	getTypeInputInfo(type, &function, &ioparam);
	return function < FirstNormalObjectId && (kind == TYPTYPE_BASE || kind == TYPTYPE_ENUM) &&
		!OidIsValid(get_element_type(type));
}

static PgstdConv *
make_conv(PgstdType code, Oid type, int32 typmod, MemoryContext parent)
{
	PgstdConv  *conv = MemoryContextAllocZero(parent, sizeof(PgstdConv));

	check_stack_depth();
	conv->code = code;
	conv->context = parent;
	conv->type = type;
	conv->base_typmod = typmod;
	conv->base = getBaseTypeAndTypmod(type, &conv->base_typmod);
	conv->typmod = typmod;
	conv->kind = codes[code].kind;
	conv->is_row = conv->base == RECORDOID || type_is_rowtype(conv->base);
	conv->record = -1;
	get_typlenbyvalalign(conv->base, &conv->len, &conv->byval, &conv->align);
	if (conv->base_typmod >= 0 &&
		find_typmod_coercion_function(conv->base, &conv->coerce) != COERCION_PATH_FUNC)
		conv->coerce = InvalidOid;
	conv->runs_code = conv->base != type || conv->coerce >= FirstNormalObjectId;
	return conv;
}

/*
 * The conversion of values of a type that the world has as code.  *details is
 * moved past those of code.
 */
PgstdConv *
pgstd_conv_make(PgstdType code, const uint8 **details, Oid type, int32 typmod, MemoryContext parent)
{
	PgstdConv  *conv;

	if (code >= lengthof(codes) || code == PGSTD_VOID)
		mismatch(code, type);
	conv = make_conv(code, type, typmod, parent);
	conv->details = details != NULL ? *details : NULL;
	switch (conv->kind)
	{
		case PGSTD_CONV_WORD:
		case PGSTD_CONV_VARLENA:
		case PGSTD_CONV_FIXED:
			if (is_direct(code, conv->base))
				break;
			if (code != PGSTD_TEXT)
				mismatch(code, type);
			conv->kind = PGSTD_CONV_TEXT;
			conv->runs_code |= !is_plain_input(conv->base);
			break;
		case PGSTD_CONV_TEXT:
			break;
		case PGSTD_CONV_BINARY:
			/* That of a numeric is known to run no other code. */
			conv->runs_code |= conv->base != NUMERICOID;
			break;
		case PGSTD_CONV_ARRAY:
			{
				Oid			element = get_element_type(conv->base);
				PgstdType	element_code = (PgstdType) *(*details)++;

				if (!OidIsValid(element))
					mismatch(code, type);
				conv->element = pgstd_conv_make(element_code, details, element, conv->base_typmod, parent);
				conv->runs_code |= conv->element->runs_code;
			}
			break;
		case PGSTD_CONV_RECORD:
			if (!conv->is_row)
				mismatch(code, type);
			pgstd_record_fields(conv, *details);
			*details = pgstd_skip_details(code, *details);
			conv->runs_code = true;
			break;
		case PGSTD_CONV_ROW:
			if (!conv->is_row)
				mismatch(code, type);
			conv->runs_code = true;
			break;
	}
	return conv;
}

/* The same for a record without a type of its own: OUT parameters. */
PgstdConv *
pgstd_conv_record(PgstdType code, const uint8 **details, TupleDesc desc, MemoryContext parent)
{
	PgstdConv  *conv = pgstd_conv_make(code, details, RECORDOID, -1, parent);

	conv->record = BlessTupleDesc(CreateTupleDescCopy(desc))->tdtypmod;
	return conv;
}

/* The conversion of values that the world takes as they come. */
PgstdConv *
pgstd_conv_natural(Oid type, int32 typmod, MemoryContext parent)
{
	PgstdType	code = pgstd_natural_type(type, NULL);
	PgstdConv  *conv;

	if (code != PGSTD_ARRAY)
		return pgstd_conv_make(code, NULL, type, typmod, parent);
	conv = make_conv(code, type, typmod, parent);
	conv->element = pgstd_conv_natural(get_element_type(conv->base), conv->base_typmod, parent);
	conv->runs_code |= conv->element->runs_code;
	return conv;
}

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

static void
text_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
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
	text = OutputFunctionCall(&r->output, value);
	end_routines(conv, r, hold);
	slot->word = (uint64) text;
	slot->size = (uint32) strlen(text);
}

static void
binary_to_slot(PgstdConv *conv, Datum value, PgstdSlot *slot)
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
			text_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_BINARY:
			binary_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_ARRAY:
			pgstd_array_to_slot(conv, value, slot);
			break;
		case PGSTD_CONV_RECORD:
		case PGSTD_CONV_ROW:
			pgstd_row_to_slot(conv, value, slot);
			break;
	}
}

static Datum
copy_payload(const PgstdConv *conv, const PgstdSlot *slot)
{
	if (conv->kind == PGSTD_CONV_VARLENA)
	{
		struct varlena *value;

		if (slot->size > MaxAllocSize - VARHDRSZ)
			ereport(ERROR,
					(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
					 errmsg("value of %u bytes exceeds the maximum of %zu bytes",
							slot->size, (size_t) MaxAllocSize - VARHDRSZ)));
		value = palloc(slot->size + VARHDRSZ);
		SET_VARSIZE(value, slot->size + VARHDRSZ);
		memcpy(VARDATA(value), (const void *) slot->word, slot->size);
		return PointerGetDatum(value);
	}
	else
	{
		char	   *value = palloc(conv->len);

		if (slot->size != (uint32) conv->len)
			elog(ERROR, "pgstd: value of %u bytes for a type of %d", slot->size, conv->len);
		memcpy(value, (const void *) slot->word, conv->len);
		return PointerGetDatum(value);
	}
}

static Datum
text_input(PgstdConv *conv, const PgstdSlot *slot)
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

static Datum
binary_input(PgstdConv *conv, const PgstdSlot *slot)
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
			case PGSTD_CONV_FIXED:
				value = copy_payload(conv, slot);
				break;
			case PGSTD_CONV_TEXT:
				value = text_input(conv, slot);
				break;
			case PGSTD_CONV_BINARY:
				value = binary_input(conv, slot);
				break;
			case PGSTD_CONV_ARRAY:
				value = pgstd_array_from_slot(making, conv, slot);
				break;
			case PGSTD_CONV_RECORD:
			case PGSTD_CONV_ROW:
				value = pgstd_row_from_slot(making, conv, slot);
				break;
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
