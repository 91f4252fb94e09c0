/*-------------------------------------------------------------------------
 *
 * place.c
 *	  Where worlds of cells lie.
 *
 * What is at one address in the backend has to be there in the cell, too, of which the
 * backend does not know what it has where.  So worlds have a part of the address space
 * that nothing else is put into, in either process; see PGSTD_WORLDS_FROM.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

#include <sys/mman.h>

/*
 * Where something is, it is passed by in steps of this at least: worlds are larger than images.  A
 * part of what is wanted is enough for the largest: one of a third of all there is fits beside an
 * image, wherever that lies, and steps of its own size could miss the place.
 */
#define STEP	(UINT64CONST(1) << 30)
#define STEPS	16

/* Where to look first: anywhere, and later behind what was found last. */
static uint64
first_place(uint64 from, uint64 to)
{
	uint64		random = 0;

	(void) pg_strong_random(&random, sizeof(random));
	return TYPEALIGN_DOWN(pgstd_page_size(), from + random % (to - from));
}

/*
 * Takes address space for something of a world: whole pages, without memory behind them.
 * As mmap, MAP_FAILED with errno if there is none.
 */
void *
pgstd_cell_place(uint64 size)
{
	static uint64 next = 0;
	uint64		space = pgstd_address_space();
	uint64		from = PGSTD_WORLDS_FROM(space);
	uint64		to = PGSTD_WORLDS_TO(space);
	uint64		step;

	size = TYPEALIGN(pgstd_page_size(), size);
	step = Max(size / STEPS, STEP);
	if (next == 0)
		next = first_place(from, to);
	/* Other hosts of this backend look here, too, and so it may be taken. */
	for (uint64 looked = 0; size <= to - from && looked <= to - from; looked += step)
	{
		void	   *wanted = (void *) (next + size <= to ? next : from);
		void	   *found = mmap(wanted, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

		if (found == MAP_FAILED)
			return MAP_FAILED;
		next = (uint64) wanted + (found == wanted ? size : step);
		if (found == wanted)
			return found;
		munmap(found, size);
	}
	errno = ENOMEM;
	return MAP_FAILED;
}
