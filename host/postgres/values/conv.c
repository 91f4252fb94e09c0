/*-------------------------------------------------------------------------
 *
 * conv.c
 *	  Which way values of an SQL type are passed.
 *
 * A type that has a PgstdType of its own is passed as it is in memory.  Every
 * other type is passed as text, by its own input and output functions, or in its
 * binary form, by its send and receive functions, whichever the world asks for.
 *
 *-------------------------------------------------------------------------
 */
#include "conv.h"

#include "access/tupmacs.h"
#include "catalog/pg_type.h"
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
	[PGSTD_WHOLE] = {NUMERICOID, PGSTD_CONV_WHOLE, "a whole number"},
	[PGSTD_STATE] = {INTERNALOID, PGSTD_CONV_WORD, "the state of an aggregate"},
	[PGSTD_ANY] = {InvalidOid, PGSTD_CONV_ANY, "a value of any type"},
};

/* The SQL type of a PgstdType; InvalidOid if that alone does not say. */
Oid
pgstd_default_oid(PgstdType code)
{
	return code < lengthof(codes) ? codes[code].oid : InvalidOid;
}

/* Its name for people, with an article. */
const char *
pgstd_type_words(PgstdType code)
{
	return code < lengthof(codes) ? codes[code].name : "what the Go code asks for";
}

/* The PgstdType of a type that needs no look at the catalog, or PGSTD_VOID. */
PgstdType
pgstd_simple_type(Oid type)
{
	for (int code = PGSTD_BOOL; code <= PGSTD_LAST_SIMPLE; code++)
		if (codes[code].oid == type)
			return (PgstdType) code;
	return PGSTD_VOID;
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

/* Set by a host whose module can have types of its own: whether one may be passed so. */
bool		(*pgstd_own_type) (PgstdType code, Oid type) = NULL;

/*
 * Whether a type is the extension's own, and its values are kept as the PgstdType says.
 * Those of any other type are none of the author's business: a server function
 * believes what it finds in them.
 */
static bool
is_own(PgstdType code, Oid base)
{
	int16		len;
	bool		fits;

	if (pgstd_own_type == NULL || !OidIsValid(base) || !OidIsValid(pgstd_default_oid(code)))
		return false;
	len = get_typlen(base);
	fits = code == PGSTD_BYTEA ? len == -1 :
		codes[code].kind == PGSTD_CONV_WORD && get_typbyval(base) && len == get_typlen(codes[code].oid);
	return fits && pgstd_own_type(code, base);
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
			return is_own(code, base);
	}
}

/* Reads the fields of a record out of its details, which have been checked. */
static void
record_fields(PgstdConv *conv, const uint8 *details)
{
	conv->nfields = pgstd_details_count(&details);
	conv->fields = MemoryContextAllocZero(conv->context, sizeof(PgstdField) * Max(conv->nfields, 1));
	for (int i = 0; i < conv->nfields; i++)
	{
		PgstdField *field = &conv->fields[i];
		int			size = *details++;

		if (size > 0)
		{
			field->name = MemoryContextAllocZero(conv->context, size + 1);
			memcpy(field->name, details, size);
		}
		details += size;
		field->code = (PgstdType) *details++;
		field->details = details;
		details = pgstd_skip_details(field->code, details);
	}
}

pg_noreturn static void
mismatch(PgstdType code, Oid type)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATATYPE_MISMATCH),
			 errmsg("type %s cannot be passed as %s", format_type_be(type),
					pgstd_type_words(code)),
			 code == PGSTD_ROW || code == PGSTD_RECORD ?
			 errhint("Use a Go type that takes it. A parameter of a statement can be cast to the row's type first: $1::items::text.") :
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

/* How a value is passed whose type the world gets to know with it. */
static void
describe_any(PgstdConv *conv)
{
	PgstdType	element;
	PgstdType	code = pgstd_natural_type(conv->type, &element);

	conv->element = pgstd_conv_natural(conv->type, conv->typmod, conv->context);
	conv->column = MemoryContextAllocZero(conv->context, sizeof(PgstdColumn));
	/* A literal without a type is a text. */
	conv->column->oid = conv->type == UNKNOWNOID ? TEXTOID : conv->type;
	conv->column->type = code | (uint32) element << 8;
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
		case PGSTD_CONV_WHOLE:
			if (conv->base != NUMERICOID)
				mismatch(code, type);
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
			record_fields(conv, *details);
			*details = pgstd_skip_details(code, *details);
			conv->runs_code = true;
			break;
		case PGSTD_CONV_ROW:
			if (!conv->is_row)
				mismatch(code, type);
			conv->runs_code = true;
			break;
		case PGSTD_CONV_ANY:
			describe_any(conv);
			break;
		case PGSTD_CONV_CLOCK:
			elog(ERROR, "pgstd: no type is but what a clock shows");
	}
	return conv;
}

/*
 * The conversion of a moment, or of an array of such, to a date or a timestamp: PostgreSQL's cast
 * has what a clock of the session shows, a Go program what one of the moment's own zone does.  NULL
 * for anything else.
 */
PgstdConv *
pgstd_conv_clock(PgstdType code, PgstdType element, Oid type, int32 typmod, MemoryContext parent)
{
	Oid			base = getBaseType(type);
	PgstdConv  *conv;
	PgstdConv  *one;

	if (code == PGSTD_TIMESTAMPTZ && (base == DATEOID || base == TIMESTAMPOID))
	{
		conv = make_conv(code, type, typmod, parent);
		conv->kind = PGSTD_CONV_CLOCK;
		return conv;
	}
	if (code != PGSTD_ARRAY || element != PGSTD_TIMESTAMPTZ || !OidIsValid(get_element_type(base)))
		return NULL;
	conv = make_conv(code, type, typmod, parent);
	one = pgstd_conv_clock(element, PGSTD_VOID, get_element_type(base), conv->base_typmod, parent);
	if (one == NULL)
		return NULL;
	conv->element = one;
	conv->runs_code |= one->runs_code;
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
 * Elements that stand side by side in memory as they are, which one slot for all
 * of them can point to.
 */
bool
pgstd_is_packed(const PgstdConv *element)
{
	return (element->kind == PGSTD_CONV_WORD || element->kind == PGSTD_CONV_FIXED) && element->len > 0 &&
		att_align_nominal(element->len, element->align) == element->len;
}
