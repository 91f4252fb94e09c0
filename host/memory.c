/*-------------------------------------------------------------------------
 *
 * memory.c
 *	  Memory of a world: blocks that the platform allocates, and address space
 *	  reserved without memory behind it.
 *
 * A block from an allocator may have been used before; dropping its whole pages
 * makes them read as zero again without touching them, so that a fresh arena
 * costs address space only.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "world.h"

/*
 * Blocks up to this total are kept off transparent huge pages: an idle world
 * touches a few pages of each, and would be charged 2 MB for every one.
 */
#define SMALL_PAGES_MAX		(UINT64_C(16) << 20)

/*
 * Of what size the blocks are that arenas are cut from.  A platform maps blocks as large as these,
 * so that they lie close together: with room to align them, they have more than the 32 MB
 * above which malloc does in a process that has freed little.  The runtime keeps an index of
 * everything from its lowest to its highest address.
 */
#define ARENA_BLOCK_MIN		((UINT64_C(32) << 20) - PGSTD_ARENA_SIZE)
#define ARENA_BLOCK_MAX		(UINT64_C(256) << 20)

/*
 * What the runtime keeps its books in are some pieces, of which the largest, for profiles
 * of memory, has 1.4 MB.  They are cut from blocks, too: what the kernel does for a block
 * and its end is a good part of what a start takes.
 */
#define PIECE_MAX			(UINT64_C(2) << 20)
#define PIECE_BLOCK			(UINT64_C(4) << 20)

/*
 * What the runtime reserves when it starts, six times, is cut from one mapping: 1.1 GB of
 * address space, for the index of all that the heap could come to have.
 */
#define RESERVE_AREA		(UINT64_C(1100) << 20)

#define Min(a, b)	((a) < (b) ? (a) : (b))
#define Max(a, b)	((a) > (b) ? (a) : (b))

uint64_t
pgstd_page_size(void)
{
	static uint64_t page_size;

	if (page_size == 0)
		page_size = (uint64_t) sysconf(_SC_PAGESIZE);
	return page_size;
}

static uint64_t
align_up(uint64_t n, uint64_t align)
{
	return (n + align - 1) & ~(align - 1);
}

/* The whole pages inside [addr, addr + size). */
PgstdRange
pgstd_inner_pages(const void *addr, uint64_t size)
{
	uint64_t	page = pgstd_page_size();
	PgstdRange	range = {
		.start = align_up((uint64_t) addr, page),
		.end = ((uint64_t) addr + size) & ~(page - 1),
	};

	if (range.end < range.start)
		range.end = range.start;
	return range;
}

/* What makes the kernel take pages back, so that they read as zero: memory is private, or not. */
int			pgstd_memory_advice = MADV_DONTNEED;

/* Zeroes memory; whole pages go back to the kernel. */
void
pgstd_memory_clear(void *addr, uint64_t size)
{
	PgstdRange	pages = pgstd_inner_pages(addr, size);
	uint64_t	end = (uint64_t) addr + size;

	if (pages.start == pages.end ||
		madvise((void *) pages.start, pages.end - pages.start, pgstd_memory_advice) != 0)
	{
		memset(addr, 0, size);
		return;
	}
	memset(addr, 0, pages.start - (uint64_t) addr);
	memset((void *) pages.end, 0, end - pages.end);
}

/* Takes the whole pages of a range that is only read out of memory. */
void
pgstd_memory_forget(const PgstdRange *range)
{
	PgstdRange	pages = pgstd_inner_pages((const void *) range->start, range->end - range->start);

	if (pages.end > pages.start)
		(void) madvise((void *) pages.start, pages.end - pages.start, MADV_DONTNEED);
}

/*
 * Makes the pages of a private mapping what they were before anybody wrote to them: those of
 * a file, or zero.
 */
bool
pgstd_memory_renew(const PgstdRange *range)
{
	return madvise((void *) range->start, range->end - range->start, MADV_DONTNEED) == 0;
}

