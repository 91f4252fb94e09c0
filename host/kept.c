/*-------------------------------------------------------------------------
 *
 * kept.c
 *	  What becomes of a world's memory when the world ends.
 *
 * All of it goes back, or, of a world that is likely to start again, all but what
 * every run begins with: that is kept, zeroed.
 *
 *-------------------------------------------------------------------------
 */
#include <string.h>
#include <sys/mman.h>

#include "world.h"

/* So many pages of a world are zeroed for another start; with more, all are given back. */
#define KEPT_PAGES			256

/* No part that is kept is larger. */
#define LARGEST				(UINT64_C(36) << 20)

/* Gives a world's regions back, all but those that are kept; NULL: none is. */
static void
drop_regions(PgstdWorld *world, const PgstdKept *kept)
{
	PgstdRegion *region;
	PgstdRegion *blocks = NULL;

	while ((region = world->pieces) != NULL)
	{
		world->pieces = region->next;
		world->platform->block_free(world, region);
	}
	while ((region = world->reservations) != NULL)
	{
		world->reservations = region->next;
		if (kept != NULL && region == kept->reserve)
			continue;
		munmap(region->addr, region->size);
		world->platform->block_free(world, region);
	}
	while ((region = world->blocks) != NULL)
	{
		world->blocks = region->next;
		if (kept != NULL && (region == kept->arenas || region == kept->pieces))
		{
			region->next = blocks;
			blocks = region;
			continue;
		}
		world->platform->block_free(world, region->block);
	}
	world->blocks = blocks;
	if (kept != NULL && kept->reserve != NULL)
	{
		kept->reserve->next = NULL;
		world->reservations = kept->reserve;
	}
	world->memory = world->image = 0;
	world->near = (PgstdRange) {0, 0};
	pgstd_memory_init(world);
}

/* Gives all memory of a world back. */
void
pgstd_memory_drop(PgstdWorld *world)
{
	drop_regions(world, NULL);
	world->kept = (PgstdKept) {0};
	if (world->stack != NULL)
	{
		PgstdRange	range = {(uint64_t) world->stack, (uint64_t) world->stack + world->stack_size};

		pgstd_memory_forget(&range);
	}
}

/*
 * Makes memory zero, of which most is so already because nobody has touched it.  Pages that are there
 * are written, a tenth of what it takes to have new ones; all others are taken
 * back, as they may be there yet: in swap space.  False: more are there than may be kept yet.
 */
static bool
zero_pages(uint64_t start, uint64_t end, uint64_t *left)
{
	static unsigned char there[LARGEST / 4096];
	uint64_t	page = pgstd_page_size();
	uint64_t	n = (end - start) / page;
	uint64_t	count = 0;

	if (n > sizeof(there) || mincore((void *) start, end - start, there) != 0)
		return false;
	for (uint64_t i = 0; i < n; i++)
		count += there[i] & 1;
	if (count > *left)
		return false;
	*left -= count;
	for (uint64_t i = 0, next; i < n; i = next)
	{
		void	   *run = (void *) (start + i * page);

		for (next = i + 1; next < n && ((there[next] ^ there[i]) & 1) == 0; next++)
			continue;
		if (there[i] & 1)
			memset(run, 0, (next - i) * page);
		else if (madvise(run, (next - i) * page, pgstd_memory_advice) != 0)
			return false;
	}
	return true;
}

static bool
zero_block(const PgstdRegion *region, uint64_t *left)
{
	PgstdRange	pages = pgstd_inner_pages(region->addr, region->size);

	if (zero_pages(pages.start, pages.end, left))
		return true;
	return madvise((void *) pages.start, pages.end - pages.start, pgstd_memory_advice) == 0;
}

/* Can all that a run has begun with be used again?  It is zero then. */
static bool
zero_kept(const PgstdKept *kept)
{
	uint64_t	left = KEPT_PAGES;

	if (kept->arenas == NULL || kept->pieces == NULL || kept->reserve == NULL || kept->ncommitted > PGSTD_COMMITTED)
		return false;
	for (int i = 0; i < kept->ncommitted; i++)
		if (!zero_pages(kept->committed[i].start, kept->committed[i].end, &left))
			return false;
	return zero_block(kept->arenas, &left) && zero_block(kept->pieces, &left);
}

/*
 * Takes back all memory of a run, and keeps what the next one begins with.
 */
void
pgstd_memory_reset(PgstdWorld *world)
{
	if (zero_kept(&world->kept))
		drop_regions(world, &world->kept);
	else
		pgstd_memory_drop(world);
}
