/*-------------------------------------------------------------------------
 *
 * timer.c
 *	  A timer of the thread, for Go code that computes.
 *
 * A world says when it next wants to be told that time has passed: since a timer of
 * its own is due then, or since other goroutines wait for their turn.  When it is
 * time, the goroutine that runs is stopped at the next function that it calls, as for
 * an interrupt, and the runtime looks what is due.  Nothing is armed while nothing
 * waits.
 *
 * It is a POSIX timer with a signal that nobody else uses: no other timer of the
 * process is touched, and no use of it comes in between.
 *
 * A signal that the runtime has not seen for SLICE_NS is repeated, so that none is lost to
 * a guard that the scheduler has just set.  When no world runs, the timer soon rests: the
 * next entry has the signal before it.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>

#include "ktimer.h"
#include "world.h"

#define SLICE_NS	10000000
/* It rests after so many signals that have met no Go code. */
#define MAX_MISSES	3

static PgstdWorld **worlds;		/* list head, of this process */
static int	timer;
static pid_t maker;				/* process that has made it; a fork has none */
static volatile int64_t armed;	/* time for which it is set; 0: it rests */

/*
 * Makes the goroutine that runs come to the scheduler at the next function that it
 * calls, as the runtime does to preempt one.  A signal handler only stores here; what
 * is interrupted may be the scheduler itself.
 */
void
pgstd_poison(PgstdWorld *world)
{
	const PgstdObject *object = world->object;
	uint64_t	g = world->control->g;
	uint64_t	m = g != 0 ? *(uint64_t *) (g + object->g_m) : 0;

	g = m != 0 ? *(uint64_t *) (m + object->m_curg) : 0;
	if (g != 0)
	{
		*(uint8_t *) (g + object->g_preempt) = 1;
		*(uint64_t *) (g + object->g_stackguard0) = PGSTD_STACK_PREEMPT;
	}
}

static void
set(int64_t when)
{
	struct itimerspec spec = {
		.it_interval = {0, SLICE_NS},
		.it_value = {when / 1000000000, when % 1000000000},
	};

	armed = when;
	(void) pgstd_ktimer_set(timer, TIMER_ABSTIME, &spec);
}

static void
ring(int signo, siginfo_t *info, void *context)
{
	static int	misses;
	int			save_errno = errno;
	bool		runs = false;

	(void) signo;
	(void) context;
	if (info->si_code != SI_TIMER || worlds == NULL)
		return;
	for (PgstdWorld *world = *worlds; world != NULL; world = world->next)
	{
		if (world->state != PGSTD_WORLD_LIVE && world->state != PGSTD_WORLD_BUSY)
			continue;
		world->wanted = 0;
		world->control->slice = 1;
		pgstd_poison(world);
		runs |= world->control->in_world != 0;
	}
	misses = runs ? 0 : misses + 1;
	if (misses >= MAX_MISSES && maker == getpid())
		set(0);
	errno = save_errno;
}

/*
 * A real-time signal that nobody handles, or 0.  An emulator of another architecture
 * takes the last ones for itself.
 */
#define LAST_SIGNAL		(SIGRTMAX - 8)

static int
free_signal(void)
{
	for (int signo = LAST_SIGNAL; signo > SIGRTMIN; signo--)
	{
		struct sigaction action;

		if (sigaction(signo, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
			action.sa_handler == SIG_DFL)
			return signo;
	}
	return 0;
}

static bool
make(void)
{
	static int	signo;
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID};
	struct sigaction action = {.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART};

	if (signo == 0 && (signo = free_signal()) == 0)
		return false;
	action.sa_sigaction = ring;
	sigfillset(&action.sa_mask);
	if (sigaction(signo, &action, NULL) != 0)
		return false;
	event.sigev_signo = signo;
	/* Worlds are run by the first thread, whatever others there are. */
	event.sigev_notify_thread_id = getpid();
	if (!pgstd_ktimer_make(CLOCK_MONOTONIC, &event, &timer))
		return false;
	maker = getpid();
	return true;
}

/*
 * Notes when a world wants to be told, 0: not at all, and sets the timer for the first
 * of all worlds of the list.  Without a timer, Go code is as it was before there was one:
 * others run where it blocks.
 */
void
pgstd_timer_want(PgstdWorld **list, PgstdWorld *world, int64_t when)
{
	int64_t		first = 0;

	worlds = list;
	world->wanted = when > 0 ? when : 0;
	for (PgstdWorld *w = *list; w != NULL; w = w->next)
		if (w->wanted != 0 && (first == 0 || w->wanted < first))
			first = w->wanted;
	if (maker != getpid())
	{
		armed = 0;
		if (first == 0 || !make())
			return;
	}
	else if (first == armed && !world->control->slice)
		return;
	set(first);
}