/*
 * The reserve above the limit: what is needed where the world can do nothing else
 * but fail.  It collects its garbage then.
 */
#define RESERVE(limit)		((limit) / 16)

static bool
charge(PgstdWorld *world, uint64_t size, uint64_t limit)
{
	world->limited = size > limit || world->memory > limit - size;
	if (world->limited)
		return false;
	world->memory += size;
	return true;
}

static bool
charge_reserve(PgstdWorld *world, uint64_t size)
{
	return charge(world, size, world->memory_limit + RESERVE(world->memory_limit));
}

/*
 * Charges a new world for the variables of its image.  Those with initial values
 * are there twice, once for the next start, unless the image can be renewed.
 */
bool
pgstd_memory_charge_image(PgstdWorld *world)
{
	const PgstdObject *object = world->object;
	uint64_t	copies = world->fresh.end != 0 ? 1 : 2;

	world->image = 0;
	for (int i = 0; i < PGSTD_DATA_RANGES; i++)
		world->image += copies * (object->data[i].end - object->data[i].start);
	for (int i = 0; i < PGSTD_ZERO_RANGES; i++)
		world->image += object->zero[i].end - object->zero[i].start;
	return charge(world, world->image, world->memory_limit);
}

void
pgstd_memory_init(PgstdWorld *world)
{
	world->arena_next = world->arena_end = NULL;
	world->arena_block = ARENA_BLOCK_MIN;
	world->piece_next = world->piece_end = NULL;
	world->pieces = NULL;
	world->reserve_next = world->reserve_end = NULL;
}

/* A block of the platform's, with its descriptor in front. */
static PgstdRegion *
make_block(PgstdWorld *world, uint64_t size, uint64_t align, bool is_cut)
{
	PgstdRegion *region;
	PgstdRange	pages;
	char	   *block;

	if (size > UINT64_MAX / 2)
		return NULL;
	block = world->platform->block_alloc(world, sizeof(PgstdRegion) + align + size);
	if (block == NULL)
		return NULL;
	region = (PgstdRegion *) block;
	region->block = block;
	region->addr = (char *) align_up((uint64_t) block + sizeof(PgstdRegion), align);
	region->size = size;
	region->is_cut = is_cut;
	region->next = world->blocks;
	world->blocks = region;
	pages = pgstd_inner_pages(region->addr, size);
	if (world->memory <= SMALL_PAGES_MAX)
		(void) madvise((void *) pages.start, pages.end - pages.start, MADV_NOHUGEPAGE);
	pgstd_memory_clear(region->addr, size);
	return region;
}

/* A block to cut from.  The first of its kind may have been kept, and will be. */
static PgstdRegion *
first_block(PgstdWorld *world, PgstdRegion **kept, uint64_t size, uint64_t align)
{
	PgstdRegion *region;

	if (kept != NULL && *kept != NULL && (*kept)->size >= size)
		return *kept;
	region = make_block(world, size, align, true);
	if (kept != NULL && *kept == NULL)
		*kept = region;
	return region;
}

/* A piece of that size that was given back; NULL: there is none. */
static void *
used_piece(PgstdWorld *world, uint64_t size)
{
	for (PgstdRegion **at = &world->pieces; *at != NULL; at = &(*at)->next)
	{
		PgstdRegion *piece = *at;
		char	   *addr = piece->addr;

		if (piece->size != size)
			continue;
		*at = piece->next;
		world->platform->block_free(world, piece);
		return addr;
	}
	return NULL;
}

/*
 * A piece is given back: its pages go, and its addresses are for the next one of its size.
 * What there is no memory to note is lost until the world's end.
 */
static void
return_piece(PgstdWorld *world, void *addr, uint64_t size)
{
	PgstdRegion *piece = world->platform->block_alloc(world, sizeof(PgstdRegion));

	pgstd_memory_clear(addr, size);
	if (piece == NULL)
		return;
	*piece = (PgstdRegion) {.next = world->pieces, .addr = addr, .size = align_up(size, pgstd_page_size())};
	world->pieces = piece;
}

