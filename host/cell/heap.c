/*-------------------------------------------------------------------------
 *
 * heap.c
 *	  Blocks of a region's heap: few and large, whole pages each.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>

#include "../world.h"
#include "heap.h"

/* The first gap that is large enough. */
void *
pgstd_heap_alloc(PgstdCellHeap *heap, size_t size)
{
	uint64_t	page = pgstd_page_size();
	uint64_t	at = heap->start;
	PgstdCellBlock **link = &heap->blocks;
	PgstdCellBlock *block;

	if (size > heap->end - heap->start)
		return NULL;
	size = (size + page - 1) & ~(page - 1);
	while (*link != NULL && (*link)->start - at < size)
	{
		at = (*link)->end;
		link = &(*link)->next;
	}
	if (heap->end - at < size || (block = malloc(sizeof(*block))) == NULL)
		return NULL;
	*block = (PgstdCellBlock) {*link, at, at + size};
	*link = block;
	return (void *) at;
}

void
pgstd_heap_free(PgstdCellHeap *heap, void *addr)
{
	for (PgstdCellBlock **link = &heap->blocks; *link != NULL; link = &(*link)->next)
	{
		PgstdCellBlock *block = *link;

		if (block->start != (uint64_t) addr)
			continue;
		*link = block->next;
		pgstd_memory_clear(addr, block->end - block->start);
		free(block);
		return;
	}
}

void
pgstd_heap_drop(PgstdCellHeap *heap)
{
	while (heap->blocks != NULL)
	{
		PgstdCellBlock *next = heap->blocks->next;

		free(heap->blocks);
		heap->blocks = next;
	}
}
