/*-------------------------------------------------------------------------
 *
 * text.c
 *	  Texts between worlds, PostgreSQL and C.
 *
 *-------------------------------------------------------------------------
 */
#include "text.h"

#include "mb/pg_wchar.h"

/* How long a character of UTF-8 is that begins so; 1, if none does. */
static int
utf8_length(unsigned char first)
{
	if ((first & 0xe0) == 0xc0)
		return 2;
	if ((first & 0xf0) == 0xe0)
		return 3;
	return (first & 0xf8) == 0xf0 ? 4 : 1;
}

/*
 * Makes a C string of text that may hold anything: a dying world can print
 * broken UTF-8 or NUL.  Bytes that cannot stand in a message become '?'.
 */
char *
pgstd_cstring(PgstdText text)
{
	char	   *result = palloc(text.size + 1);
	size_t		n = 0;

	while (n < text.size)
	{
		const unsigned char *at = (const unsigned char *) text.data + n;
		int			len;

		if (*at != '\0' && *at < 0x80)
		{
			result[n++] = (char) *at;
			continue;
		}
		len = utf8_length(*at);
		if (*at != '\0' && n + len <= text.size && pg_utf8_islegal(at, len))
		{
			memcpy(result + n, at, len);
			n += len;
		}
		else
			result[n++] = '?';
	}
	result[n] = '\0';
	return result;
}

void
pgstd_too_large(uint64 size)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("value of " UINT64_FORMAT " bytes exceeds the maximum of %zu bytes",
					size, (size_t) MaxAllocSize - VARHDRSZ)));
}
