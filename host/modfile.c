/*-------------------------------------------------------------------------
 *
 * modfile.c
 *	  The file of a module, before anything in it is used.
 *
 * The header is taken once, and so are the tables; each number is held against the module's
 * zones, or against the part of the base that it is for.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <string.h>

#include "modules.h"

/* Of a type's description and of an itab, the part that each has (abi.Type, abi.ITab). */
#define TYPE_SIZE		48
#define ITAB_SIZE		24
#define INITTASK_SIZE	8

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
		at += pgstd_module_pages(z->memory);
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
check_tables(const PgstdWorld *world, uint64_t span, const PgstdModuleHeader *h, const PgstdModule *m)
{
	static const int pairs[] = {PGSTD_TABLE_OWN, PGSTD_TABLE_BASE, PGSTD_TABLE_CALLS, PGSTD_TABLE_TYPES, PGSTD_TABLE_ITABS, PGSTD_TABLE_USES};
	uint64_t	base = world->modules.base;
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
read_tables(const PgstdModuleView *view, const PgstdModuleHeader *h, PgstdModule *m)
{
	uint64_t	total = 0;

	for (int i = 0; i < PGSTD_TABLES; i++)
	{
		const PgstdModuleTable *t = &h->tables[i];
		uint64_t	size = (uint64_t) t->count * sizeof(uint32_t);

		total += size;
		if (total > PGSTD_MODULE_MAX || t->offset > view->size || size > view->size - t->offset)
			return false;
		if (t->count == 0)
			continue;
		m->tables[i] = malloc(size);
		if (m->tables[i] == NULL)
			return false;
		memcpy(m->tables[i], view->data + t->offset, size);
		m->counts[i] = t->count;
	}
	return true;
}

/* Takes the tables, and looks at each number in them. */
bool
pgstd_module_tables(const PgstdWorld *world, const PgstdModuleView *view, uint64_t span, const PgstdModuleHeader *h, PgstdModule *m)
{
	return read_tables(view, h, m) && check_tables(world, span, h, m);
}

/* Takes the header, once, and looks whether the module is for this world and has room in it. */
PgstdModuleProblem
pgstd_module_header(const PgstdWorld *world, const PgstdModuleView *view, const uint8_t *base, PgstdModuleHeader *h, uint64_t *span)
{
	if (world->modules.link == NULL)
		return PGSTD_MODULE_NO_BASE;
	if (pgstd_page_size() != PGSTD_MODULE_PAGE)
		return PGSTD_MODULE_PAGES;
	if (view->size < sizeof(*h))
		return PGSTD_MODULE_VERSION;
	memcpy(h, view->data, sizeof(*h));
	if (memcmp(h->magic, PGSTD_MODULE_MAGIC, sizeof(h->magic)) != 0 || h->format != PGSTD_MODULE_FORMAT)
		return PGSTD_MODULE_VERSION;
	if (h->machine != CODE_MACHINE)
		return PGSTD_MODULE_MACHINE;
	if (memcmp(h->base, base, sizeof(h->base)) != 0)
		return PGSTD_MODULE_OTHER_BASE;
	if (!check_zones(h, view->size, span))
		return PGSTD_MODULE_TABLES;
	if (*span > world->modules.room.end - world->modules.room.start - world->modules.used)
		return PGSTD_MODULE_NO_ROOM;
	return PGSTD_MODULE_GOOD;
}
