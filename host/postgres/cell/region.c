/*-------------------------------------------------------------------------
 *
 * region.c
 *	  A world of a cell: its image and its region, its start and its end.
 *
 * The image stays for all runs of a world, so that its functions are at the same
 * addresses.  Its writable parts, the call area and the heap are new memory for each run.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../session/worlds.h"

#include <sys/mman.h>
#include <unistd.h>

#include "miscadmin.h"
#include "utils/memutils.h"

/* Room besides what the limit allows: of the runtime's own, and of blocks that are not full. */
#define SLACK		(UINT64CONST(256) << 20)

/* Address space of a heap: large objects need room in one piece, and arenas are not given back. */
#define HEAP_SPACE(limit)	(8 * (limit) + 4 * SLACK)

/* Copies the writable parts of an image, or puts them back into a new region. */
static void
copy_pristine(PgstdCellWorld *cw, bool back)
{
	char	   *at = cw->pristine;

	for (int i = 0; i < cw->image.nparts; i++)
	{
		const PgstdImagePart *part = &cw->image.parts[i];

		if (!part->writable)
			continue;
		if (back)
			memcpy((void *) part->address, at, part->filled);
		else
			memcpy(at, (void *) part->address, part->filled);
		at += part->filled;
	}
}

static void
vacate(uint64 address, uint64 size)
{
	if (size > 0)
		(void) mmap((void *) address, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

/*
 * Takes the memory of a run away, also from a cell that has kept it mapped; the image's
 * addresses stay taken.
 */
static void
unmap(PgstdCellWorld *cw)
{
	if (cw->space != NULL)
		munmap(cw->space, cw->space_size);
	if (cw->memory > 0)
	{
		if (ftruncate(cw->memory, 0) != 0)
			elog(LOG, "could not take back the memory of a world: %m");
		close(cw->memory);
	}
	cw->space = NULL;
	cw->memory = 0;
	for (int i = 0; i < cw->image.nparts; i++)
		if (cw->image.parts[i].writable)
			vacate(cw->image.parts[i].address, cw->image.parts[i].size);
	vacate(cw->room.start, cw->room.end - cw->room.start);
}

/* PgstdApart.discard */
static void
discard(BackendWorld *bw)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);

	pgstd_cell_leave(cw);
	bw->world.state = PGSTD_WORLD_DEAD;
	pgstd_modules_drop(&bw->world);
	unmap(cw);
	pgstd_output_drop(&bw->world);
	bw->world.blocks = NULL;
	bw->world.near = (PgstdRange) {0, 0};
	bw->world.memory = 0;
	/* What these pointed to goes with the world's context. */
	cw->calls = cw->spare = NULL;
	cw->cursors = NULL;
	cw->settings = cw->setting_texts = NULL;
	cw->registered = NULL;
	cw->nregistered = 0;
	memset(&cw->start, 0, sizeof(cw->start));
	memset(&cw->area, 0, sizeof(cw->area));
	cw->control.nfunctions = 0;
	cw->control.cancel = 0;
	cw->apart.pid = 0;
	bw->world.state = PGSTD_WORLD_NEW;
}

/* PgstdApart.end */
static void
end(BackendWorld *bw)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);

	pgstd_image_close(&cw->image);
	free(cw->pristine);
	if (cw->described != NULL)
		MemoryContextDelete(cw->described);
	pfree(cw);
	bw->apart = NULL;
}

/* Inlined, gcc 12 has a branch to where it is never, and the object gate nothing to do with that. */
pg_noreturn static pg_noinline void
refuse_image(const Module *module)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("could not map module \"%s\" for a cell", module->name),
			 errdetail("The module's file may have been replaced since it was loaded."),
			 errhint("Start a new session.")));
}

/* A world of a cell for a user that has none. */
BackendWorld *
pgstd_cell_make_world(Module *module, Oid user)
{
	BackendWorld *bw = pgstd_free_world(module, user, true);
	PgstdImage	image = {.place = pgstd_cell_place, .wants_file = true};
	PgstdCellWorld *cw;
	char	   *pristine;
	uint64		filled = 0;
	uint64		writable = 0;

	if (bw != NULL)
		return bw;
	if (!module->open(module, &image))
		refuse_image(module);
	for (int i = 0; i < image.nparts; i++)
		if (image.parts[i].writable)
		{
			filled += image.parts[i].filled;
			writable += image.parts[i].size;
		}
	cw = MemoryContextAllocExtended(TopMemoryContext, sizeof(PgstdCellWorld), MCXT_ALLOC_ZERO | MCXT_ALLOC_NO_OOM);
	bw = MemoryContextAllocExtended(TopMemoryContext, sizeof(BackendWorld), MCXT_ALLOC_ZERO | MCXT_ALLOC_NO_OOM);
	pristine = malloc(Max(filled, 1));
	if (cw == NULL || bw == NULL || pristine == NULL)
	{
		pgstd_image_close(&image);
		free(pristine);
		if (bw != NULL)
			pfree(bw);
		if (cw != NULL)
			pfree(cw);
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	}
	cw->image = image;
	cw->writable = writable;
	cw->room.end = (uint64) image.space + image.span;
	cw->room.start = cw->room.end - image.room;
	cw->pristine = pristine;
	copy_pristine(cw, false);
	/* The descriptor is among the parts that the world can write to. */
	cw->object = *cw->image.object;
	cw->object.enter = (const void *) pgstd_cell_enter;
	cw->object.start = NULL;
	cw->apart.discard = discard;
	cw->apart.end = end;
	cw->bw = bw;
	unmap(cw);
	bw->apart = &cw->apart;
	pgstd_enlist_world(bw, module, user, &cw->object);
	bw->world.control = &cw->control;
	bw->world.apart = true;
	return bw;
}

