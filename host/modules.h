/*-------------------------------------------------------------------------
 *
 * modules.h
 *	  Modules: code that runs in a world of a base, and was linked against it.
 *
 * A module's file is what plgo/base writes (format.go): a header, tables of 32-bit
 * numbers, and three zones, which lie in memory one after the other as their
 * addresses say.  All of it may come from a table of a database, and is not
 * believed: no number is used before it has been found to stay within the
 * module, or within the part of the base that it is for.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_MODULES_H
#define PGSTD_MODULES_H

#include "world.h"

#define PGSTD_MODULE_MAGIC		"PGSTDMOD"
#define PGSTD_MODULE_FORMAT		2
#define PGSTD_MODULE_PAGE		4096	/* of a file */
#define PGSTD_MODULE_MAX		(64 << 20)	/* bytes in memory, and of tables */

enum
{
	PGSTD_ZONE_TEXT,			/* executable */
	PGSTD_ZONE_CONST,			/* read-only once the module is linked */
	PGSTD_ZONE_DATA,
	PGSTD_ZONES
};

enum
{
	PGSTD_TABLE_OWN,			/* a word gets the address of another place of the module: pairs */
	PGSTD_TABLE_BASE,			/* a word gets the address of a place of the base: pairs */
	PGSTD_TABLE_CALLS,			/* code gets the distance to a place of the base, see code_refer: pairs */
	PGSTD_TABLE_TYPES,			/* types: where the module has a copy, and where the base does */
	PGSTD_TABLE_ITABS,			/* itabs, likewise */
	PGSTD_TABLE_USES,			/* a word that has the address of a copy, and which one */
	PGSTD_TABLE_INITS,			/* places of the base */
	PGSTD_TABLE_ALONE,			/* types that no other module has: for the object gate */
	PGSTD_TABLES
};

#define PGSTD_NOWHERE			UINT32_MAX	/* the base has none */

typedef struct PgstdModuleZone
{
	uint32_t	offset;			/* in the file */
	uint32_t	address;		/* in the module */
	uint32_t	file;			/* bytes in the file */
	uint32_t	memory;			/* bytes in memory */
} PgstdModuleZone;

typedef struct PgstdModuleTable
{
	uint32_t	offset;			/* in the file */
	uint32_t	count;			/* of numbers */
} PgstdModuleTable;

typedef struct PgstdModuleHeader
{
	char		magic[8];
	uint32_t	format;
	uint32_t	machine;		/* as ELF numbers them */
	uint8_t		base[32];		/* SHA-256 of the base's file */
	uint32_t	data;			/* where the runtime's description of the module is */
	uint32_t	size;			/* of that */
	PgstdModuleZone zones[PGSTD_ZONES];
	PgstdModuleTable tables[PGSTD_TABLES];
} PgstdModuleHeader;

/* What the runtime is told of a module: pgstdModule in pgstd/runtime/module.go. */
typedef struct PgstdModuleLink
{
	void	   *data;
	char	   *image;
	char	   *base;
	const uint32_t *types;
	uint64_t	ntypes;			/* pairs */
	const uint32_t *itabs;
	uint64_t	nitabs;
	const uint32_t *uses;
	uint64_t	nuses;
	const uint32_t *inits;
	uint64_t	ninits;
} PgstdModuleLink;

typedef struct PgstdModule
{
	struct PgstdModule *next;
	PgstdRange	zones[PGSTD_ZONES];
	PgstdRange	pclntab;		/* the runtime's table of functions is in here, at the start; empty: it is not known */
	PgstdModuleLink link;
	PgstdSlot	argument;		/* of the functions that link and initialise it */
	uint32_t   *tables[PGSTD_TABLES];
	uint32_t	counts[PGSTD_TABLES];
} PgstdModule;

/* What pgstd_module_map says where a fresh world could take the module: these very pointers. */
extern const char pgstd_module_no_room[];
extern const char pgstd_module_no_memory[];

extern bool pgstd_modules_open(PgstdWorld *world, const PgstdImage *image);
extern const char *pgstd_module_map(PgstdWorld *world, int fd, const uint8_t *base, PgstdModule **module);
extern bool pgstd_module_seal(PgstdModule *module);
extern const PgstdModule *pgstd_module_at(const PgstdWorld *world, uint64_t pc);

#endif							/* PGSTD_MODULES_H */
