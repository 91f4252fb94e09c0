/*-------------------------------------------------------------------------
 *
 * debug.c
 *	  Makes a read of memory that has been given back show, in hosts that are
 *	  built for tests.
 *
 * Servers as they are packaged leave freed memory as it was, so that a read too
 * late finds what it looks for, most of the time.  Here the allocator of the
 * whole backend is changed while it runs: what is freed, or goes with its
 * context, is overwritten first.  With AddressSanitizer it is poisoned, too, and
 * a chunk is exactly as long as it was asked for.
 *
 * This knows how an allocation set is laid out in memory, which differs between
 * majors.  Where it does not know, it does nothing.
 *
 *-------------------------------------------------------------------------
 */
#include "../backend.h"

#include <sys/mman.h>

#include "nodes/memnodes.h"
#include "utils/memutils.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define poison(addr, size)		ASAN_POISON_MEMORY_REGION(addr, size)
#define unpoison(addr, size)	ASAN_UNPOISON_MEMORY_REGION(addr, size)
#else
#define poison(addr, size)		((void) (addr), (void) (size))
#define unpoison(addr, size)	((void) (addr), (void) (size))
#endif

#define RENDEZVOUS	"pgstd.debug"

/*
 * Reads a byte of memory that has been given back, once with its context, and once by
 * itself: for a test of this file.  The companion has it as a function for SQL.
 */
#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(pgstd_companion_read_late);
#pragma GCC visibility pop

Datum
pgstd_companion_read_late(PG_FUNCTION_ARGS)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "pgstd late", ALLOCSET_SMALL_SIZES);
	volatile unsigned char *bytes = MemoryContextAllocZero(context, 100);

	if (PG_GETARG_BOOL(0))
		MemoryContextReset(context);
	else
		pfree((void *) bytes);
	PG_RETURN_INT32(bytes[50]);
}

#if PG_VERSION_NUM < 160000

/* What stands in front of a chunk, and how a set and its blocks begin. */
#define CHUNK_HEADER	(sizeof(Size) + sizeof(void *))

typedef struct Block
{
	void	   *set;
	struct Block *previous;
	struct Block *next;
	char	   *free;			/* start of what has never been used */
	char	   *end;
} Block;

typedef struct Set
{
	MemoryContextData header;
	Block	   *blocks;
} Set;

/* Of larger ones only the start: they are unmapped when they are freed. */
#define CLOBBER_MAX		((Size) 256 * 1024)

static MemoryContextMethods original;

/* Bytes that a chunk has room for. */
static Size
room(MemoryContext context, void *chunk)
{
	return original.get_chunk_space(context, chunk) - CHUNK_HEADER;
}

static void *
clobbering_alloc(MemoryContext context, Size size)
{
	void	   *chunk = original.alloc(context, size);

	if (chunk != NULL)
	{
		unpoison((char *) chunk - sizeof(void *), sizeof(void *));
		poison(chunk, room(context, chunk));
		unpoison(chunk, size);
	}
	return chunk;
}

static void
clobbering_free(MemoryContext context, void *chunk)
{
	Size		size = room(context, chunk);

	unpoison(chunk, size);
	pgstd_clobber(chunk, Min(size, CLOBBER_MAX));
	poison(chunk, size);
	original.free_p(context, chunk);
}

/* A chunk that grows always moves. */
static void *
clobbering_realloc(MemoryContext context, void *chunk, Size size)
{
	Size		old = room(context, chunk);
	void	   *moved = clobbering_alloc(context, size);

	if (moved != NULL)
	{
		unpoison(chunk, old);
		memcpy(moved, chunk, Min(old, size));
		clobbering_free(context, chunk);
	}
	return moved;
}

static void
clobber_blocks(MemoryContext context)
{
	for (Block *block = ((Set *) context)->blocks; block != NULL; block = block->next)
	{
		char	   *start = (char *) (block + 1);
		Size		size = block->free - start;

		unpoison(start, size);
		pgstd_clobber(start, Min(size, CLOBBER_MAX));
		poison(start, block->end - start);
	}
}

static void
clobbering_reset(MemoryContext context)
{
	clobber_blocks(context);
	original.reset(context);
}

static void
clobbering_delete(MemoryContext context)
{
	clobber_blocks(context);
	original.delete_context(context);
}

/* The table of the allocator is constant, for everybody else. */
static void
replace_methods(MemoryContextMethods *methods)
{
	uint64_t	page = pgstd_page_size();
	uint64_t	start = (uint64_t) methods & ~(page - 1);
	uint64_t	end = ((uint64_t) (methods + 1) + page - 1) & ~(page - 1);

	original = *methods;
	if (mprotect((void *) start, end - start, PROT_READ | PROT_WRITE) != 0)
		elog(ERROR, "mprotect failed: %m");
	methods->alloc = clobbering_alloc;
	methods->free_p = clobbering_free;
	methods->realloc = clobbering_realloc;
	methods->reset = clobbering_reset;
	methods->delete_context = clobbering_delete;
	if (mprotect((void *) start, end - start, PROT_READ) != 0)
		elog(ERROR, "mprotect failed: %m");
}

/* To be called when a module is loaded: the first one does it. */
void
pgstd_debug_init(void)
{
	void	  **done = find_rendezvous_variable(RENDEZVOUS);

	if (*done == NULL && IsA(TopMemoryContext, AllocSetContext))
	{
		*done = &original;
		replace_methods(unconstify(MemoryContextMethods *, TopMemoryContext->methods));
	}
}

#else

void
pgstd_debug_init(void)
{
}

#endif
