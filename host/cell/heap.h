/*-------------------------------------------------------------------------
 *
 * heap.h
 *	  Blocks of a region's heap.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CELL_HEAP_H
#define PGSTD_CELL_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* A block that is in use; they are in the order of their addresses. */
typedef struct PgstdCellBlock
{
	struct PgstdCellBlock *next;
	uint64_t	start;
	uint64_t	end;
} PgstdCellBlock;

typedef struct PgstdCellHeap
{
	uint64_t	start;
	uint64_t	end;
	PgstdCellBlock *blocks;
} PgstdCellHeap;

extern void *pgstd_heap_alloc(PgstdCellHeap *heap, size_t size);
extern void pgstd_heap_free(PgstdCellHeap *heap, void *addr);
extern void pgstd_heap_drop(PgstdCellHeap *heap);

#endif							/* PGSTD_CELL_HEAP_H */
