/*-------------------------------------------------------------------------
 *
 * talk.c
 *	  Commands to a cell, and the wait for its answer.
 *
 * While the cell computes, the backend serves interrupts, as it does between two
 * statements.  One that ends what is going on is passed on to the cell; a cell that does
 * not come back soon is killed.  Nothing that a cell does or omits keeps the backend
 * from being cancelled.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../session/signals.h"

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "utils/memutils.h"
#include "utils/wait_event.h"

/* Signals wake a sleeping backend; one that comes just before it sleeps is seen after this. */
#define SLEEP_NS	INT64CONST(10000000)

/* What a cell has to come back that was told to: of a processor's time, or while it sleeps. */
#define GRACE_NS	INT64CONST(10000000)

/* In all, if it gets no processor. */
#define STARVED_NS	INT64CONST(1000000000)

/* Of so many answers, one is taken as an occasion to look what it does besides. */
#define LOOK_EVERY	1024

/* What a world may have besides its limit, and a sixteenth of that: see memory.c of the core. */
#define BESIDES		(UINT64CONST(16) << 20)

void
pgstd_cell_command(PgstdCell *cell, const PgstdCellCommand *command)
{
	cell->channel->command = *command;
	cell->channel->backend_runs = (uint32) sched_getcpu();
	pgstd_word_next(&cell->channel->commands, ++cell->commands, &cell->channel->cell_sleeps);
	/* From here on it is not stopped any more. */
	if (unlikely(cell->stopped))
	{
		cell->stopped = false;
		kill(cell->pid, SIGCONT);
	}
	if (unlikely(++cell->distance.calls % PGSTD_DISTANCE_CALLS == 0))
		pgstd_cell_look_at_distance(cell);
}

/* Keeps an error for the end of the call, in place of one that waits. */
void
pgstd_cell_keep_error(BackendWorld *bw, ErrorData *edata)
{
	if (bw->pending != NULL)
		FreeErrorData(bw->pending);
	bw->pending = edata;
}

/* The same of an error that has been raised, and is caught; goes on in the caller's memory context. */
void
pgstd_cell_keep_raised(BackendWorld *bw, MemoryContext caller)
{
	MemoryContextSwitchTo(TopMemoryContext);
	pgstd_cell_keep_error(bw, CopyErrorData());
	FlushErrorState();
	MemoryContextSwitchTo(caller);
}

/* Serves what is due and is not an end, or keeps what it raises. */
static void
serve_interrupts(BackendWorld *bw)
{
	MemoryContext caller = CurrentMemoryContext;
	PgstdWorldState state = bw->world.state;

	bw->world.state = PGSTD_WORLD_BUSY;
	PG_TRY();
	{
		CHECK_FOR_INTERRUPTS();
	}
	PG_CATCH();
	{
		pgstd_cell_keep_raised(bw, caller);
	}
	PG_END_TRY();
	bw->world.state = state;
}

/* Whether the call has to end. */
static bool
has_to_end(BackendWorld *bw)
{
	if (bw->pending != NULL)
		return true;
	if (pgstd_interrupt_due())
		return true;
	if (!InterruptPending || InterruptHoldoffCount != 0 || CritSectionCount != 0)
		return false;
	serve_interrupts(bw);
	return pgstd_interrupt_due() || bw->pending != NULL;
}

/* Processor time of a cell so far; 0: it has ended. */
static int64
processor_time(const PgstdCell *cell)
{
	clockid_t	clock;
	struct timespec ts;

	if (clock_getcpuclockid(cell->pid, &clock) != 0 || clock_gettime(clock, &ts) != 0)
		return 0;
	return ts.tv_sec * INT64CONST(1000000000) + ts.tv_nsec;
}

static void
begin_grace(const PgstdCell *cell, CellGrace *grace)
{
	grace->told = pgstd_cell_now();
	grace->used = processor_time(cell);
}

/* Whether a cell that computes has had the time to come back, on a machine that has other work. */
static bool
has_had_time(const PgstdCell *cell, const CellGrace *grace)
{
	int64		passed = pgstd_cell_now() - grace->told;

	return passed > STARVED_NS || (passed > GRACE_NS && processor_time(cell) - grace->used > GRACE_NS);
}

