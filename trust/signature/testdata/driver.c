/*
 * Reads questions to the host's digests and signatures, one per line, in
 * hexadecimal; writes the answers.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digest.h"

#define MAX	20000

static size_t
hex(const char *in, uint8_t *out)
{
	size_t		n = 0;

	if (strcmp(in, "-") == 0)
		return 0;
	for (; in[0] != '\0' && in[1] != '\0'; in += 2)
	{
		unsigned int byte;

		if (sscanf(in, "%2x", &byte) != 1)
			exit(2);
		out[n++] = (uint8_t) byte;
	}
	return n;
}

static void
answer(const uint8_t *digest, int n)
{
	for (int i = 0; i < n; i++)
		printf("%02x", digest[i]);
	printf("\n");
}

int
main(void)
{
	static char what[16];
	static char word[3][2 * MAX + 1];
	static uint8_t data[3][MAX];
	uint8_t		digest[64];
	size_t		size;

	while (scanf("%15s %40000s", what, word[0]) == 2)
	{
		size = hex(word[0], data[0]);
		if (strcmp(what, "blake2b") == 0)
		{
			pgstd_blake2b(data[0], size, digest);
			answer(digest, 64);
		}
		else if (strcmp(what, "sha256") == 0)
		{
			pgstd_sha256(data[0], size, digest);
			answer(digest, 32);
		}
		else if (strcmp(what, "sha512") == 0)
		{
			PgstdDigest d;

			pgstd_sha512_init(&d);
			pgstd_sha512_add(&d, data[0], size / 3);
			pgstd_sha512_add(&d, data[0] + size / 3, size - size / 3);
			pgstd_sha512_end(&d, digest);
			answer(digest, 64);
		}
		else
		{
			/* a message, of which the first third is one part; signature; key */
			if (scanf("%40000s %40000s", word[1], word[2]) != 2 || hex(word[1], data[1]) != 64 || hex(word[2], data[2]) != 32)
				return 2;
			printf("%d\n", pgstd_ed25519_verify(data[1], data[2], data[0], size / 3, data[0] + size / 3, size - size / 3));
		}
	}
	return 0;
}
