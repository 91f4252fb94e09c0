/*-------------------------------------------------------------------------
 *
 * modules.c
 *	  Maps modules into a world of a base.
 *
 * A module comes to lie in address space that is kept behind the base, so near that
 * its calls and references reach the base directly (CODE_REACH).  They are relocated here: words
 * of its data, and distances in its code, which is writable until that is done
 * and never again.  The runtime then makes the module known (pgstd.link), after
 * which its constants are sealed, and runs its init functions (pgstd.init).  The
 * caller enters the world for that: an init function may want something of the host.
 *
 * Whatever a file says, nothing is read or written here but the module's own memory.  What
 * the runtime then does with tables in that memory is another matter; the
 * object gate judges a module before it comes here.
 *
 * A world in another process has its modules mapped there, by that: code is private to it, and all else
 * lies in memory that both share.  The host of that world, here, notes where a module comes to lie,
 * by what its file says; it neither maps nor relocates anything.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"

/*
 * Makes a world ready for modules, once it has started: nothing but the base's own code
 * has run in it.  False if its object is no base.
 */
bool
pgstd_modules_open(PgstdWorld *world, const PgstdImage *image)
{
	int			link = pgstd_find_function(world, "pgstd.link");
	int			init = pgstd_find_function(world, "pgstd.init");
	uint64_t	end = (uint64_t) image->space + image->span;
	uint64_t	start = end - image->room;

	if (link < 0 || init < 0)
		return false;
	world->modules.link = *world->control->functions[link].call;
	world->modules.init = *world->control->functions[init].call;
	world->modules.base = (uint64_t) image->space;
	/* All of the base's code is to be in reach from wherever in the room. */
	if (end - world->object->text.start > CODE_REACH)
		end = world->object->text.start + CODE_REACH;
	world->modules.room = (PgstdRange) {start, end > start ? end : start};
	world->modules.used = 0;
	return true;
}

static void
free_module(PgstdModule *m)
{
	for (int i = 0; i < PGSTD_TABLES; i++)
		free(m->tables[i]);
	free(m);
}

/* Lets go of tables that nobody asks for once the module is relocated. */
static void
forget_tables(PgstdModule *m)
{
	static const int spent[] = {PGSTD_TABLE_OWN, PGSTD_TABLE_BASE, PGSTD_TABLE_CALLS, PGSTD_TABLE_ALONE};

	for (size_t i = 0; i < sizeof(spent) / sizeof(spent[0]); i++)
	{
		free(m->tables[spent[i]]);
		m->tables[spent[i]] = NULL;
	}
}

/*
 * Maps a zone, writable for now.  What follows it in its last page is zero.  Memory that is shared is
 * there already, and nobody has written to it.
 */
static bool
map_zone(int fd, const PgstdModuleView *view, const PgstdModuleZone *z, char *image, bool shared)
{
	char	   *start = image + z->address;
	uint32_t	filled = pgstd_module_pages(z->file);

	if (shared)
	{
		memcpy(start, view->data + z->offset, z->file);
		return true;
	}
	if (filled > 0 && mmap(start, filled, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, z->offset) == MAP_FAILED)
		return false;
	memset(start + z->file, 0, filled - z->file);
	return pgstd_module_pages(z->memory) == filled ||
		mmap(start + filled, pgstd_module_pages(z->memory) - filled, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

static bool
relocate(char *image, uint64_t base, const PgstdModule *m)
{
	const uint32_t *t;

	t = m->tables[PGSTD_TABLE_OWN];
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_OWN]; i += 2)
		*(uint64_t *) (image + t[i]) = (uint64_t) image + t[i + 1];
	t = m->tables[PGSTD_TABLE_BASE];
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_BASE]; i += 2)
		*(uint64_t *) (image + t[i]) = base + t[i + 1];
	t = m->tables[PGSTD_TABLE_CALLS];
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_CALLS]; i += 2)
		if (!code_refer(image + t[i], base + t[i + 1]))
			return false;
	return true;
}

static void
place_zones(const PgstdModuleHeader *h, const char *image, PgstdModule *m)
{
	for (int i = 0; i < PGSTD_ZONES; i++)
		m->zones[i] = (PgstdRange) {(uint64_t) image + h->zones[i].address, (uint64_t) image + h->zones[i].address + h->zones[i].memory};
}

