/*-------------------------------------------------------------------------
 *
 * holds.c
 *	  Whether an address is a world's own: what the host reads and writes for
 *	  a world lies in that world's memory, whatever the world says.
 *
 *-------------------------------------------------------------------------
 */
#include "world.h"

static bool
region_has(const PgstdRegion *region, uint64_t at, uint64_t size)
{
	return pgstd_range_has(&(PgstdRange) {(uint64_t) region->addr, (uint64_t) region->addr + region->size}, at, size);
}

/* Whether some region of a list has all of a range. */
bool
pgstd_memory_in(const PgstdRegion *list, const void *addr, uint64_t size)
{
	for (const PgstdRegion *r = list; r != NULL; r = r->next)
		if (region_has(r, (uint64_t) addr, size))
			return true;
	return false;
}

/* Variables of the image, or the runtime's own stack. */
static bool
is_variable(const PgstdWorld *world, uint64_t at, uint64_t size)
{
	const PgstdObject *object = world->object;

	for (int i = 0; i < PGSTD_DATA_RANGES; i++)
		if (pgstd_range_has(&object->data[i], at, size))
			return true;
	for (int i = 0; i < PGSTD_ZERO_RANGES; i++)
		if (pgstd_range_has(&object->zero[i], at, size))
			return true;
	if (pgstd_modules_hold(world, at, size, true))
		return true;
	return world->stack != NULL &&
		pgstd_range_has(&(PgstdRange) {(uint64_t) world->stack + pgstd_page_size(), (uint64_t) world->stack + world->stack_size}, at, size);
}

/*
 * pgstd_memory_holds for what is not where the last one was.  Reservations hold
 * the runtime's own books, and no values.
 */
bool
pgstd_memory_find(PgstdWorld *world, const void *addr, uint64_t size)
{
	const PgstdObject *object = world->object;
	uint64_t	at = (uint64_t) addr;

	for (const PgstdRegion *r = world->blocks; r != NULL; r = r->next)
		if (region_has(r, at, size))
		{
			world->near = (PgstdRange) {(uint64_t) r->addr, (uint64_t) r->addr + r->size};
			return true;
		}
	for (int i = 0; i < PGSTD_CONSTANT_RANGES; i++)
		if (pgstd_range_has(&object->constants[i], at, size))
			return true;
	return pgstd_range_has(&object->pclntab, at, size) || is_variable(world, at, size) ||
		pgstd_modules_hold(world, at, size, false);
}

/* Whether the host may write to a range for the world. */
bool
pgstd_memory_writable(PgstdWorld *world, void *addr, uint64_t size)
{
	return pgstd_memory_in(world->blocks, addr, size) || is_variable(world, (uint64_t) addr, size);
}
