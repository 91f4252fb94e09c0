/*-------------------------------------------------------------------------
 *
 * digest.c
 *	  SHA-512 (FIPS 180-4) and BLAKE2b with 64 bytes of output (RFC 7693), for
 *	  signatures, and SHA-256.
 *
 * PostgreSQL has the first and the last (common/cryptohash.h), but asks for a resource owner,
 * which a postmaster that preloads modules has not, and OpenSSL, which makes itself ready in each
 * process for a quarter of a millisecond; and not the other.
 *
 *-------------------------------------------------------------------------
 */
#include "digest.h"

#include <string.h>

/* First 64 bits of the fractional parts of the square roots of the first 8 primes. */
static const uint64_t initial[8] = {
	0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b,
	0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f,
	0x1f83d9abfb41bd6b, 0x5be0cd19137e2179
};

/* The same of the cube roots of the first 80 primes. */
static const uint64_t rounds[80] = {
	0x428a2f98d728ae22, 0x7137449123ef65cd, 0xb5c0fbcfec4d3b2f,
	0xe9b5dba58189dbbc, 0x3956c25bf348b538, 0x59f111f1b605d019,
	0x923f82a4af194f9b, 0xab1c5ed5da6d8118, 0xd807aa98a3030242,
	0x12835b0145706fbe, 0x243185be4ee4b28c, 0x550c7dc3d5ffb4e2,
	0x72be5d74f27b896f, 0x80deb1fe3b1696b1, 0x9bdc06a725c71235,
	0xc19bf174cf692694, 0xe49b69c19ef14ad2, 0xefbe4786384f25e3,
	0x0fc19dc68b8cd5b5, 0x240ca1cc77ac9c65, 0x2de92c6f592b0275,
	0x4a7484aa6ea6e483, 0x5cb0a9dcbd41fbd4, 0x76f988da831153b5,
	0x983e5152ee66dfab, 0xa831c66d2db43210, 0xb00327c898fb213f,
	0xbf597fc7beef0ee4, 0xc6e00bf33da88fc2, 0xd5a79147930aa725,
	0x06ca6351e003826f, 0x142929670a0e6e70, 0x27b70a8546d22ffc,
	0x2e1b21385c26c926, 0x4d2c6dfc5ac42aed, 0x53380d139d95b3df,
	0x650a73548baf63de, 0x766a0abb3c77b2a8, 0x81c2c92e47edaee6,
	0x92722c851482353b, 0xa2bfe8a14cf10364, 0xa81a664bbc423001,
	0xc24b8b70d0f89791, 0xc76c51a30654be30, 0xd192e819d6ef5218,
	0xd69906245565a910, 0xf40e35855771202a, 0x106aa07032bbd1b8,
	0x19a4c116b8d2d0c8, 0x1e376c085141ab53, 0x2748774cdf8eeb99,
	0x34b0bcb5e19b48a8, 0x391c0cb3c5c95a63, 0x4ed8aa4ae3418acb,
	0x5b9cca4f7763e373, 0x682e6ff3d6b2b8a3, 0x748f82ee5defb2fc,
	0x78a5636f43172f60, 0x84c87814a1f0ab72, 0x8cc702081a6439ec,
	0x90befffa23631e28, 0xa4506cebde82bde9, 0xbef9a3f7b2c67915,
	0xc67178f2e372532b, 0xca273eceea26619c, 0xd186b8c721c0c207,
	0xeada7dd6cde0eb1e, 0xf57d4f7fee6ed178, 0x06f067aa72176fba,
	0x0a637dc5a2c898a6, 0x113f9804bef90dae, 0x1b710b35131c471b,
	0x28db77f523047d84, 0x32caab7b40c72493, 0x3c9ebe0a15c9bebc,
	0x431d67c49c100d4c, 0x4cc5d4becb3e42b6, 0x597f299cfc657e2a,
	0x5fcb6fab3ad6faec, 0x6c44198c4a475817
};

