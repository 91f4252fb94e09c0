/*-------------------------------------------------------------------------
 *
 * cell.h
 *	  The program of a cell.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CELL_H
#define PGSTD_CELL_H

#include "../modules.h"
#include "heap.h"
#include "protocol.h"

/* A world of this cell. */
typedef struct CellWorld
{
	PgstdWorld	world;			/* first: the core hands out pointers to it */
	PgstdCellHeap heap;
	PgstdCellRegion region;
	const PgstdFunction *told;	/* functions that the backend has heard of last */
} CellWorld;

/* platform.c */
extern const PgstdPlatform pgstd_cell_platform;
extern PgstdWorld *pgstd_cell_worlds;

/* main.c */
extern int64_t pgstd_cell_ask(PgstdCellAnswer *answer, PgstdWorld *world);
extern char *pgstd_cell_text(void);

/* region.c */
extern CellWorld *pgstd_cell_map(void);
extern PgstdModuleProblem pgstd_cell_load(CellWorld *cw, PgstdModule **module);
extern void pgstd_cell_unmap(CellWorld *cw);

/* lock.c */
extern void pgstd_cell_lock(int parent);
extern uint32_t pgstd_cell_namespaces(void);

#endif							/* PGSTD_CELL_H */
