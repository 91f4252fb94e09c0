/*-------------------------------------------------------------------------
 *
 * inflate.c
 *	  Data that are compressed as RFC 1951 (DEFLATE) and RFC 1952 (gzip) say.
 *
 * A server may have been built without zlib, and then nothing that it offers reads
 * these.  They come from a table, and so may be anything: nothing is read or
 * written outside of the two buffers, whatever they say, and each step takes at least one bit
 * of them.  Whether the outcome is the right one is for a digest to say.
 *
 *-------------------------------------------------------------------------
 */
#include "inflate.h"

#include <string.h>

#define LONGEST			15		/* bits of a code word */
#define SYMBOLS			288		/* of the larger alphabet: literals and lengths */
#define END_OF_BLOCK	256
#define LENGTHS			29		/* symbols that follow, and stand for one */
#define DISTANCES		30

/*
 * A prefix code: under each LONGEST bits, the first one lowest, the symbol whose word they begin
 * with, and in the lowest 4 bits how long that is; 0: they begin with none.
 */
typedef struct Code
{
	uint16_t	entries[1 << LONGEST];
} Code;

typedef struct Stream
{
	const uint8_t *in;
	const uint8_t *in_end;
	uint64_t	bits;			/* that have been read and not been used, the first one lowest; all others are 0 */
	unsigned	nbits;
	uint8_t    *start;
	uint8_t    *out;
	uint8_t    *out_end;
} Stream;

static void
fill(Stream *s)
{
	while (s->nbits <= 56 && s->in < s->in_end)
	{
		s->bits |= (uint64_t) *s->in++ << s->nbits;
		s->nbits += 8;
	}
}

static void
use(Stream *s, unsigned n)
{
	s->bits >>= n;
	s->nbits -= n;
}

/* Takes a number of up to 16 bits; false if there are not as many. */
static bool
take(Stream *s, unsigned n, unsigned *number)
{
	fill(s);
	if (n > s->nbits)
		return false;
	*number = (unsigned) (s->bits & ((UINT64_C(1) << n) - 1));
	use(s, n);
	return true;
}

/* Takes a symbol; -1 if no word of the code comes. */
static int
take_symbol(Stream *s, const Code *code)
{
	unsigned	entry;
	unsigned	length;

	fill(s);
	entry = code->entries[s->bits & ((1 << LONGEST) - 1)];
	length = entry & 15;
	if (length == 0 || length > s->nbits)
		return -1;
	use(s, length);
	return (int) (entry >> 4);
}

/* Makes a code of the lengths of its words, 0 for symbols without one; false if there is none with these. */
static bool
make_code(Code *code, const uint8_t *lengths, unsigned n)
{
	unsigned	word = 0;		/* its bits are the other way round: the first one highest */

	memset(code, 0, sizeof(*code));
	for (unsigned length = 1; length <= LONGEST; length++, word <<= 1)
		for (unsigned symbol = 0; symbol < n; symbol++)
		{
			unsigned	first = 0;

			if (lengths[symbol] != length)
				continue;
			for (unsigned bit = 0; bit < length; bit++)
				first |= (word >> bit & 1) << (length - 1 - bit);
			for (unsigned i = first; i < 1 << LONGEST; i += 1U << length)
				code->entries[i] = (uint16_t) (symbol << 4 | length);
			word++;
		}
	/* All words are given out, and none twice; or there is none, or one of one bit. */
	return word == 2 << LONGEST || word == 0 || (word == 1 << LONGEST && (code->entries[0] & 15) == 1);
}

/* The codes of a block that brings none. */
static void
fixed_codes(Code *literals, Code *distances)
{
	uint8_t		lengths[SYMBOLS];

	memset(lengths, 8, 144);
	memset(lengths + 144, 9, 112);
	memset(lengths + 256, 7, 24);
	memset(lengths + 280, 8, 8);
	(void) make_code(literals, lengths, SYMBOLS);
	memset(lengths, 5, DISTANCES);
	(void) make_code(distances, lengths, DISTANCES);	/* two words stand for nothing */
}

/* Reads the lengths of two codes' words, one after the other, which are in a code themselves. */
static bool
read_lengths(Stream *s, const Code *code, uint8_t *lengths, unsigned n)
{
	for (unsigned i = 0; i < n;)
	{
		int			symbol = take_symbol(s, code);
		unsigned	times;

		if (symbol < 0)
			return false;
		if (symbol < 16)
		{
			lengths[i++] = (uint8_t) symbol;
			continue;
		}
		/* The last one again, or zeros. */
		if (!take(s, symbol == 16 ? 2 : symbol == 17 ? 3 : 7, &times))
			return false;
		times += symbol == 18 ? 11 : 3;
		if (times > n - i || (symbol == 16 && i == 0))
			return false;
		memset(lengths + i, symbol == 16 ? lengths[i - 1] : 0, times);
		i += times;
	}
	return true;
}

static bool
read_codes(Stream *s, Code *literals, Code *distances)
{
	static const uint8_t order[19] = {16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15};
	uint8_t		lengths[SYMBOLS + 32] = {0};
	unsigned	nliterals;
	unsigned	ndistances;
	unsigned	n;

	if (!take(s, 5, &nliterals) || !take(s, 5, &ndistances) || !take(s, 4, &n))
		return false;
	nliterals += 257;
	ndistances += 1;
	n += 4;
	if (nliterals > END_OF_BLOCK + 1 + LENGTHS || ndistances > DISTANCES)
		return false;
	for (unsigned i = 0; i < n; i++)
	{
		unsigned	length;

		if (!take(s, 3, &length))
			return false;
		lengths[order[i]] = (uint8_t) length;
	}
	/* Until the others are known, there is room for their code where one of them will be. */
	return make_code(distances, lengths, 19) &&
		read_lengths(s, distances, lengths, nliterals + ndistances) &&
		make_code(literals, lengths, nliterals) &&
		make_code(distances, lengths + nliterals, ndistances);
}