/* Cuts a piece, which stays with the world to its end. */
static void *
cut_piece(PgstdWorld *world, uint64_t size)
{
	char	   *piece;

	size = align_up(size, pgstd_page_size());
	piece = used_piece(world, size);
	if (piece != NULL)
		return piece;
	if (world->piece_next == NULL || size > (uint64_t) (world->piece_end - world->piece_next))
	{
		PgstdRegion *region = first_block(world, world->piece_next == NULL ? &world->kept.pieces : NULL,
										  PIECE_BLOCK, pgstd_page_size());

		if (region == NULL)
			return NULL;
		world->piece_next = region->addr;
		world->piece_end = region->addr + region->size;
	}
	piece = world->piece_next;
	world->piece_next += size;
	return piece;
}

static void *
make_single(PgstdWorld *world, uint64_t size)
{
	PgstdRegion *region = make_block(world, size, pgstd_page_size(), false);

	return region != NULL ? region->addr : NULL;
}

void *
pgstd_memory_alloc(PgstdWorld *world, uint64_t size)
{
	void	   *memory;

	if (!charge_reserve(world, size))
		return NULL;
	memory = size <= PIECE_MAX ? cut_piece(world, size) : make_single(world, size);
	if (memory == NULL)
		world->memory -= size;
	return memory;
}

/*
 * Hands out the heap's memory.  Large objects need arenas that adjoin, so arenas
 * are cut from blocks, upwards, and each block is twice as large as the one
 * before it.
 */
void *
pgstd_memory_arena(PgstdWorld *world, void *hint, uint64_t size)
{
	char	   *at = world->arena_next;

	size = align_up(size, PGSTD_ARENA_SIZE);
	if (hint != NULL && hint != at)
		return NULL;
	if (at == NULL || size > (uint64_t) (world->arena_end - at))
	{
		uint64_t	want = Max(world->arena_block, size);
		PgstdRegion *region;

		if (hint != NULL)
			return NULL;
		region = first_block(world, at == NULL ? &world->kept.arenas : NULL, want, PGSTD_ARENA_SIZE);
		if (region == NULL && want > size)
			region = make_block(world, want = size, PGSTD_ARENA_SIZE, true);
		if (region == NULL)
			return NULL;
		at = region->addr;
		world->arena_end = at + want;
		if (world->arena_block < ARENA_BLOCK_MAX)
			world->arena_block *= 2;
	}
	world->arena_next = at + size;
	return at;
}

int64_t
pgstd_memory_charge(PgstdWorld *world, int64_t delta)
{
	if (delta < 0)
		world->memory -= Min((uint64_t) -delta, world->memory);
	else if (!charge_reserve(world, (uint64_t) delta))
		return -1;
	world->limited = world->memory > world->memory_limit;
	return world->limited ? (int64_t) (world->memory - world->memory_limit) : 0;
}

/* Address space without memory behind it. */
static PgstdRegion *
make_reservation(PgstdWorld *world, uint64_t size, bool is_cut)
{
	PgstdRegion *region;
	void	   *addr;

	region = world->platform->block_alloc(world, sizeof(PgstdRegion));
	if (region == NULL)
		return NULL;
	addr = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (addr == MAP_FAILED)
	{
		world->platform->block_free(world, region);
		return NULL;
	}
	region->block = NULL;
	region->addr = addr;
	region->size = size;
	region->is_cut = is_cut;
	region->next = world->reservations;
	world->reservations = region;
	return region;
}

