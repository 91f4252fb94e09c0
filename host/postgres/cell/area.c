/*-------------------------------------------------------------------------
 *
 * area.c
 *	  The call area of a region: what arguments and answers lie in.
 *
 * What is in use is known to the backend alone.  There is little of it at a time: the
 * calls that wait for each other, their last answers, and rows of open cursors.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

#include <sys/mman.h>

/* Pages of extents from this size on go back to the kernel at once. */
#define LARGE	(256 * 1024)

#define ALIGN	64

void
pgstd_area_init(PgstdArea *area, MemoryContext context, char *start, uint64 size)
{
	*area = (PgstdArea) {.context = context, .start = start, .end = start + size, .reached = start};
}

/* A piece of so many bytes; NULL: there is no room, or no memory. */
PgstdExtent *
pgstd_area_take(PgstdArea *area, uint64 size)
{
	char	   *at = area->start;
	PgstdExtent **link = &area->used;
	PgstdExtent *extent;

	if (size > (uint64) (area->end - area->start))
		return NULL;
	size = (Max(size, 1) + ALIGN - 1) & ~(uint64) (ALIGN - 1);
	while (*link != NULL && (uint64) ((*link)->start - at) < size)
	{
		at = (*link)->end;
		link = &(*link)->next;
	}
	if ((uint64) (area->end - at) < size)
		return NULL;
	extent = MemoryContextAllocExtended(area->context, sizeof(PgstdExtent), MCXT_ALLOC_NO_OOM);
	if (extent == NULL)
		return NULL;
	*extent = (PgstdExtent) {.next = *link, .start = at, .end = at + size};
	*link = extent;
	area->reached = Max(area->reached, extent->end);
	return extent;
}

/* Gives all pieces of an owner back. */
void
pgstd_area_give(PgstdArea *area, PgstdExtent *extents)
{
	while (extents != NULL)
	{
		PgstdExtent *extent = extents;
		PgstdExtent **link = &area->used;

		extents = extent->also;
		while (*link != extent)
			link = &(*link)->next;
		*link = extent->next;
		if (extent->end - extent->start >= LARGE)
		{
			char	   *from = (char *) TYPEALIGN(pgstd_page_size(), extent->start);
			char	   *to = (char *) TYPEALIGN_DOWN(pgstd_page_size(), extent->end);

			(void) madvise(from, to - from, MADV_REMOVE);
		}
		pfree(extent);
	}
}
