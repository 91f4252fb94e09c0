/*-------------------------------------------------------------------------
 *
 * platform.c
 *	  What the core asks of a PostgreSQL backend: memory, messages, sleep.  These are
 *	  leaf hooks: nothing may raise out of them.
 *
 *-------------------------------------------------------------------------
 */
#include "worlds.h"
#include "../base/text.h"
#include "../base/worker.h"
#include "signals.h"

#include <sys/mman.h>
#include <time.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

/* Sleeps up to this long need no latch: a cancel is acted on soon enough. */
#define SHORT_SLEEP_NS		INT64CONST(10000000)

/*
 * Blocks from this size on are mapped, and not malloc's.  That has room among other blocks
 * for even the largest, once the session has freed as much, and the next one lies half
 * the address space away: of all between the two the runtime keeps an index, at 85 MB of
 * the world's memory.
 */
#define MAPPED_BLOCK		((size_t) 1 << 20)

/* In front of each block. */
typedef union BlockHeader
{
	size_t		mapped;			/* bytes of the mapping that it is; 0: it is the context's */
	char		aligned[MAXIMUM_ALIGNOF * 2];
} BlockHeader;

static void *
block_alloc(PgstdWorld *world, size_t size)
{
	BackendWorld *bw = world->owner;
	BlockHeader *header;

	if (size > SIZE_MAX - sizeof(BlockHeader))
		return NULL;
	size += sizeof(BlockHeader);
	if (size < MAPPED_BLOCK)
	{
		header = MemoryContextAllocExtended(bw->context, size, MCXT_ALLOC_NO_OOM);
		if (header == NULL)
			return NULL;
		header->mapped = 0;
	}
	else
	{
		header = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (header == MAP_FAILED)
			return NULL;
		header->mapped = size;
	}
	return header + 1;
}

static void
block_free(PgstdWorld *world, void *block)
{
	BlockHeader *header = (BlockHeader *) block - 1;

	(void) world;
	if (header->mapped != 0)
		munmap(header, header->mapped);
	else
		pfree(header);
}

/*
 * Keeps the error that a leaf hook has caught, and tells the world to leave: it is
 * thrown where the call came from.
 */
static void
keep_error(BackendWorld *bw)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	ErrorData  *edata = CopyErrorData();

	FlushErrorState();
	MemoryContextSwitchTo(caller);
	if (bw->pending != NULL)
		FreeErrorData(bw->pending);
	bw->pending = edata;
	bw->world.control->cancel = 1;
}

/*
 * Sends a message.  Whatever it raises is kept, and the world is told to leave:
 * the error is thrown where the call came from.  The world is closed meanwhile,
 * as a message may run other people's hooks.
 */
static void
emit(BackendWorld *bw, int level, const PgstdErrorData *message)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext volatile scratch = NULL;
	PgstdWorldState state = bw->world.state;

	if (bw->pending != NULL)
		return;
	bw->world.state = PGSTD_WORLD_BUSY;
	pgstd_unselect(bw->module);
	PG_TRY();
	{
		/* One call can send any number of messages. */
		scratch = AllocSetContextCreate(caller, "pgstd message", ALLOCSET_SMALL_SIZES);
		MemoryContextSwitchTo(scratch);
		ereport(level,
				(message->sqlstate.size > 0 ? errcode(pgstd_sqlstate(message->sqlstate, false)) : 0,
				 errmsg_internal("%s", pgstd_cstring(message->message)),
				 message->detail.size > 0 ?
				 errdetail_internal("%s", pgstd_cstring(message->detail)) : 0,
				 message->hint.size > 0 ?
				 errhint("%s", pgstd_cstring(message->hint)) : 0));
	}
	PG_CATCH();
	{
		keep_error(bw);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	if (scratch != NULL)
		MemoryContextDelete(scratch);
	bw->world.state = state;
	if (state == PGSTD_WORLD_LIVE)
		pgstd_select(bw);
}

/* While a transaction ends, nothing waits for a client. */
static int
level_now(int level)
{
	return pgstd_shared->ending != PGSTD_ENDING_NONE ? Min(level, LOG_SERVER_ONLY) : level;
}

static void
report(PgstdWorld *world, PgstdLevel level, const PgstdErrorData *message)
{
	static const int levels[] = {
		[PGSTD_DEBUG] = DEBUG1,
		[PGSTD_LOG] = LOG,
		[PGSTD_INFO] = INFO,
		[PGSTD_NOTICE] = NOTICE,
		[PGSTD_WARNING] = WARNING,
	};

	emit(world->owner, level_now(levels[level]), message);
}

static void
line(PgstdWorld *world, PgstdStream stream, const char *text, size_t size)
{
	static const int levels[] = {
		[PGSTD_STDOUT] = NOTICE,
		[PGSTD_STDERR] = WARNING,
		[PGSTD_PRINT] = LOG,
	};
	PgstdErrorData message = {.message = {text, size}};

	emit(world->owner, level_now(levels[stream]), &message);
}

/*
 * Opens a file of PostgreSQL's own time zones.  The function is the server's,
 * though not in a header that is installed.  If there is no such file it looks
 * for one whose name differs in case only, and that may raise.
 */
extern int	pg_open_tzfile(const char *name, char *canonname);

static int
open_timezone(PgstdWorld *world, const char *name)
{
	BackendWorld *bw = world->owner;
	MemoryContext caller = CurrentMemoryContext;
	PgstdWorldState state = bw->world.state;
	volatile int fd = -1;

	bw->world.state = PGSTD_WORLD_BUSY;
	pgstd_unselect(bw->module);
	PG_TRY();
	{
		fd = pg_open_tzfile(name, NULL);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		FlushErrorState();
	}
	PG_END_TRY();
	bw->world.state = state;
	if (state == PGSTD_WORLD_LIVE)
		pgstd_select(bw);
	return fd;
}

/* Waits for a signal.  The kernel may refuse even that. */
static void
wait_ms(BackendWorld *bw, long ms)
{
	MemoryContext caller = CurrentMemoryContext;

	PG_TRY();
	{
		int			events = WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
									   ms, PG_WAIT_EXTENSION);

		if (events & WL_LATCH_SET)
			ResetLatch(MyLatch);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		keep_error(bw);
	}
	PG_END_TRY();
}

/*
 * Sleeps.  A signal ends it early; if it was a cancel, the world is told to
 * leave.  A worker does not sleep over what has come for it.
 */
static void
sleep_ns(PgstdWorld *world, int64_t nanoseconds)
{
	if (!pgstd_interrupt_due() && !pgstd_worker_look(world->control))
	{
		if (nanoseconds <= SHORT_SLEEP_NS)
		{
			struct timespec ts = {0, Max(nanoseconds, 0)};

			nanosleep(&ts, NULL);
		}
		else
			wait_ms(world->owner, (long) Min(nanoseconds / 1000000, 60 * 60 * 1000));
	}
	(void) pgstd_worker_look(world->control);
	if (pgstd_interrupt_due())
		world->control->cancel = 1;
	else if (InterruptPending)
		world->control->poke = 1;
}

/* One timer for the worlds of all modules. */
static void
timer(PgstdWorld *world, int64_t when)
{
	pgstd_shared->timer(&pgstd_shared->worlds, world, when);
}

const PgstdPlatform pgstd_postgres_platform = {
	.block_alloc = block_alloc,
	.block_free = block_free,
	.line = line,
	.report = report,
	.open_timezone = open_timezone,
	.sleep = sleep_ns,
	.timer = timer,
	.cancelled = pgstd_interrupt_due,
	.serves_requests = true,
};
