/*-------------------------------------------------------------------------
 *
 * distance.c
 *	  Whether a cell has another processor than its backend.
 *
 * Two that take turns on one processor need the kernel for each turn, which takes some
 * microseconds.  Two that have one each watch for what the other says, which takes a
 * fraction of one.  But the kernel likes to wake where it was woken from, and with other
 * work about it leaves both there.  So a cell that is called often is kept off its
 * backend's processor for some milliseconds; what a call takes then, and what it took
 * before, decide.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"

#include <sched.h>

/* What a call takes is found out in windows of that length. */
#define WINDOW_NS	INT64CONST(4000000)

/* If calls come less often than that, who watches for them does so for nothing. */
#define OFTEN_NS	INT64CONST(100000)

/* After so many windows, it is tried whether the other way has become the better one. */
#define MIN_PATIENCE	8
#define MAX_PATIENCE	256

/* Whether the backend, and so a cell that it starts, may use one processor only. */
bool
pgstd_cell_is_alone(void)
{
	cpu_set_t	set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) == 1;
}

/* Lets the cell have the processors that the backend may use, in part; false: it has none then. */
static bool
allow(const PgstdCell *cell, bool far, uint32 but)
{
	cpu_set_t	set;

	if (sched_getaffinity(0, sizeof(set), &set) != 0)
		return false;
	if (far)
		CPU_CLR(but, &set);
	return sched_setaffinity(cell->pid, sizeof(set), &set) == 0;
}

/* Undoes what keeps it off a processor; also in a signal handler. */
void
pgstd_cell_be_near(PgstdCell *cell)
{
	if (!cell->distance.far)
		return;
	cell->distance.far = false;
	cell->channel->far = 0;
	(void) allow(cell, false, 0);
}

static void
be_far(PgstdCell *cell)
{
	PgstdDistance *d = &cell->distance;
	uint32		own = (uint32) sched_getcpu();

	if (!allow(cell, true, own))
	{
		d->fixed = true;
		pgstd_cell_be_near(cell);
		return;
	}
	d->far = true;
	d->processor = own;
	cell->channel->far = 1;
}

/* Whether the other way is to be tried, or to be gone back to. */
static bool
is_to_change(PgstdDistance *d)
{
	int64		here = d->cost[d->far],
				there = d->cost[!d->far];

	if (there == 0)
		return true;
	if (here > there + there / 4)
	{
		/* What has just been tried was no better. */
		d->patience = d->windows == 1 ? Min(2 * d->patience, MAX_PATIENCE) : MIN_PATIENCE;
		return true;
	}
	if (d->windows < d->patience)
		return false;
	d->cost[!d->far] = 0;
	return true;
}

/* Called now and then, as a command is given. */
void
pgstd_cell_look_at_distance(PgstdCell *cell)
{
	PgstdDistance *d = &cell->distance;
	int64		at;
	int64		cost;

	if (d->fixed || cell->watch.spin == 0)
		return;
	/* The backend has come to where the cell may be. */
	if (d->far && d->processor != (uint32) sched_getcpu())
		be_far(cell);
	at = pgstd_cell_now();
	if (d->begun != 0 && at - d->begun < WINDOW_NS)
		return;
	cost = d->begun != 0 ? (at - d->begun) / d->calls : 0;
	d->begun = at;
	d->calls = 0;
	if (cost == 0)
		return;
	if (cost > OFTEN_NS)
	{
		pgstd_cell_be_near(cell);
		d->cost[false] = d->cost[true] = 0;
		d->patience = MIN_PATIENCE;
		d->windows = 0;
		return;
	}
	d->cost[d->far] = d->cost[d->far] == 0 ? cost : (3 * d->cost[d->far] + cost) / 4;
	d->windows++;
	if (!is_to_change(d))
		return;
	d->windows = 0;
	d->begun = 0;
	if (d->far)
		pgstd_cell_be_near(cell);
	else
		be_far(cell);
}