void *
pgstd_memory_reserve(PgstdWorld *world, uint64_t size)
{
	PgstdRegion *region;
	bool		is_first = world->reserve_next == NULL;
	char	   *part;

	size = align_up(size, pgstd_page_size());
	if (!is_first && size > (uint64_t) (world->reserve_end - world->reserve_next))
	{
		region = make_reservation(world, size, false);
		return region != NULL ? region->addr : NULL;
	}
	if (is_first)
	{
		region = world->kept.reserve;
		if (region == NULL || region->size < size)
			region = make_reservation(world, Max(size, RESERVE_AREA), true);
		if (region == NULL)
			return NULL;
		if (world->kept.reserve == NULL)
			world->kept.reserve = region;
		world->reserve_next = region->addr;
		world->reserve_end = region->addr + region->size;
	}
	part = world->reserve_next;
	world->reserve_next += size;
	return part;
}

/* Does it lie in what stays with the world?  Other reservations may go, and their addresses come again. */
static bool
is_kept(const PgstdKept *kept, const void *addr, uint64_t size)
{
	const PgstdRegion *region = kept->reserve;

	return region != NULL &&
		pgstd_range_has(&(PgstdRange) {(uint64_t) region->addr, (uint64_t) region->addr + region->size},
						(uint64_t) addr, size);
}

static bool
is_committed(const PgstdKept *kept, const void *addr, uint64_t size)
{
	for (int i = 0; i < Min(kept->ncommitted, PGSTD_COMMITTED); i++)
		if (pgstd_range_has(&kept->committed[i], (uint64_t) addr, size))
			return true;
	return false;
}

/* Arenas can be read and written from the start. */
int64_t
pgstd_memory_commit(PgstdWorld *world, void *addr, uint64_t size)
{
	PgstdKept  *kept = &world->kept;

	if (!pgstd_memory_in(world->reservations, addr, size))
		return pgstd_memory_in(world->blocks, addr, size) ? 0 : -1;
	if (is_committed(kept, addr, size))
		return 0;
	if (mprotect(addr, size, PROT_READ | PROT_WRITE) != 0)
		return -1;
	if (!is_kept(kept, addr, size))
		return 0;
	if (kept->ncommitted < PGSTD_COMMITTED)
		kept->committed[kept->ncommitted++] = (PgstdRange) {(uint64_t) addr, align_up((uint64_t) addr + size, pgstd_page_size())};
	else
		kept->ncommitted = PGSTD_COMMITTED + 1;
	return 0;
}

/* The world relies on the memory being zero afterwards, whatever the kernel says. */
void
pgstd_memory_release(PgstdWorld *world, void *addr, uint64_t size)
{
	if (pgstd_memory_in(world->blocks, addr, size))
		pgstd_memory_clear(addr, size);
}

/* Unlinks the region that starts at addr.  What others are cut from stays with the world. */
static PgstdRegion *
take(PgstdRegion **list, void *addr)
{
	for (PgstdRegion **at = list; *at != NULL; at = &(*at)->next)
	{
		PgstdRegion *region = *at;

		if (region->addr == addr && !region->is_cut)
		{
			*at = region->next;
			return region;
		}
	}
	return NULL;
}

void
pgstd_memory_free(PgstdWorld *world, void *addr, uint64_t size)
{
	PgstdRegion *region = take(&world->blocks, addr);

	if (region != NULL)
	{
		world->near = (PgstdRange) {0, 0};
		world->memory -= Min(region->size, world->memory);
		world->platform->block_free(world, region->block);
		return;
	}
	region = take(&world->reservations, addr);
	if (region != NULL)
	{
		munmap(region->addr, region->size);
		world->platform->block_free(world, region);
	}
	/* Of what is a part of something, the pages go. */
	else if (pgstd_memory_in(world->blocks, addr, size))
	{
		return_piece(world, addr, size);
		world->memory -= Min(size, world->memory);
	}
	/* These are private in any process, and may be without memory. */
	else if (pgstd_memory_in(world->reservations, addr, size))
		pgstd_memory_forget(&(PgstdRange) {(uint64_t) addr, (uint64_t) addr + size});
}
