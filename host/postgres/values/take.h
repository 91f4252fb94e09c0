/*-------------------------------------------------------------------------
 *
 * take.h
 *	  What a world has passed out: checked, counted and copied, once.
 *
 * A world's memory is hostile, and gone after whatever can run code.  So the host
 * reads what it needs in one go: each address has to lie in the memory of the
 * world, and all that is taken for one result, parameter list or record may take
 * no more room than the world itself.  What two values share is counted twice, as
 * it is copied twice.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_TAKE_H
#define PGSTD_TAKE_H

#include "../backend.h"

typedef struct PgstdTaking
{
	PgstdWorld *world;
	uint64		bytes;			/* taken so far */
	uint64		limit;
	int			depth;			/* of the value that is being taken */
} PgstdTaking;

extern void pgstd_take_begin(PgstdTaking *taking, BackendWorld *bw);
pg_noreturn extern void pgstd_take_refuse(void);
extern void pgstd_take_count(PgstdTaking *taking, uint64 count, uint64 size);
extern void pgstd_take_verify(const PgstdTaking *taking, const char *text, uint64 size);
extern uint64 pgstd_clean_word(PgstdType code, uint64 word);
extern void *pgstd_take_bytes(PgstdTaking *taking, const void *addr, uint64 size);
extern void *pgstd_take_items(PgstdTaking *taking, const void *addr, uint64 count, uint64 size);
extern PgstdText pgstd_take_text(PgstdTaking *taking, PgstdText text);
extern void pgstd_take_slot(PgstdTaking *taking, PgstdType code, const uint8 *details, PgstdSlot *slot);
extern void pgstd_take_value(PgstdTaking *taking, PgstdType code, PgstdType element, PgstdSlot *slot);

/* Raises unless so many bytes from addr on are the world's own. */
static inline void
pgstd_take_check(PgstdTaking *taking, const void *addr, uint64 size)
{
	if (unlikely(!pgstd_memory_holds(taking->world, addr, size)))
		pgstd_take_refuse();
}

#endif							/* PGSTD_TAKE_H */