static bool
share(uint64 address, uint64 size, int fd, uint64 offset)
{
	return size == 0 ||
		mmap((void *) address, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t) offset) != MAP_FAILED;
}

/* Makes the memory of a run, and maps it here. */
static int
make_region(PgstdCellWorld *cw, PgstdCellRegion *region)
{
	uint64		room = cw->room.end - cw->room.start;
	uint64		size = cw->writable + region->call_area + region->size + room;
	uint64		offset = 0;
	bool		mapped;
	int			fd = pgstd_cell_memory("pgstd world", size);
	void	   *space;

	if (fd < 0)
		return -1;
	cw->space_size = region->call_area + region->size;
	space = pgstd_cell_place(cw->space_size);
	if (space == MAP_FAILED)
	{
		close(fd);
		errno = ENOMEM;
		return -1;
	}
	cw->space = space;
	mapped = share((uint64) space, cw->space_size, fd, cw->writable) &&
		share(cw->room.start, room, fd, cw->writable + cw->space_size);
	for (int i = 0; i < cw->image.nparts; i++)
		if (cw->image.parts[i].writable)
		{
			mapped = mapped && share(cw->image.parts[i].address, cw->image.parts[i].size, fd, offset);
			offset += cw->image.parts[i].size;
		}
	if (!mapped)
	{
		close(fd);
		return -1;
	}
	copy_pristine(cw, true);
	region->base = (uint64) cw->space + region->call_area;
	region->offset = cw->writable;
	return fd;
}

static uint32
free_slot(const PgstdCell *cell)
{
	uint32		slot = 0;
	const PgstdCellWorld *cw = cell->worlds;

	while (cw != NULL)
		if (cw->slot == slot)
		{
			slot++;
			cw = cell->worlds;
		}
		else
			cw = cw->next;
	return slot;
}

/* Starts the world in the cell of its role. */
static PgstdEvent
start(BackendWorld *bw, PgstdCellRegion *region)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	PgstdCell  *cell = pgstd_cell_process(bw->user);
	PgstdCellCommand command = {.op = PGSTD_CELL_START};
	int			memory = make_region(cw, region);
	bool		full = memory < 0 && errno == ENOMEM;
	int			files[PGSTD_CELL_FILES] = {-1, cw->image.file, cw->image.linked};
	bool		sent;

	if (memory < 0)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not make the memory of a world: %m"),
				 full ? errhint("Its address space is some times what it may have in memory: decrease the configuration parameter \"pgstd.max_memory\", or discard worlds by \"pgstd.discard_worlds()\".") : 0));
	cw->region = (PgstdRegion) {.addr = cw->space, .size = cw->space_size};
	bw->world.blocks = &cw->region;
	bw->world.near = (PgstdRange) {(uint64) cw->space, (uint64) cw->space + cw->space_size};
	pgstd_area_init(&cw->area, bw->context, cw->space, region->call_area);
	cw->settings = cw->setting_texts = NULL;
	if (!pgstd_pass_prepare(cw))
		elog(ERROR, "pgstd: there is no room in an empty call area");
	(void) pgstd_pass_settings(cw);
	region->settings = cw->settings != NULL ? (const PgstdSettings *) cw->settings->start : NULL;
	command.slot = cw->slot = free_slot(cell);
	files[0] = memory;
	sent = pgstd_cell_send(cell, region, sizeof(*region), files, (int) region->nfiles);
	cw->memory = memory;
	cw->max_memory = region->max_memory;
	cw->process = cell;
	cw->next = cell->worlds;
	cell->worlds = cw;
	cw->apart.pid = cell->pid;
	pgstd_cell_allow(cell);
	if (sent)
		pgstd_cell_command(cell, &command);
	else
		pgstd_cell_kill(cell);
	return pgstd_cell_answer(bw);
}

/*
 * pgstd_world_start for a world of a cell.  It does not raise, either: what goes wrong
 * here is kept for the end of the call.
 */
PgstdEvent
pgstd_cell_start(BackendWorld *bw, uint64 max_memory, uint64 max_stack)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	MemoryContext caller = CurrentMemoryContext;
	uint64		page = pgstd_page_size();
	volatile PgstdEvent event = PGSTD_EVENT_CANCELLED;
	PgstdCellRegion region = {
		.object = cw->image.object,
		.call_area = TYPEALIGN(page, max_memory) + SLACK / 2,
		.size = HEAP_SPACE(TYPEALIGN(page, max_memory)),
		.max_memory = max_memory,
		.max_stack = max_stack,
		.image = (uint64) cw->image.space,
		.room = cw->room,
		.nparts = (uint32) cw->image.nparts,
		.nfiles = cw->image.linked >= 0 ? 3 : 2,
	};

	memcpy(region.parts, cw->image.parts, sizeof(region.parts));
	memset(&cw->control, 0, sizeof(cw->control));
	cw->control.op = PGSTD_OP_CALL;
	cw->control.config = &bw->world.config;
	bw->world.config.world = &bw->world;
	bw->world.config.max_stack = max_stack;
	bw->world.memory_limit = max_memory;
	bw->world.state = PGSTD_WORLD_BUSY;
	PG_TRY();
	{
		event = start(bw, &region);
	}
	PG_CATCH();
	{
		pgstd_cell_keep_raised(bw, caller);
	}
	PG_END_TRY();
	return event;
}
