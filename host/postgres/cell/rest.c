/*-------------------------------------------------------------------------
 *
 * rest.c
 *	  Cells of which nothing is wanted are stopped after a while.
 *
 * A cell waits then.  One that has been taken over would compute, or fill its memory,
 * while nobody looks.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

#include <signal.h>

#include "access/xact.h"
#include "utils/timeout.h"

/* After the end of a transaction. */
#define REST_MS		100

/* The answer to the last command has been heard. */
static bool
is_at_rest(const PgstdCell *cell)
{
	return *(volatile const uint32 *) &cell->answers == *(volatile const uint32 *) &cell->commands;
}

/* Runs in a signal handler. */
static void
stop_all(void)
{
	for (PgstdCell *cell = pgstd_shared->cells; cell != NULL; cell = cell->next)
		if (is_at_rest(cell) && !cell->stopped)
		{
			cell->stopped = true;
			pgstd_cell_be_near(cell);
			kill(cell->pid, pgstd_cell_takes_too_much(cell) ? SIGKILL : SIGSTOP);
		}
}

static void
at_end(XactEvent event, void *arg)
{
	if (pgstd_shared->cells != NULL)
		enable_timeout_after((TimeoutId) pgstd_shared->rest, REST_MS);
}

/* To be called before there is a cell. */
void
pgstd_cell_rest(void)
{
	if (pgstd_shared->rest != 0)
		return;
	pgstd_shared->rest = (int) RegisterTimeout(USER_TIMEOUT, stop_all);
	RegisterXactCallback(at_end, NULL);
}
