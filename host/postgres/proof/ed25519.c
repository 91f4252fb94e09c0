/*-------------------------------------------------------------------------
 *
 * ed25519.c
 *	  Verification of Ed25519 signatures (RFC 8032).
 *
 * Everything that goes in is public, so nothing here takes the same time for all
 * values, and nothing is fast: the few dozen multiplications per bit are what a
 * person can check.  The constants of the curve are computed from their
 * definitions.
 *
 *-------------------------------------------------------------------------
 */
#include "digest.h"

#include <string.h>

/*
 * An element of the field modulo p = 2^255 - 19: the sum of limb[i] * 2^(51 i).
 * Limbs stay below 2^52 between operations.
 */
typedef struct Field
{
	uint64_t	limb[5];
} Field;

/* A point (X/Z, Y/Z) of the curve -x^2 + y^2 = 1 + d x^2 y^2, with T = XY/Z. */
typedef struct Point
{
	Field		x;
	Field		y;
	Field		z;
	Field		t;
} Point;

typedef unsigned __int128 uint128;

#define MASK51	((UINT64_C(1) << 51) - 1)

/* The order of the base point, 2^252 + ..., in 64-bit words from the lowest. */
static const uint64_t group_order[4] = {
	UINT64_C(0x5812631a5cf5d3ed), UINT64_C(0x14def9dea2f79cd6), 0, UINT64_C(0x1000000000000000)
};

static Field
field(uint64_t n)
{
	return (Field) {{n}};
}

static Field
carry(Field a)
{
	for (int i = 0; i < 4; i++)
	{
		a.limb[i + 1] += a.limb[i] >> 51;
		a.limb[i] &= MASK51;
	}
	a.limb[0] += 19 * (a.limb[4] >> 51);
	a.limb[4] &= MASK51;
	a.limb[1] += a.limb[0] >> 51;
	a.limb[0] &= MASK51;
	return a;
}

static Field
add(Field a, Field b)
{
	for (int i = 0; i < 5; i++)
		a.limb[i] += b.limb[i];
	return carry(a);
}

/* a - b, as a + 4p - b, so that no limb gets negative. */
static Field
subtract(Field a, Field b)
{
	for (int i = 0; i < 5; i++)
		a.limb[i] += 4 * (MASK51 - (i == 0 ? 18 : 0)) - b.limb[i];
	return carry(a);
}

static Field
multiply(Field a, Field b)
{
	uint128		sum[5] = {0};
	Field		r;

	/* 2^255 is 19: what would be limb i + 5 is 19 times limb i. */
	for (int i = 0; i < 5; i++)
		for (int j = 0; j < 5; j++)
			sum[(i + j) % 5] += (uint128) a.limb[i] * (i + j < 5 ? b.limb[j] : 19 * b.limb[j]);
	for (int i = 0; i < 4; i++)
	{
		sum[i + 1] += sum[i] >> 51;
		r.limb[i] = (uint64_t) sum[i] & MASK51;
	}
	r.limb[4] = (uint64_t) sum[4] & MASK51;
	r.limb[0] += 19 * (uint64_t) (sum[4] >> 51);
	return carry(r);
}

/* a to the power of 2^bits - below. */
static Field
power(Field a, int bits, uint64_t below)
{
	Field		r = field(1);

	/* 2^bits - below has ones above the lowest bits, if below is small. */
	for (int i = bits - 1; i >= 0; i--)
	{
		bool		one = i >= 6 || ((0 - below) >> i & 1) != 0;

		r = multiply(r, r);
		if (one)
			r = multiply(r, a);
	}
	return r;
}

static Field
invert(Field a)
{
	return power(a, 255, 21);	/* a^(p - 2) */
}

/* Writes the one value below p. */
static void
encode(Field a, uint8_t *out)
{
	a = carry(carry(a));
	for (int tries = 0; tries < 2; tries++)
	{
		/* If adding 19 carries out of 2^255, the value is at least p. */
		Field		b = a;

		b.limb[0] += 19;
		for (int i = 0; i < 4; i++)
		{
			b.limb[i + 1] += b.limb[i] >> 51;
			b.limb[i] &= MASK51;
		}
		if (b.limb[4] >> 51 == 0)
			break;
		b.limb[4] &= MASK51;
		a = b;
	}
	memset(out, 0, 32);
	for (int bit = 0; bit < 255; bit++)
		out[bit / 8] |= (uint8_t) ((a.limb[bit / 51] >> (bit % 51) & 1) << (bit % 8));
}

/* Reads 255 bits; false if the value is not below p. */
static bool
decode(const uint8_t *in, Field *a)
{
	uint8_t		again[32];

	memset(a, 0, sizeof(*a));
	for (int bit = 0; bit < 255; bit++)
		a->limb[bit / 51] |= (uint64_t) (in[bit / 8] >> (bit % 8) & 1) << (bit % 51);
	encode(*a, again);
	again[31] |= in[31] & 0x80;
	return memcmp(in, again, 32) == 0;
}

static bool
equal(Field a, Field b)
{
	uint8_t		bytes_a[32];
	uint8_t		bytes_b[32];

	encode(a, bytes_a);
	encode(b, bytes_b);
	return memcmp(bytes_a, bytes_b, 32) == 0;
}

