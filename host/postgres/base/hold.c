/*-------------------------------------------------------------------------
 *
 * hold.c
 *	  What calls have in their hands, and what they have dropped.
 *
 *-------------------------------------------------------------------------
 */
#include "hold.h"

#include "utils/memutils.h"

#define FIRST_HOLDS		64

/* Something that is to be freed when nobody holds it any more. */
typedef struct Retired
{
	struct Retired *next;
	MemoryContext context;		/* holds this, too */
	void	   *thing;
	Size		size;
} Retired;

PgstdHold  *pgstd_holds = NULL;
int			pgstd_nholds = 0;
int			pgstd_max_holds = 0;

static Retired *retired = NULL;

void
pgstd_holds_grow(void)
{
	int			n = Max(pgstd_max_holds * 2, FIRST_HOLDS);

	if (pgstd_holds == NULL)
		pgstd_holds = MemoryContextAlloc(TopMemoryContext, sizeof(PgstdHold) * n);
	else
		pgstd_holds = repalloc(pgstd_holds, sizeof(PgstdHold) * n);
	pgstd_max_holds = n;
}

bool
pgstd_is_held(const void *thing)
{
	pgstd_holds_settle(__builtin_frame_address(0));
	for (int i = pgstd_nholds - 1; i >= 0; i--)
		if (pgstd_holds[i].thing == thing)
			return true;
	return false;
}

static void
forget(Retired *r)
{
#ifdef PGSTD_CLOBBER
	/* Whoever reads it now is caught. */
	memset(r->thing, 0x7f, r->size);
#endif
	MemoryContextDelete(r->context);
}

/*
 * Frees a memory context with a thing in it that is not to be used any more, but may
 * be in somebody's hands: then it goes when it has been let go of, and another is
 * retired.
 */
void
pgstd_retire(MemoryContext context, void *thing, Size size)
{
	Retired    *r = MemoryContextAlloc(context, sizeof(Retired));
	Retired   **at = &retired;

	*r = (Retired) {retired, context, thing, size};
	retired = r;
	MemoryContextSetParent(context, TopMemoryContext);
	while (*at != NULL)
	{
		Retired    *old = *at;

		if (pgstd_is_held(old->thing))
			at = &old->next;
		else
		{
			*at = old->next;
			forget(old);
		}
	}
}
