/*-------------------------------------------------------------------------
 *
 * digest.h
 *	  Digests and signatures: nothing but arithmetic.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_DIGEST_H
#define PGSTD_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct PgstdDigest
{
	uint64_t	state[8];
	uint64_t	total;			/* bytes added */
	uint8_t		block[128];
} PgstdDigest;

/* digest.c */
extern void pgstd_sha512_init(PgstdDigest *d);
extern void pgstd_sha512_add(PgstdDigest *d, const void *data, size_t size);
extern void pgstd_sha512_end(PgstdDigest *d, uint8_t *out);
extern void pgstd_sha256(const void *data, size_t size, uint8_t *out);
extern void pgstd_blake2b(const void *data, size_t size, uint8_t *out);

/* ed25519.c: the message is in two parts, which follow each other. */
extern bool pgstd_ed25519_verify(const uint8_t *signature, const uint8_t *key,
								 const void *part1, size_t size1, const void *part2, size_t size2);

#endif							/* PGSTD_DIGEST_H */
