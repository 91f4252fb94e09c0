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

/* Bytes that cannot stand in a message become '?'. */
static void
clean(char *text, size_t size)
{
	for (size_t n = 0; n < size;)
	{
		const unsigned char *at = (const unsigned char *) text + n;
		int			len = utf8_length(*at);

		if (*at == '\0' || n + len > size || !pg_utf8_islegal(at, len))
		{
			text[n] = '?';
			len = 1;
		}
		n += len;
	}
	text[size] = '\0';
}

/*
 * Makes a C string of text that may hold anything: a dying world can print
 * broken UTF-8 or NUL, and a cell goes on writing to it.
 */
char *
pgstd_cstring(PgstdText text)
{
	char	   *result = palloc(text.size + 1);

	if (text.size > 0)
		memcpy(result, text.data, text.size);
	clean(result, text.size);
	return result;
}

/* The same where nothing may be allocated: as much of it as there is room for. */
const char *
pgstd_cut(PgstdText text, char *room, size_t size)
{
	size_t		n = Min(text.size, size - 1);

	if (n > 0)
		memcpy(room, text.data, n);
	clean(room, n);
	return room;
}

/*
 * The code of an error, or of a message, which may be of any class; 0: none is said.  Package
 * pg makes no other than these, but a cell may.
 */
int
pgstd_sqlstate(PgstdText text, bool error)
{
	static const char class_of_no_error[][3] = {"00", "01", "02"};
	char		code[5];

	if (text.size != sizeof(code))
		return 0;
	memcpy(code, text.data, sizeof(code));
	for (size_t i = 0; i < sizeof(code); i++)
		if (!(code[i] >= '0' && code[i] <= '9') && !(code[i] >= 'A' && code[i] <= 'Z'))
			return ERRCODE_E_R_I_E_INVALID_SQLSTATE_RETURNED;
	for (size_t i = 0; error && i < lengthof(class_of_no_error); i++)
		if (memcmp(code, class_of_no_error[i], 2) == 0)
			return ERRCODE_E_R_I_E_INVALID_SQLSTATE_RETURNED;
	return MAKE_SQLSTATE(code[0], code[1], code[2], code[3], code[4]);
}

void
pgstd_too_large(uint64 size)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("value of " UINT64_FORMAT " bytes exceeds the maximum of %zu bytes",
					size, (size_t) MaxAllocSize - VARHDRSZ)));
}