/* What a symbol stands for: numbers from "first" on, of which more bits choose one. */
typedef struct Numbers
{
	uint16_t	first;
	uint8_t		bits;
} Numbers;

static const Numbers length_numbers[LENGTHS] = {
	{3, 0}, {4, 0}, {5, 0}, {6, 0}, {7, 0}, {8, 0}, {9, 0}, {10, 0}, {11, 1}, {13, 1},
	{15, 1}, {17, 1}, {19, 2}, {23, 2}, {27, 2}, {31, 2}, {35, 3}, {43, 3}, {51, 3}, {59, 3},
	{67, 4}, {83, 4}, {99, 4}, {115, 4}, {131, 5}, {163, 5}, {195, 5}, {227, 5}, {258, 0},
};

static const Numbers distance_numbers[DISTANCES] = {
	{1, 0}, {2, 0}, {3, 0}, {4, 0}, {5, 1}, {7, 1}, {9, 2}, {13, 2}, {17, 3}, {25, 3},
	{33, 4}, {49, 4}, {65, 5}, {97, 5}, {129, 6}, {193, 6}, {257, 7}, {385, 7}, {513, 8}, {769, 8},
	{1025, 9}, {1537, 9}, {2049, 10}, {3073, 10}, {4097, 11}, {6145, 11}, {8193, 12}, {12289, 12}, {16385, 13}, {24577, 13},
};

static bool
take_number(Stream *s, const Numbers *numbers, int n, int symbol, size_t *number)
{
	unsigned	more;

	if (symbol < 0 || symbol >= n || !take(s, numbers[symbol].bits, &more))
		return false;
	*number = numbers[symbol].first + more;
	return true;
}

/* Reads what a block holds: bytes, and what has been there before. */
static bool
read_coded(Stream *s, const Code *literals, const Code *distances)
{
	for (;;)
	{
		int			symbol = take_symbol(s, literals);
		size_t		length;
		size_t		distance;

		if (symbol == END_OF_BLOCK)
			return true;
		if (symbol >= 0 && symbol < END_OF_BLOCK)
		{
			if (s->out == s->out_end)
				return false;
			*s->out++ = (uint8_t) symbol;
			continue;
		}
		if (!take_number(s, length_numbers, LENGTHS, symbol - END_OF_BLOCK - 1, &length) ||
			!take_number(s, distance_numbers, DISTANCES, take_symbol(s, distances), &distance) ||
			length > (size_t) (s->out_end - s->out) || distance > (size_t) (s->out - s->start))
			return false;
		/* It may reach into what it makes. */
		for (; length > 0; length--, s->out++)
			*s->out = *(s->out - distance);
	}
}

/* Reads a block that is not compressed, and begins with a byte. */
static bool
read_stored(Stream *s)
{
	unsigned	length;
	unsigned	inverse;

	use(s, s->nbits % 8);
	if (!take(s, 16, &length) || !take(s, 16, &inverse) || (length ^ inverse) != 0xffff ||
		length > (size_t) (s->out_end - s->out))
		return false;
	for (; length > 0; length--)
	{
		unsigned	byte;

		if (!take(s, 8, &byte))
			return false;
		*s->out++ = (uint8_t) byte;
	}
	return true;
}

static bool
read_block(Stream *s, unsigned kind)
{
	static Code literals;
	static Code distances;

	if (kind == 0)
		return read_stored(s);
	if (kind == 1)
		fixed_codes(&literals, &distances);
	else if (kind != 2 || !read_codes(s, &literals, &distances))
		return false;
	return read_coded(s, &literals, &distances);
}

static bool
inflate(Stream *s, void (*between) (void))
{
	unsigned	last;
	unsigned	kind;

	do
	{
		between();
		if (!take(s, 1, &last) || !take(s, 2, &kind) || !read_block(s, kind))
			return false;
	} while (!last);
	return s->out == s->out_end && s->in == s->in_end && s->nbits < 8;
}

/* Sizes of what comes before and behind the data: the last four bytes are how many they were. */
#define GZIP_HEADER		10
#define GZIP_TRAILER	8

bool
plgo_gzip_holds(const void *data, size_t size, size_t *holds)
{
	static const uint8_t begin[4] = {0x1f, 0x8b, 8, 0}; /* deflated, and no name */
	const uint8_t *end = (const uint8_t *) data + size;

	if (size < GZIP_HEADER + GZIP_TRAILER || memcmp(data, begin, sizeof(begin)) != 0)
		return false;
	*holds = (size_t) end[-4] | (size_t) end[-3] << 8 | (size_t) end[-2] << 16 | (size_t) end[-1] << 24;
	return true;
}

bool
plgo_gzip_read(const void *data, size_t size, void *out, size_t holds, void (*between) (void))
{
	Stream		s = {
		.in = (const uint8_t *) data + GZIP_HEADER,
		.in_end = (const uint8_t *) data + size - GZIP_TRAILER,
		.start = out,
		.out = out,
		.out_end = (uint8_t *) out + holds,
	};

	return inflate(&s, between);
}
