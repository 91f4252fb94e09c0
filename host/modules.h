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

/* Why a world does not take a module; a cell tells its backend by number. */
typedef enum PgstdModuleProblem
{
	PGSTD_MODULE_GOOD,
	PGSTD_MODULE_NO_ROOM,		/* a fresh world could take it */
	PGSTD_MODULE_NO_MEMORY,		/* and so it could here */
	PGSTD_MODULE_NO_BASE,
	PGSTD_MODULE_PAGES,
	PGSTD_MODULE_VERSION,
	PGSTD_MODULE_MACHINE,
	PGSTD_MODULE_OTHER_BASE,
	PGSTD_MODULE_TABLES,
	PGSTD_MODULE_UNMAPPABLE,
	PGSTD_MODULE_PROBLEMS
} PgstdModuleProblem;

/* The file of a module, which is open for reading; a cell cannot ask how large it is. */
typedef struct PgstdModuleFile
{
	int			fd;
	uint64_t	size;
	uint8_t		base[32];		/* what it is to be for */
} PgstdModuleFile;

/* The same while it is looked at; a cell has no other way to read it. */
typedef struct PgstdModuleView
{
	const char *data;
	uint64_t	size;
} PgstdModuleView;

/* Bytes of whole pages. */
static inline uint32_t
pgstd_module_pages(uint32_t n)
{
	return (n + PGSTD_MODULE_PAGE - 1) & ~(uint32_t) (PGSTD_MODULE_PAGE - 1);
}

/* modfile.c */
extern PgstdModuleProblem pgstd_module_header(const PgstdWorld *world, const PgstdModuleView *view, const uint8_t *base,
											  PgstdModuleHeader *h, uint64_t *span);
extern bool pgstd_module_tables(const PgstdWorld *world, const PgstdModuleView *view, uint64_t span,
								const PgstdModuleHeader *h, PgstdModule *m);

/* modules.c */
extern bool pgstd_modules_open(PgstdWorld *world, const PgstdImage *image);
extern const char *pgstd_module_problem(PgstdModuleProblem problem);
extern PgstdModuleProblem pgstd_module_map(PgstdWorld *world, const PgstdModuleFile *file, PgstdModule **module);
extern PgstdModuleProblem pgstd_module_note(PgstdWorld *world, const PgstdModuleFile *file, PgstdModule **module);
extern void pgstd_module_forget(PgstdWorld *world, PgstdModule *module);
extern bool pgstd_module_seal(PgstdModule *module);
extern const PgstdModule *pgstd_module_at(const PgstdWorld *world, uint64_t pc);

#endif							/* PGSTD_MODULES_H */
