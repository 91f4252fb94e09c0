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
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "modules.h"

/* Of a type's description and of an itab, the part that each has (abi.Type, abi.ITab). */
#define TYPE_SIZE		48
#define ITAB_SIZE		24
#define INITTASK_SIZE	8

const char pgstd_module_no_room[] = "the world has no room for another module";
const char pgstd_module_no_memory[] = "the world's memory limit is reached";

static uint32_t
page_up(uint32_t n)
{
	return (n + PGSTD_MODULE_PAGE - 1) & ~(uint32_t) (PGSTD_MODULE_PAGE - 1);
}

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

static bool
check_zones(const PgstdModuleHeader *h, uint64_t file_size, uint64_t *span)
{
	uint64_t	at = 0;

	for (int i = 0; i < PGSTD_ZONES; i++)
	{
		const PgstdModuleZone *z = &h->zones[i];

		if (z->address != at || z->file > z->memory || z->memory > PGSTD_MODULE_MAX ||
			z->offset % PGSTD_MODULE_PAGE != 0 || z->offset > file_size || z->file > file_size - z->offset ||
			(i != PGSTD_ZONE_DATA && z->file != z->memory))
			return false;
		at += page_up(z->memory);
	}
	*span = at;
	return h->zones[PGSTD_ZONE_TEXT].memory > 0 && at <= PGSTD_MODULE_MAX;
}

/* Is a piece of a module, so aligned, in what the file has of a zone? */
static bool
in_zone(const PgstdModuleZone *z, uint32_t at, uint32_t size, uint32_t align)
{
	return at % align == 0 && at >= z->address && size <= z->file && at - z->address <= z->file - size;
}

/* The parts of the base that a module refers to. */
static bool
in_range(PgstdRange range, uint64_t base, uint32_t at, uint64_t size)
{
	uint64_t	address = base + at;

	return address >= range.start && address < range.end && size <= range.end - address;
}

static bool
in_base(const PgstdWorld *world, uint64_t base, uint32_t at)
{
	/* One byte behind something is the address of its end; less than nothing, of code that calls. */
	return base + at < world->modules.room.start;
}

static bool
check_words(const PgstdModuleHeader *h, const PgstdModule *m, int table)
{
	for (uint32_t i = 0; i < m->counts[table]; i += 2)
		if (!in_zone(&h->zones[PGSTD_ZONE_CONST], m->tables[table][i], sizeof(uint64_t), sizeof(uint64_t)) &&
			!in_zone(&h->zones[PGSTD_ZONE_DATA], m->tables[table][i], sizeof(uint64_t), sizeof(uint64_t)))
			return false;
	return true;
}

/* Copies are constants of the module; originals, read-only data of the base. */
static bool
check_copies(const PgstdWorld *world, uint64_t base, const PgstdModuleHeader *h, const PgstdModule *m, int table, uint32_t size)
{
	for (uint32_t i = 0; i < m->counts[table]; i += 2)
	{
		uint32_t	own = m->tables[table][i];
		uint32_t	original = m->tables[table][i + 1];
		bool		found = original == PGSTD_NOWHERE;

		for (int k = 0; k < PGSTD_CONSTANT_RANGES; k++)
			found = found || in_range(world->object->constants[k], base, original, size);
		if (!found || original % sizeof(uint64_t) != (original == PGSTD_NOWHERE ? 7 : 0) ||
			!in_zone(&h->zones[PGSTD_ZONE_CONST], own, size, sizeof(uint64_t)))
			return false;
	}
	return true;
}

static bool
check_tables(const PgstdWorld *world, uint64_t base, uint64_t span, const PgstdModuleHeader *h, const PgstdModule *m)
{
	static const int pairs[] = {PGSTD_TABLE_OWN, PGSTD_TABLE_BASE, PGSTD_TABLE_CALLS, PGSTD_TABLE_TYPES, PGSTD_TABLE_ITABS, PGSTD_TABLE_USES};
	uint64_t	copies = (m->counts[PGSTD_TABLE_TYPES] + m->counts[PGSTD_TABLE_ITABS]) / 2;

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (m->counts[pairs[i]] % 2 != 0)
			return false;
	if (!check_words(h, m, PGSTD_TABLE_OWN) || !check_words(h, m, PGSTD_TABLE_BASE) || !check_words(h, m, PGSTD_TABLE_USES) ||
		!check_copies(world, base, h, m, PGSTD_TABLE_TYPES, TYPE_SIZE) || !check_copies(world, base, h, m, PGSTD_TABLE_ITABS, ITAB_SIZE))
		return false;
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_OWN]; i += 2)
		if (m->tables[PGSTD_TABLE_OWN][i + 1] > span)
			return false;
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_BASE]; i += 2)
		if (!in_base(world, base, m->tables[PGSTD_TABLE_BASE][i + 1]))
			return false;
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_CALLS]; i += 2)
		if (!in_zone(&h->zones[PGSTD_ZONE_TEXT], m->tables[PGSTD_TABLE_CALLS][i], sizeof(uint32_t), CODE_ALIGN) ||
			!in_base(world, base, m->tables[PGSTD_TABLE_CALLS][i + 1]))
			return false;
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_USES]; i += 2)
		if (m->tables[PGSTD_TABLE_USES][i + 1] >= copies)
			return false;
	for (uint32_t i = 0; i < m->counts[PGSTD_TABLE_INITS]; i++)
	{
		bool		found = false;

		for (int k = 0; k < PGSTD_DATA_RANGES; k++)
			found = found || in_range(world->object->data[k], base, m->tables[PGSTD_TABLE_INITS][i], INITTASK_SIZE);
		if (!found || m->tables[PGSTD_TABLE_INITS][i] % sizeof(uint64_t) != 0)
			return false;
	}
	return h->size >= sizeof(uint64_t) && in_zone(&h->zones[PGSTD_ZONE_DATA], h->data, h->size, sizeof(uint64_t)) &&
		(uint64_t) (world->object->data[2].end - world->object->data[2].start) == h->size;
}