static bool
fill_module(const PgstdWorld *world, int fd, const PgstdModuleView *view, const PgstdModuleHeader *h, char *image,
			const PgstdModule *m)
{
	for (int i = 0; i < PGSTD_ZONES; i++)
		if (!map_zone(fd, view, &h->zones[i], image, world->once && i != PGSTD_ZONE_TEXT))
			return false;
	if (!relocate(image, world->modules.base, m))
		return false;
	code_written(image, h->zones[PGSTD_ZONE_TEXT].memory);
	return mprotect(image, pgstd_module_pages(h->zones[PGSTD_ZONE_TEXT].memory), PROT_READ | PROT_EXEC) == 0;
}

/*
 * Where the table of a module's functions is: the description begins with its address.  It is read before any
 * code of the module runs, and the table lies in the module's constants.
 */
static PgstdRange
find_pclntab(const char *image, const PgstdModuleHeader *h, const PgstdModule *m)
{
	PgstdRange	constants = m->zones[PGSTD_ZONE_CONST];
	uint64_t	at = *(const uint64_t *) (image + h->data);

	if (at % sizeof(uint64_t) != 0 || at < constants.start || at >= constants.end)
		return (PgstdRange) {0};
	return (PgstdRange) {at, constants.end};
}

/* Gives the world back a part of its room. */
static void
unmap(char *start, uint64_t size)
{
	(void) mmap(start, size, PROT_NONE, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* What is wrong with a module is told in these words. */
const char *
pgstd_module_problem(PgstdModuleProblem problem)
{
	static const char *const texts[PGSTD_MODULE_PROBLEMS] = {
		[PGSTD_MODULE_GOOD] = "it is good",
		[PGSTD_MODULE_NO_ROOM] = "the world has no room for another module",
		[PGSTD_MODULE_NO_MEMORY] = "the world's memory limit is reached",
		[PGSTD_MODULE_NO_BASE] = "its world has no base",
		[PGSTD_MODULE_PAGES] = "this machine's pages have another size",
		[PGSTD_MODULE_VERSION] = "it is no module of this version of pgstd",
		[PGSTD_MODULE_MACHINE] = "it is for another architecture",
		[PGSTD_MODULE_OTHER_BASE] = "it was linked against another base",
		[PGSTD_MODULE_TABLES] = "its tables are damaged",
		[PGSTD_MODULE_UNMAPPABLE] = "it cannot be mapped",
	};

	return texts[problem];
}

static PgstdModuleProblem
map_module(PgstdWorld *world, int fd, const PgstdModuleView *view, const PgstdModuleHeader *h, uint64_t span, char *image, PgstdModule *m)
{
	if (!pgstd_module_tables(world, view, span, h, m))
		return PGSTD_MODULE_TABLES;
	if (pgstd_memory_charge(world, (int64_t) span) < 0)
		return PGSTD_MODULE_NO_MEMORY;
	if (!fill_module(world, fd, view, h, image, m))
	{
		unmap(image, span);
		pgstd_memory_charge(world, -(int64_t) span);
		return PGSTD_MODULE_UNMAPPABLE;
	}
	forget_tables(m);
	m->pclntab = find_pclntab(image, h, m);
	m->link = (PgstdModuleLink) {
		.data = image + h->data,
		.image = image,
		.base = (char *) world->modules.base,
		.types = m->tables[PGSTD_TABLE_TYPES],
		.ntypes = m->counts[PGSTD_TABLE_TYPES] / 2,
		.itabs = m->tables[PGSTD_TABLE_ITABS],
		.nitabs = m->counts[PGSTD_TABLE_ITABS] / 2,
		.uses = m->tables[PGSTD_TABLE_USES],
		.nuses = m->counts[PGSTD_TABLE_USES] / 2,
		.inits = m->tables[PGSTD_TABLE_INITS],
		.ninits = m->counts[PGSTD_TABLE_INITS],
	};
	m->argument = (PgstdSlot) {.word = (uint64_t) &m->link};
	return PGSTD_MODULE_GOOD;
}

static PgstdModuleProblem
take_file(PgstdWorld *world, const PgstdModuleFile *file, const PgstdModuleView *view, bool mapped, PgstdModule *m)
{
	PgstdModuleHeader h;
	uint64_t	span = 0;
	char	   *image = (char *) world->modules.room.start + world->modules.used;
	PgstdModuleProblem problem = pgstd_module_header(world, view, file->base, &h, &span);

	if (problem != PGSTD_MODULE_GOOD)
		return problem;
	place_zones(&h, image, m);
	if (mapped)
		problem = map_module(world, file->fd, view, &h, span, image, m);
	if (problem == PGSTD_MODULE_GOOD)
		world->modules.used += span;
	return problem;
}

static PgstdModuleProblem
add_module(PgstdWorld *world, const PgstdModuleFile *file, bool mapped, PgstdModule **module)
{
	PgstdModule *m = calloc(1, sizeof(*m));
	PgstdModuleView view = {.size = file->size};
	PgstdModuleProblem problem = PGSTD_MODULE_UNMAPPABLE;

	if (m == NULL)
		return problem;
	/* Of an empty file, this fails. */
	view.data = mmap(NULL, file->size, PROT_READ, MAP_PRIVATE, file->fd, 0);
	if (view.data != MAP_FAILED)
	{
		problem = take_file(world, file, &view, mapped, m);
		(void) munmap((void *) view.data, file->size);
	}
	if (problem != PGSTD_MODULE_GOOD)
	{
		free_module(m);
		return problem;
	}
	m->next = world->modules.list;
	world->modules.list = m;
	*module = m;
	return PGSTD_MODULE_GOOD;
}

/*
 * Maps a module into a world of its base.  It goes with the world.
 */
PgstdModuleProblem
pgstd_module_map(PgstdWorld *world, const PgstdModuleFile *file, PgstdModule **module)
{
	return add_module(world, file, true, module);
}

/*
 * Notes where a module is that the process of a world maps, unless it is forgotten again.  What
 * its argument is, that process says.
 */
PgstdModuleProblem
pgstd_module_note(PgstdWorld *world, const PgstdModuleFile *file, PgstdModule **module)
{
	return add_module(world, file, false, module);
}

/* A module that was noted last is not there: its process could not map it. */
void
pgstd_module_forget(PgstdWorld *world, PgstdModule *module)
{
	world->modules.list = module->next;
	world->modules.used = module->zones[PGSTD_ZONE_TEXT].start - world->modules.room.start;
	free_module(module);
}

/* Makes the constants of a module read-only, once the runtime has linked it. */
bool
pgstd_module_seal(PgstdModule *m)
{
	PgstdRange	zone = m->zones[PGSTD_ZONE_CONST];

	return zone.start == zone.end || mprotect((void *) zone.start, pgstd_module_pages((uint32_t) (zone.end - zone.start)), PROT_READ) == 0;
}

/* The module whose code an address lies in; NULL: none.  It can be asked by a signal handler. */
const PgstdModule *
pgstd_module_at(const PgstdWorld *world, uint64_t pc)
{
	const PgstdModule *m = world->modules.list;

	while (m != NULL && (pc < m->zones[PGSTD_ZONE_TEXT].start || pc >= m->zones[PGSTD_ZONE_TEXT].end))
		m = m->next;
	return m;
}

/* Whether a world has all of a range in the constants or, if it is to be writable, variables of a module. */
bool
pgstd_modules_hold(const PgstdWorld *world, uint64_t at, uint64_t size, bool writable)
{
	if (at < world->modules.room.start || at >= world->modules.room.end)
		return false;
	for (const PgstdModule *m = world->modules.list; m != NULL; m = m->next)
		for (int i = writable ? PGSTD_ZONE_DATA : PGSTD_ZONE_CONST; i < PGSTD_ZONES; i++)
			if (pgstd_range_has(&m->zones[i], at, size))
				return true;
	return false;
}

/* Unmaps all modules of a world that is being discarded. */
void
pgstd_modules_drop(PgstdWorld *world)
{
	PgstdModule *m;

	if (world->modules.used > 0)
		unmap((char *) world->modules.room.start, world->modules.used);
	world->modules.used = 0;
	while ((m = world->modules.list) != NULL)
	{
		world->modules.list = m->next;
		free_module(m);
	}
}
