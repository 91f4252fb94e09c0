/*
 * Unpacks what comes: four bytes of a size, lowest first, and as many that "gzip" has made.
 * Writes a byte, whether it could be read, and then the same of what it holds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "inflate.h"

static int
get(unsigned char *to, size_t n)
{
	return fread(to, 1, n, stdin) == n;
}

static void
between(void)
{
}

int
main(void)
{
	unsigned char head[4];

	while (get(head, 4))
	{
		size_t		size = head[0] | head[1] << 8 | head[2] << 16 | (size_t) head[3] << 24;
		unsigned char *in = malloc(size);	/* each of its own size, so that nobody looks beyond */
		unsigned char *out = NULL;
		size_t		holds = 0;
		int			good;

		if (!get(in, size))
			return 2;
		good = plgo_gzip_holds(in, size, &holds) && holds < 1 << 25;
		if (good)
		{
			out = malloc(holds);
			good = plgo_gzip_read(in, size, out, holds, between);
		}
		holds = good ? holds : 0;
		putchar(good);
		for (int i = 0; i < 4; i++)
			putchar((int) (holds >> 8 * i & 0xff));
		for (size_t i = 0; i < holds; i++)
			putchar(out[i]);
		free(in);
		free(out);
	}
	return 0;
}