static uint64_t
rotate(uint64_t x, int n)
{
	return x >> n | x << (64 - n);
}

static void
sha512_block(uint64_t *state, const uint8_t *block)
{
	uint64_t	w[80];
	uint64_t	s[8];

	for (int i = 0; i < 16; i++)
	{
		w[i] = 0;
		for (int j = 0; j < 8; j++)
			w[i] = w[i] << 8 | block[8 * i + j];
	}
	for (int i = 16; i < 80; i++)
	{
		uint64_t	a = w[i - 15];
		uint64_t	b = w[i - 2];

		w[i] = w[i - 16] + (rotate(a, 1) ^ rotate(a, 8) ^ a >> 7) +
			w[i - 7] + (rotate(b, 19) ^ rotate(b, 61) ^ b >> 6);
	}
	memcpy(s, state, sizeof(s));
	for (int i = 0; i < 80; i++)
	{
		uint64_t	e = s[4];
		uint64_t	a = s[0];
		uint64_t	t1 = s[7] + (rotate(e, 14) ^ rotate(e, 18) ^ rotate(e, 41)) +
			((e & s[5]) ^ (~e & s[6])) + rounds[i] + w[i];
		uint64_t	t2 = (rotate(a, 28) ^ rotate(a, 34) ^ rotate(a, 39)) +
			((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void
pgstd_sha512_init(PgstdDigest *d)
{
	memset(d, 0, sizeof(*d));
	memcpy(d->state, initial, sizeof(initial));
}

void
pgstd_sha512_add(PgstdDigest *d, const void *data, size_t size)
{
	const uint8_t *p = data;

	for (; size > 0; size--)
	{
		d->block[d->total++ % 128] = *p++;
		if (d->total % 128 == 0)
			sha512_block(d->state, d->block);
	}
}

void
pgstd_sha512_end(PgstdDigest *d, uint8_t *out)
{
	uint64_t	bits = d->total * 8;
	uint8_t		byte = 0x80;

	do
	{
		pgstd_sha512_add(d, &byte, 1);
		byte = 0;
	} while (d->total % 128 != 112);
	/* Their number has 16 bytes, of which nobody needs the upper half. */
	for (int i = 0; i < 16; i++)
	{
		byte = i < 8 ? 0 : (uint8_t) (bits >> (120 - 8 * i));
		pgstd_sha512_add(d, &byte, 1);
	}
	for (int i = 0; i < 64; i++)
		out[i] = (uint8_t) (d->state[i / 8] >> (56 - 8 * (i % 8)));
}

/* FIPS 180-4 makes its constants of the same primes: they have the first 32 bits of those above. */
static uint32_t
first_half(uint64_t x)
{
	return (uint32_t) (x >> 32);
}

static uint32_t
rotate32(uint32_t x, int n)
{
	return x >> n | x << (32 - n);
}

static void
sha256_block(uint32_t *state, const uint8_t *block)
{
	uint32_t	w[64];
	uint32_t	s[8];

	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t) block[4 * i] << 24 | (uint32_t) block[4 * i + 1] << 16 | (uint32_t) block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 64; i++)
	{
		uint32_t	a = w[i - 15];
		uint32_t	b = w[i - 2];

		w[i] = w[i - 16] + (rotate32(a, 7) ^ rotate32(a, 18) ^ a >> 3) +
			w[i - 7] + (rotate32(b, 17) ^ rotate32(b, 19) ^ b >> 10);
	}
	memcpy(s, state, sizeof(s));
	for (int i = 0; i < 64; i++)
	{
		uint32_t	e = s[4];
		uint32_t	a = s[0];
		uint32_t	t1 = s[7] + (rotate32(e, 6) ^ rotate32(e, 11) ^ rotate32(e, 25)) +
			((e & s[5]) ^ (~e & s[6])) + first_half(rounds[i]) + w[i];
		uint32_t	t2 = (rotate32(a, 2) ^ rotate32(a, 13) ^ rotate32(a, 22)) +
			((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));

		memmove(s + 1, s, 7 * sizeof(s[0]));
		s[4] += t1;
		s[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		state[i] += s[i];
}

void
pgstd_sha256(const void *data, size_t size, uint8_t *out)
{
	const uint8_t *p = data;
	uint64_t	bits = (uint64_t) size * 8;
	uint32_t	state[8];
	uint8_t		last[128] = {0};	/* what is left, a bit, zeros, and how much it was */
	size_t		left = size % 64;
	size_t		end = left < 56 ? 64 : 128;

	for (int i = 0; i < 8; i++)
		state[i] = first_half(initial[i]);
	for (size_t at = 0; at + 64 <= size; at += 64)
		sha256_block(state, p + at);
	if (left > 0)
		memcpy(last, p + size - left, left);
	last[left] = 0x80;
	for (int i = 0; i < 8; i++)
		last[end - 1 - i] = (uint8_t) (bits >> 8 * i);
	for (size_t at = 0; at < end; at += 64)
		sha256_block(state, last + at);
	for (int i = 0; i < 32; i++)
		out[i] = (uint8_t) (state[i / 4] >> (24 - i % 4 * 8));
}

/* The order in which BLAKE2b's rounds take the words of a block. */
static const uint8_t order[10][16] = {
	{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15},
	{14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3},
	{11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4},
	{7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8},
	{9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13},
	{2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9},
	{12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11},
	{13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10},
	{6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5},
	{10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0}
};

static void
mix(uint64_t *v, int a, int b, int c, int d, uint64_t x, uint64_t y)
{
	v[a] += v[b] + x;
	v[d] = rotate(v[d] ^ v[a], 32);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 24);
	v[a] += v[b] + y;
	v[d] = rotate(v[d] ^ v[a], 16);
	v[c] += v[d];
	v[b] = rotate(v[b] ^ v[c], 63);
}

static void
blake2b_block(uint64_t *state, const uint8_t *block, uint64_t total, bool last)
{
	uint64_t	v[16];
	uint64_t	m[16];

	for (int i = 0; i < 16; i++)
	{
		m[i] = 0;
		for (int j = 7; j >= 0; j--)
			m[i] = m[i] << 8 | block[8 * i + j];
	}
	memcpy(v, state, 8 * sizeof(v[0]));
	memcpy(v + 8, initial, 8 * sizeof(v[0]));
	v[12] ^= total;
	if (last)
		v[14] = ~v[14];
	for (int i = 0; i < 12; i++)
	{
		const uint8_t *o = order[i % 10];

		for (int j = 0; j < 4; j++)
			mix(v, j, j + 4, j + 8, j + 12, m[o[2 * j]], m[o[2 * j + 1]]);
		for (int j = 0; j < 4; j++)
			mix(v, j, 4 + (j + 1) % 4, 8 + (j + 2) % 4, 12 + (j + 3) % 4, m[o[8 + 2 * j]], m[o[9 + 2 * j]]);
	}
	for (int i = 0; i < 8; i++)
		state[i] ^= v[i] ^ v[i + 8];
}

void
pgstd_blake2b(const void *data, size_t size, uint8_t *out)
{
	uint64_t	state[8];
	uint8_t		block[128] = {0};
	const uint8_t *p = data;
	size_t		done = 0;

	memcpy(state, initial, sizeof(initial));
	state[0] ^= 0x01010040;		/* no key, 64 bytes of output */
	for (; size - done > 128; done += 128)
		blake2b_block(state, p + done, done + 128, false);
	if (size > done)
		memcpy(block, p + done, size - done);
	blake2b_block(state, block, size, true);
	for (int i = 0; i < 64; i++)
		out[i] = (uint8_t) (state[i / 8] >> (8 * (i % 8)));
}