static Field
curve_d(void)
{
	return multiply(subtract(field(0), field(121665)), invert(field(121666)));
}

/* The point with a given y, and with an x of the given parity, if there is one. */
static bool
point(Field y, bool odd, Point *p)
{
	Field		yy = multiply(y, y);
	Field		u = subtract(yy, field(1));
	Field		v = add(multiply(curve_d(), yy), field(1));
	Field		v3 = multiply(v, multiply(v, v));
	Field		uv7 = multiply(u, multiply(v, multiply(v3, v3)));
	Field		x = multiply(multiply(u, v3), power(uv7, 252, 3));	/* (p - 5) / 8 */
	Field		vxx = multiply(v, multiply(x, x));
	uint8_t		bytes[32];

	if (!equal(vxx, u))
	{
		if (!equal(vxx, subtract(field(0), u)))
			return false;
		x = multiply(x, power(field(2), 253, 5));	/* the root of -1: 2^((p - 1) / 4) */
	}
	encode(x, bytes);
	if ((bytes[0] & 1) != odd)
	{
		if (equal(x, field(0)))
			return false;		/* there is no odd zero */
		x = subtract(field(0), x);
	}
	*p = (Point) {x, y, field(1), multiply(x, y)};
	return true;
}

/* The sum of two points; the formula holds for all, equal ones included. */
static Point
sum(const Point *p, const Point *q, Field d)
{
	Field		a = multiply(subtract(p->y, p->x), subtract(q->y, q->x));
	Field		b = multiply(add(p->y, p->x), add(q->y, q->x));
	Field		c = multiply(multiply(p->t, add(d, d)), q->t);
	Field		zz = multiply(p->z, q->z);
	Field		e = subtract(b, a);
	Field		f = subtract(add(zz, zz), c);
	Field		g = add(add(zz, zz), c);
	Field		h = add(b, a);

	return (Point) {multiply(e, f), multiply(g, h), multiply(f, g), multiply(e, h)};
}

static bool
at_least(const uint64_t *a, const uint64_t *b)
{
	for (int i = 3; i >= 0; i--)
		if (a[i] != b[i])
			return a[i] > b[i];
	return true;
}

/* A 512-bit number, from the lowest byte, modulo the group's order. */
static void
reduce(const uint8_t *in, uint64_t *out)
{
	memset(out, 0, 4 * sizeof(uint64_t));
	for (int bit = 511; bit >= 0; bit--)
	{
		for (int i = 3; i > 0; i--)
			out[i] = out[i] << 1 | out[i - 1] >> 63;
		out[0] = out[0] << 1 | (in[bit / 8] >> (bit % 8) & 1);
		if (at_least(out, group_order))
		{
			uint64_t	borrow = 0;

			for (int i = 0; i < 4; i++)
			{
				uint128		difference = (uint128) out[i] - group_order[i] - borrow;

				out[i] = (uint64_t) difference;
				borrow = (uint64_t) (difference >> 64) & 1;
			}
		}
	}
}

bool
pgstd_ed25519_verify(const uint8_t *signature, const uint8_t *key,
					 const void *part1, size_t size1, const void *part2, size_t size2)
{
	Field		d = curve_d();
	Field		y;
	Field		inverse;
	Point		base;
	Point		minus_a;
	Point		both;
	Point		r = {field(0), field(1), field(1), field(0)};
	uint64_t	s[4] = {0};
	uint64_t	k[4];
	uint8_t		digest[64];
	uint8_t		result[32];
	uint8_t		x_bytes[32];
	PgstdDigest h;

	for (int i = 0; i < 32; i++)
		s[i / 8] |= (uint64_t) signature[32 + i] << (8 * (i % 8));
	if (at_least(s, group_order))
		return false;			/* else there would be two signatures */
	if (!decode(key, &y) || !point(y, (key[31] & 0x80) == 0, &minus_a))
		return false;			/* the other x is that of -A */
	if (!point(multiply(field(4), invert(field(5))), false, &base))
		return false;
	pgstd_sha512_init(&h);
	pgstd_sha512_add(&h, signature, 32);
	pgstd_sha512_add(&h, key, 32);
	pgstd_sha512_add(&h, part1, size1);
	pgstd_sha512_add(&h, part2, size2);
	pgstd_sha512_end(&h, digest);
	reduce(digest, k);

	/* R = s B - k A */
	both = sum(&base, &minus_a, d);
	for (int bit = 255; bit >= 0; bit--)
	{
		bool		in_s = s[bit / 64] >> (bit % 64) & 1;
		bool		in_k = k[bit / 64] >> (bit % 64) & 1;

		r = sum(&r, &r, d);
		if (in_s || in_k)
			r = sum(&r, in_s && in_k ? &both : in_s ? &base : &minus_a, d);
	}
	inverse = invert(r.z);
	encode(multiply(r.y, inverse), result);
	encode(multiply(r.x, inverse), x_bytes);
	result[31] |= (uint8_t) (x_bytes[0] << 7);
	return memcmp(result, signature, 32) == 0;
}
