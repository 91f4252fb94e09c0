/*-------------------------------------------------------------------------
 *
 * text.h
 *	  Texts between worlds, PostgreSQL and C.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_TEXT_H
#define PGSTD_TEXT_H

#include "../backend.h"

#include "utils/memutils.h"

/* text.c */
extern char *pgstd_cstring(PgstdText text);
extern const char *pgstd_cut(PgstdText text, char *room, size_t size);
extern int	pgstd_sqlstate(PgstdText text, bool error);
pg_noreturn extern void pgstd_too_large(uint64 size);

/* A C string as a world reads it; NULL is an empty text. */
static inline PgstdText
pgstd_text_of(const char *s)
{
	return (PgstdText) {s, s != NULL ? strlen(s) : 0};
}

/* Of texts of a few bytes, also for each call: memcmp is made for longer ones. */
static inline bool
pgstd_same_text(PgstdText a, PgstdText b)
{
	if (a.size != b.size)
		return false;
	for (size_t i = 0; i < a.size; i++)
		if (a.data[i] != b.data[i])
			return false;
	return true;
}

/* A copy in the current memory context, which is a C string, too, if the text is one. */
static inline PgstdText
pgstd_copy_text(PgstdText text)
{
	char	   *copy = palloc(text.size + 1);

	if (text.size > 0)
		memcpy(copy, text.data, text.size);
	copy[text.size] = '\0';
	return (PgstdText) {copy, text.size};
}

/*
 * A value of a type like text or bytea, in the current memory context.  The bytes are
 * the host's own, or have been checked.
 */
static inline struct varlena *
pgstd_varlena(const void *bytes, uint32 size)
{
	struct varlena *value;

	if (unlikely(size > MaxAllocSize - VARHDRSZ))
		pgstd_too_large(size);
	value = palloc(VARHDRSZ + size);
	SET_VARSIZE(value, VARHDRSZ + size);
	memcpy(VARDATA(value), bytes, size);
	return value;
}

#endif							/* PGSTD_TEXT_H */
