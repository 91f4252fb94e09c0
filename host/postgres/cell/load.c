/*-------------------------------------------------------------------------
 *
 * load.c
 *	  Modules of a base in a world of a cell.
 *
 * The cell maps and relocates a module itself, from the file, and runs all that is run of it.  What
 * the backend has to know is where its variables and constants come to lie, which is in
 * memory that both share; it finds that out from the same file, whose digest has been compared, and
 * not from the cell.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../session/signals.h"

/* What a cell has to map a module; whatever ends a statement ends the wait before. */
#define LOAD_NS		INT64CONST(60000000000)

/* Has the cell map a module.  False: it has not said what has become of it. */
static bool
ask(PgstdCellWorld *cw, const PgstdModuleFile *file, PgstdCellAnswer *answer)
{
	PgstdCell  *cell = cw->process;
	PgstdCellCommand load = {.op = PGSTD_CELL_LOAD, .slot = cw->slot, .memory_limit = cw->bw->world.memory_limit};

	if (!pgstd_cell_send(cell, file, sizeof(*file), &file->fd, 1))
		return false;
	pgstd_cell_command(cell, &load);
	return pgstd_cell_await(cell, NULL, LOAD_NS, answer) == CELL_ANSWERED &&
		answer->kind == PGSTD_CELL_LOADED && answer->code < PGSTD_MODULE_PROBLEMS &&
		answer->code != PGSTD_MODULE_UNMAPPABLE;
}

/*
 * Has a module mapped into a world of a base; what its argument means, the cell knows.  False: the
 * cell has ended, as nobody knows what it has where, and the world with it.  Why is kept for the end of the call.
 */
bool
pgstd_cell_load(BackendWorld *bw, const PgstdModuleFile *file, PgstdModule **module, PgstdModuleProblem *problem)
{
	PgstdCellWorld *cw = pgstd_cell_of(bw);
	PgstdCellAnswer answer;

	*problem = pgstd_module_note(&bw->world, file, module);
	if (*problem != PGSTD_MODULE_GOOD)
		return true;
	if (!ask(cw, file, &answer))
	{
		ErrorData  *edata = pgstd_cell_end(cw->process, bw);

		if (pgstd_interrupt_due())
			FreeErrorData(edata);
		else
			pgstd_cell_keep_error(bw, edata);
		return false;
	}
	*problem = (PgstdModuleProblem) answer.code;
	if (*problem == PGSTD_MODULE_GOOD)
		(*module)->argument = (PgstdSlot) {.word = (uint64) answer.argument};
	else
		pgstd_module_forget(&bw->world, *module);
	return true;
}
