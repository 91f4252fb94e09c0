/*-------------------------------------------------------------------------
 *
 * numeric.c
 *	  Numerics, between their form in memory and their binary form.
 *
 * This is what numeric_send and numeric_recv do, without what these do for a message to
 * a client.  The form in memory is that of the data files, which cannot change: a
 * header of two bytes, which has sign, scale and weight, or of four, where they need
 * more room, and then the digits to the base 10000.  Values that are not quite plain
 * are left to PostgreSQL's functions.
 *
 *-------------------------------------------------------------------------
 */
#include "values.h"

#include "port/pg_bswap.h"
#include "utils/fmgroids.h"

#define BASE				10000
#define DIGITS				4	/* decimal ones in one to that base */
#define INT64_DIGITS		5	/* the most of an int64 to that base */
#define INT64_FIRST			922 /* the first of them is no more than that */

/* The first two bytes in memory.  Of a short header, the rest is in it, too. */
#define SIGN_MASK			0xc000
#define SHORT				0x8000
#define SPECIAL				0xc000	/* NaN and infinities */
#define NEGATIVE			0x4000
#define SHORT_NEGATIVE		0x2000
#define SHORT_SCALE_MASK	0x1f80
#define SHORT_SCALE_SHIFT	7
#define SHORT_SCALE_MAX		(SHORT_SCALE_MASK >> SHORT_SCALE_SHIFT)
#define SHORT_WEIGHT_SIGN	0x0040
#define SHORT_WEIGHT_MASK	0x003f
#define SCALE_MASK			0x3fff

/* The binary form: count, weight, sign, scale, and the digits, two bytes each. */
#define BINARY_HEADER		8

static uint16
word_at(const char *at)
{
	uint16		word;

	memcpy(&word, at, sizeof(word));
	return word;
}

static void
put_network(char *at, int word)
{
	uint16		network = pg_hton16((uint16) word);

	memcpy(at, &network, sizeof(network));
}

static int
get_network(const char *at)
{
	return pg_ntoh16(word_at(at));
}

/* A numeric as it lies in memory. */
typedef struct Parts
{
	int			sign;			/* 0, NEGATIVE; or it is no number */
	int			scale;
	int			weight;
	int			n;				/* digits */
	const char *digits;
} Parts;

