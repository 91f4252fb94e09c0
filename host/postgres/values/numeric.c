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

#define BASE				10000
#define DIGITS				4	/* decimal ones in one to that base */

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

/* Makes a slot of a numeric, in the current memory context. */
void
pgstd_numeric_to_slot(Datum value, PgstdSlot *slot)
{
	struct varlena *numeric = PG_DETOAST_DATUM_PACKED(value);
	const char *in = VARDATA_ANY(numeric);
	int			size = (int) VARSIZE_ANY_EXHDR(numeric);
	uint16		header = word_at(in);
	int			sign;
	int			scale;
	int			weight;
	int			n;
	char	   *out;

	if (header & SHORT)
	{
		sign = (header & SIGN_MASK) == SPECIAL ? (header & 0xf000) : (header & SHORT_NEGATIVE) ? NEGATIVE : 0;
		scale = (header & SHORT_SCALE_MASK) >> SHORT_SCALE_SHIFT;
		weight = (header & SHORT_WEIGHT_MASK) - (header & SHORT_WEIGHT_SIGN);
		in += sizeof(uint16);
		size -= sizeof(uint16);
	}
	else
	{
		sign = header & SIGN_MASK;
		scale = header & SCALE_MASK;
		weight = (int16) word_at(in + sizeof(uint16));
		in += 2 * sizeof(uint16);
		size -= 2 * sizeof(uint16);
	}
	n = size / (int) sizeof(uint16);
	out = palloc(BINARY_HEADER + n * sizeof(uint16));
	put_network(out, n);
	put_network(out + 2, weight);
	put_network(out + 4, sign);
	put_network(out + 6, scale);
	for (int i = 0; i < n; i++)
		put_network(out + BINARY_HEADER + 2 * i, word_at(in + 2 * i));
	slot->word = (uint64) out;
	slot->size = (uint32) (BINARY_HEADER + n * sizeof(uint16));
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
