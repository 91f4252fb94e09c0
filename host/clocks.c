/*-------------------------------------------------------------------------
 *
 * clocks.c
 *	  The time of day and the monotonic clock, for the price of the latter.
 *
 * To read a clock waits for all instructions before it, and takes nearly all of the time
 * that time.Now does.  Linux runs both clocks alike, at the same rate: how far apart they are changes
 * only when somebody sets the time of day (or a leap second does, or the machine has slept).
 * So the distance is good for a millisecond, and then looked at again.
 *
 * What a world relies on: the time of day goes back only if it has been set back.  That is
 * why the distance stays what it was, to the nanosecond, unless it has changed by
 * more than what two readings one after the other may be apart.
 *
 *-------------------------------------------------------------------------
 */
#include <stdlib.h>
#include <time.h>

#include "world.h"

#define SECOND	INT64_C(1000000000)
/* How long a distance is good. */
#define GOOD_NS	1000000
/* Two readings that are further apart had something come between them. */
#define APART_NS	10000
/* A machine that takes longer for each reading has none but those. */
#define MAX_READINGS	3

static inline int64_t
reading(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return (int64_t) ts.tv_sec * SECOND + ts.tv_nsec;
}

int64_t
pgstd_clock_monotonic(PgstdWorld *world)
{
	(void) world;
	return reading(CLOCK_MONOTONIC);
}

/*
 * Reads both clocks; now is what the monotonic one has just said.  Returns that, or what it said later.
 */
static __attribute__((noinline)) int64_t
look(PgstdClocks *clocks, int64_t now, int64_t *day)
{
	for (int readings = 1;; readings++)
	{
		int64_t		distance;

		*day = reading(CLOCK_REALTIME);
		distance = *day - now;
		if (llabs(distance - clocks->distance) > APART_NS)
		{
			int64_t		then = now;

			now = reading(CLOCK_MONOTONIC);
			if (now - then > APART_NS)
			{
				if (readings < MAX_READINGS)
					continue;
				return then;
			}
			clocks->distance = *day - now;
		}
		clocks->looked = now;
		*day = now + clocks->distance;
		return now;
	}
}

int64_t
pgstd_clocks(PgstdWorld *world, int64_t *wall)
{
	PgstdClocks *clocks = &world->clocks;
	int64_t		now = reading(CLOCK_MONOTONIC);
	int64_t		day = now + clocks->distance;

	if (pgstd_unlikely(now - clocks->looked >= GOOD_NS))
		now = look(clocks, now, &day);
	wall[0] = day / SECOND;
	wall[1] = day % SECOND;
	return now;
}