/* Whether a cell is not waited for any more; one that sleeps although it was told does not want to come back. */
static bool
is_lost(const PgstdCell *cell, const CellGrace *grace)
{
	return has_had_time(cell, grace) ||
		(pgstd_cell_now() - grace->told > GRACE_NS && !pgstd_cell_is_ready(cell->pid));
}

/*
 * Whether a cell that has asked for something is not to be heard any more: it may ask
 * without end, and so fast that nobody waits for it.
 */
bool
pgstd_cell_overdue(BackendWorld *bw, CellGrace *grace)
{
	const PgstdCell *cell;

	if (likely(!has_to_end(bw)))
		return false;
	/* What that has served may have ended it. */
	cell = pgstd_cell_of(bw)->process;
	if (cell == NULL)
		return false;
	if (grace->told == 0)
		begin_grace(cell, grace);
	return has_had_time(cell, grace);
}

static bool
has_ended(const PgstdCell *cell)
{
	siginfo_t	info = {0};

	/* Whoever ends it asks again for how. */
	return waitid(P_PID, (id_t) cell->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* The most that the runtime of a world takes of what both have mapped, and the backend has used of it. */
static uint64
memory_most(const PgstdCellWorld *cw)
{
	uint64		limit = Max(cw->max_memory, cw->bw->world.memory_limit);

	return limit + limit / 8 + cw->writable + (uint64) (cw->area.reached - cw->area.start) + BESIDES;
}

/*
 * Whether some world has more memory than its limit allows: the runtime keeps to that, but
 * whoever has taken a cell over need not.
 */
bool
pgstd_cell_takes_too_much(const PgstdCell *cell)
{
	for (const PgstdCellWorld *cw = cell->worlds; cw != NULL; cw = cw->next)
	{
		struct stat info;

		if (cw->memory > 0 && fstat(cw->memory, &info) == 0 && (uint64) info.st_blocks * 512 > memory_most(cw))
			return true;
	}
	return false;
}

/*
 * Waits for the answer to the last command, and copies it.  Without a world there is no
 * call, and so nothing that serves interrupts: the cell has "limit" nanoseconds, and less
 * if something has to end.
 */
CellOutcome
pgstd_cell_await(PgstdCell *cell, BackendWorld *bw, int64 limit, PgstdCellAnswer *answer)
{
	PgstdCellChannel *channel = cell->channel;
	int64		begun = bw == NULL ? pgstd_cell_now() : 0;
	CellGrace	grace = {0};
	bool		answered = pgstd_word_watch(&channel->answers, cell->answers, &channel->cell_runs, cell->distance.far, &cell->watch);

	while (!answered && pgstd_word_is(&channel->answers, cell->answers))
	{
		if (bw == NULL)
		{
			if (pgstd_cell_now() - begun > limit)
				return CELL_KILLED;
			if (grace.told == 0 && pgstd_interrupt_due())
				begin_grace(cell, &grace);
			else if (grace.told != 0 && is_lost(cell, &grace))
				return CELL_KILLED;
		}
		else if (unlikely(has_to_end(bw)))
		{
			if (grace.told == 0)
			{
				begin_grace(cell, &grace);
				__atomic_store_n(&channel->abort, cell->commands, __ATOMIC_SEQ_CST);
				kill(cell->pid, PGSTD_CELL_SIGNAL);
			}
			else if (is_lost(cell, &grace))
				return CELL_KILLED;
		}
		pgstat_report_wait_start(PG_WAIT_EXTENSION);
		answered = pgstd_word_sleep(&channel->answers, cell->answers, &channel->backend_sleeps,
									grace.told != 0 ? GRACE_NS / 10 : SLEEP_NS);
		pgstat_report_wait_end();
		if (answered)
			answered = !pgstd_word_is(&channel->answers, cell->answers);
		else if (has_ended(cell) || pgstd_cell_takes_too_much(cell))
			return CELL_ENDED;
		else if (!PostmasterIsAlive())
			proc_exit(1);
	}
	if (++cell->answers % LOOK_EVERY == 0 && pgstd_cell_takes_too_much(cell))
		return CELL_ENDED;
	*answer = channel->answer;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	return CELL_ANSWERED;
}