static inline Parts
take_apart(const struct varlena *numeric)
{
	const char *in = VARDATA_ANY(numeric);
	int			size = (int) VARSIZE_ANY_EXHDR(numeric);
	uint16		header = word_at(in);
	Parts		parts;

	if (header & SHORT)
	{
		parts.sign = (header & SIGN_MASK) == SPECIAL ? (header & 0xf000) : (header & SHORT_NEGATIVE) ? NEGATIVE : 0;
		parts.scale = (header & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
		parts.weight = (header & SHORT_WEIGHT_MASK) - (header & SHORT_WEIGHT_SIGN);
		in += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else
	{
		parts.sign = header & SIGN_MASK;
		parts.scale = header & SCALE_MASK;
		parts.weight = (int16) word_at(in + sizeof(uint16));
		in += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	parts.n = size / (int) sizeof(uint16);
	parts.digits = in;
	return parts;
}

/* Makes a slot of a numeric, in the current memory context. */
void
pgstd_numeric_to_slot(Datum value, PgstdSlot *slot)
{
	Parts		parts = take_apart(PG_DETOAST_DATUM_PACKED(value));
	char	   *out = palloc(BINARY_HEADER + parts.n * sizeof(uint16));

	put_network(out, parts.n);
	put_network(out + 2, parts.weight);
	put_network(out + 4, parts.sign);
	put_network(out + 6, parts.scale);
	for (int i = 0; i < parts.n; i++)
		put_network(out + BINARY_HEADER + 2 * i, word_at(parts.digits + 2 * i));
	slot->word = (uint64) out;
	slot->size = (uint32) (BINARY_HEADER + parts.n * sizeof(uint16));
}

/*
 * The same of one that is to be a whole number: the number, or what else it is in text,
 * in the current memory context.
 */
void
pgstd_whole_to_slot(Datum value, PgstdSlot *slot)
{
	struct varlena *numeric = PG_DETOAST_DATUM_PACKED(value);
	Parts		parts = take_apart(numeric);
	char	   *text;

	if ((parts.sign == 0 || parts.sign == NEGATIVE) && parts.n <= parts.weight + 1 &&
		(parts.weight < INT64_DIGITS - 1 ||
		 (parts.weight == INT64_DIGITS - 1 && parts.n > 0 && word_at(parts.digits) < INT64_FIRST)))
	{
		int64		word = 0;

		for (int i = 0; i < parts.n; i++)
			word = word * BASE + word_at(parts.digits + 2 * i);
		for (int i = parts.n; i <= parts.weight; i++)
			word *= BASE;
		slot->word = (uint64) (parts.sign == NEGATIVE ? -word : word);
		return;
	}
	text = OidOutputFunctionCall(F_NUMERIC_OUT, PointerGetDatum(numeric));
	slot->word = (uint64) text;
	slot->size = (uint32) strlen(text);
	slot->flags |= PGSTD_SLOT_TEXT;
}

/* Makes a numeric of a number, or of what its input function takes. */
Datum
pgstd_whole_from_slot(const PgstdSlot *slot)
{
	uint16		digits[INT64_DIGITS + 1];	/* the header is in front of them */
	uint16	   *first = digits + lengthof(digits);
	int			weight = 0;
	int			n;
	uint64		rest = (int64) slot->word < 0 ? -slot->word : slot->word;
	struct varlena *numeric;

	if (slot->flags & PGSTD_SLOT_TEXT)
		return OidInputFunctionCall(F_NUMERIC_IN, pnstrdup((const char *) slot->word, slot->size), InvalidOid, -1);
	for (; rest != 0; rest /= BASE)
		*--first = (uint16) (rest % BASE);
	n = (int) (digits + lengthof(digits) - first);
	if (n > 0)
		weight = n - 1;
	while (n > 0 && first[n - 1] == 0)
		n--;
	*--first = (uint16) (SHORT | ((int64) slot->word < 0 ? SHORT_NEGATIVE : 0) | weight);
	numeric = palloc(VARHDRSZ + (n + 1) * sizeof(uint16));
	SET_VARSIZE(numeric, VARHDRSZ + (n + 1) * sizeof(uint16));
	memcpy(VARDATA(numeric), first, (n + 1) * sizeof(uint16));
	return PointerGetDatum(numeric);
}

/*
 * Makes a numeric of its binary form.  False: it is none that is sure to be right, and
 * numeric_recv has to see it.
 */
bool
pgstd_numeric_from_slot(const PgstdSlot *slot, Datum *value)
{
	static const int powers[DIGITS] = {1, 10, 100, 1000};
	const char *in = (const char *) slot->word;
	int			n;
	int			weight;
	int			sign;
	int			scale;
	int			hidden;
	bool		is_short;
	Size		size;
	struct varlena *numeric;
	char	   *out;

	if (slot->size < BINARY_HEADER || (slot->flags & PGSTD_SLOT_TEXT))
		return false;
	n = get_network(in);
	weight = (int16) get_network(in + 2);
	sign = get_network(in + 4);
	scale = get_network(in + 6);
	in += BINARY_HEADER;
	if (slot->size != BINARY_HEADER + n * sizeof(uint16) ||
		(sign != 0 && sign != NEGATIVE) || scale > SCALE_MASK)
		return false;
	for (int i = 0; i < n; i++)
		if (get_network(in + 2 * i) >= BASE)
			return false;
	/* Digits that the scale hides would have to be cut off: there may be but zeros. */
	hidden = (n - weight - 1) * DIGITS - scale;
	if (hidden >= DIGITS || (hidden > 0 && n > 0 && get_network(in + 2 * (n - 1)) % powers[hidden] != 0))
		return false;

	/* No zeros at either end; and only one zero. */
	for (; n > 0 && word_at(in) == 0; n--, weight--)
		in += sizeof(uint16);
	while (n > 0 && word_at(in + 2 * (n - 1)) == 0)
		n--;
	if (n == 0)
		weight = sign = 0;
	if (weight < PG_INT16_MIN)
		return false;

	is_short = scale <= SHORT_SCALE_MAX && weight >= -SHORT_WEIGHT_SIGN && weight <= SHORT_WEIGHT_MASK;
	size = VARHDRSZ + (is_short ? 1 : 2) * sizeof(uint16) + n * sizeof(uint16);
	numeric = palloc(size);
	SET_VARSIZE(numeric, size);
	out = VARDATA(numeric);
	if (is_short)
	{
		uint16		header = (uint16) (SHORT | (sign != 0 ? SHORT_NEGATIVE : 0) | scale << SHORT_SCALE_SHIFT |
									   (weight < 0 ? SHORT_WEIGHT_SIGN : 0) | (weight & SHORT_WEIGHT_MASK));

		memcpy(out, &header, sizeof(header));
		out += sizeof(header);
	}
	else
	{
		uint16		header = (uint16) (sign | scale);
		int16		wide = (int16) weight;

		memcpy(out, &header, sizeof(header));
		memcpy(out + sizeof(header), &wide, sizeof(wide));
		out += sizeof(header) + sizeof(wide);
	}
	for (int i = 0; i < n; i++)
	{
		uint16		digit = (uint16) get_network(in + 2 * i);

		memcpy(out + 2 * i, &digit, sizeof(digit));
	}
	*value = PointerGetDatum(numeric);
	return true;
}
