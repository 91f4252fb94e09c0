/*-------------------------------------------------------------------------
 *
 * platform.c
 *	  What the core asks of a cell.  Most is done here; messages and time zones are
 *	  the backend's.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "cell.h"

PgstdWorld *pgstd_cell_worlds = NULL;

static void *
block_alloc(PgstdWorld *world, size_t size)
{
	void	   *block = pgstd_heap_alloc(&((CellWorld *) world)->heap, size);

	/* A region is as large as the limit allows, and somewhat more. */
	if (block == NULL)
		world->limited = true;
	return block;
}

static void
block_free(PgstdWorld *world, void *block)
{
	pgstd_heap_free(&((CellWorld *) world)->heap, block);
}

static void
line(PgstdWorld *world, PgstdStream stream, const char *text, size_t size)
{
	PgstdCellAnswer answer = {.kind = PGSTD_CELL_LINE, .code = stream, .size = size};

	memcpy(pgstd_cell_text(), text, size);
	(void) pgstd_cell_ask(&answer, world);
}

/* Its texts are where the backend can read them: the world has them. */
static void
report(PgstdWorld *world, PgstdLevel level, const PgstdErrorData *message)
{
	PgstdCellAnswer answer = {.kind = PGSTD_CELL_REPORT, .code = level, .size = sizeof(*message)};

	memcpy(pgstd_cell_text(), message, sizeof(*message));
	(void) pgstd_cell_ask(&answer, world);
}

/* A signal ends it early; one that means the world has told it to leave. */
static void
sleep_ns(PgstdWorld *world, int64_t nanoseconds)
{
	struct timespec ts = {nanoseconds / 1000000000, nanoseconds % 1000000000};

	if (nanoseconds > 0 && !world->control->cancel)
		nanosleep(&ts, NULL);
}

static void
timer(PgstdWorld *world, int64_t when)
{
	pgstd_timer_want(&pgstd_cell_worlds, world, when);
}

const PgstdPlatform pgstd_cell_platform = {
	.block_alloc = block_alloc,
	.block_free = block_free,
	.line = line,
	.report = report,
	.sleep = sleep_ns,
	.timer = timer,
	.serves_requests = true,
};

/* The backend finds a zone's file, and copies it to where the world wants it. */
int64_t
pgstd_timezone(PgstdWorld *world, const PgstdTimezone *query)
{
	PgstdCellAnswer answer = {.kind = PGSTD_CELL_TIMEZONE, .argument = (void *) query};

	return pgstd_cell_ask(&answer, world);
}