/* Reads the tables, which stay for as long as the module. */
static bool
read_tables(int fd, uint64_t file_size, const PgstdModuleHeader *h, PgstdModule *m)
{
	uint64_t	total = 0;

	for (int i = 0; i < PGSTD_TABLES; i++)
	{
		const PgstdModuleTable *t = &h->tables[i];
		uint64_t	size = (uint64_t) t->count * sizeof(uint32_t);

		total += size;
		if (total > PGSTD_MODULE_MAX || t->offset > file_size || size > file_size - t->offset)
			return false;
		if (t->count == 0)
			continue;
		m->tables[i] = malloc(size);
		if (m->tables[i] == NULL || pread(fd, m->tables[i], size, t->offset) != (ssize_t) size)
			return false;
		m->counts[i] = t->count;
	}
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

/* Maps a zone, writable for now.  What follows it in its last page is zero. */
static bool
map_zone(int fd, const PgstdModuleZone *z, char *image)
{
	char	   *start = image + z->address;
	uint32_t	filled = page_up(z->file);

	if (filled > 0 && mmap(start, filled, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, fd, z->offset) == MAP_FAILED)
		return false;
	memset(start + z->file, 0, filled - z->file);
	return page_up(z->memory) == filled ||
		mmap(start + filled, page_up(z->memory) - filled, PROT_READ | PROT_WRITE,
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

static bool
fill_module(int fd, const PgstdModuleHeader *h, char *image, uint64_t base, PgstdModule *m)
{
	for (int i = 0; i < PGSTD_ZONES; i++)
	{
		if (!map_zone(fd, &h->zones[i], image))
			return false;
		m->zones[i] = (PgstdRange) {(uint64_t) image + h->zones[i].address, (uint64_t) image + h->zones[i].address + h->zones[i].memory};
	}
	if (!relocate(image, base, m))
		return false;
	code_written(image, h->zones[PGSTD_ZONE_TEXT].memory);
	return mprotect(image, page_up(h->zones[PGSTD_ZONE_TEXT].memory), PROT_READ | PROT_EXEC) == 0;
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

static const char *
map_file(PgstdWorld *world, int fd, const uint8_t *base_digest, PgstdModule *m)
{
	PgstdModuleHeader h;
	struct stat info;
	uint64_t	base = 0;
	uint64_t	span;
	char	   *image = (char *) world->modules.room.start + world->modules.used;

	if (world->modules.link == NULL)
		return "its world has no base";
	if (pgstd_page_size() != PGSTD_MODULE_PAGE)
		return "this machine's pages have another size";
	if (fstat(fd, &info) != 0 || pread(fd, &h, sizeof(h), 0) != (ssize_t) sizeof(h) ||
		memcmp(h.magic, PGSTD_MODULE_MAGIC, sizeof(h.magic)) != 0 || h.format != PGSTD_MODULE_FORMAT)
		return "it is no module of this version of pgstd";
	if (h.machine != CODE_MACHINE)
		return "it is for another architecture";
	if (memcmp(h.base, base_digest, sizeof(h.base)) != 0)
		return "it was linked against another base";
	base = world->modules.base;
	if (!check_zones(&h, (uint64_t) info.st_size, &span) || !read_tables(fd, (uint64_t) info.st_size, &h, m) ||
		!check_tables(world, base, span, &h, m))
		return "its tables are damaged";
	if (span > world->modules.room.end - world->modules.room.start - world->modules.used)
		return pgstd_module_no_room;
	if (pgstd_memory_charge(world, (int64_t) span) < 0)
		return pgstd_module_no_memory;
	if (!fill_module(fd, &h, image, base, m))
	{
		unmap(image, span);
		pgstd_memory_charge(world, -(int64_t) span);
		return "it cannot be mapped";
	}
	forget_tables(m);
	m->pclntab = find_pclntab(image, &h, m);
	world->modules.used += span;
	m->link = (PgstdModuleLink) {
		.data = image + h.data,
		.image = image,
		.base = (char *) base,
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
	return NULL;
}

/*
 * Maps a module of the base with that digest.  Says what is wrong, or NULL.  It goes with
 * the world.
 */
const char *
pgstd_module_map(PgstdWorld *world, int fd, const uint8_t *base, PgstdModule **module)
{
	PgstdModule *m = malloc(sizeof(*m));
	const char *problem;

	if (m == NULL)
		return "out of memory";
	m->next = NULL;
	for (int i = 0; i < PGSTD_TABLES; i++)
	{
		m->tables[i] = NULL;
		m->counts[i] = 0;
	}
	problem = map_file(world, fd, base, m);
	if (problem != NULL)
	{
		free_module(m);
		return problem;
	}
	m->next = world->modules.list;
	world->modules.list = m;
	*module = m;
	return NULL;
}

/* Makes the constants of a module read-only, once the runtime has linked it. */
bool
pgstd_module_seal(PgstdModule *m)
{
	PgstdRange	zone = m->zones[PGSTD_ZONE_CONST];

	return zone.start == zone.end || mprotect((void *) zone.start, page_up((uint32_t) (zone.end - zone.start)), PROT_READ) == 0;
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
