/*-------------------------------------------------------------------------
 *
 * channel.h
 *	  How one side of a channel wakes the other.
 *
 * A word counts what one side has said.  The other side first watches it for a while,
 * if whoever is to say more is on another processor, or gives its own away, if there is
 * but one, and then sleeps on it in the kernel.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CELL_CHANNEL_H
#define PGSTD_CELL_CHANNEL_H

#include <errno.h>
#include <linux/futex.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PGSTD_SPIN_MIN	32
#define PGSTD_SPIN_MAX	4096

/* So often the processor is given away, where there is one. */
#define PGSTD_YIELDS	4

/*
 * One that the clock's tick has come in between of has gone to somebody else, or to a long
 * call; but that happens once in so many turns to everybody.
 */
#define PGSTD_YIELD_TURNS	100
#define PGSTD_YIELD_SKIP	65536

/* How one side waits before it sleeps. */
typedef struct PgstdWatch
{
	int			spin;			/* it looks so often; 0: both sides have one processor, and it yields */
	uint32_t	turns;			/* yields that were quick, since one was not */
	uint32_t	patience;		/* waits without any, after one that was not */
	uint32_t	skip;			/* of these, so many are left */
} PgstdWatch;

static inline void
pgstd_cpu_relax(void)
{
#if defined(__x86_64__)
	__builtin_ia32_pause();
#else
	__asm__ volatile ("isb":::"memory");
#endif
}

static inline bool
pgstd_word_is(const uint32_t *word, uint32_t value)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE) == value;
}

/* Nanoseconds, of a clock that nobody sets. */
static inline int64_t
pgstd_cell_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* Of the kernel's clock, as it was at its last tick; any part of it changes then. */
static inline long
pgstd_tick(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &ts);
	return ts.tv_nsec;
}

/*
 * Gives the processor away until a word is no longer what it was; false: it still is.  If
 * nobody else wants the processor, the other side has it next, and that takes half of what
 * falling asleep and being woken takes.  If somebody does, it may take his whole time slice:
 * then it is tried ever less often.
 */
static inline bool
pgstd_word_yield(const uint32_t *word, uint32_t value, PgstdWatch *watch)
{
	if (watch->skip > 0)
	{
		watch->skip--;
		return false;
	}
	for (int i = 0; i < PGSTD_YIELDS; i++)
	{
		long		begun = pgstd_tick();

		sched_yield();
		if (pgstd_tick() == begun)
		{
			if (watch->turns < PGSTD_YIELD_TURNS && ++watch->turns == PGSTD_YIELD_TURNS)
				watch->patience = 0;
		}
		else
		{
			if (watch->turns < PGSTD_YIELD_TURNS && watch->patience < PGSTD_YIELD_SKIP)
				watch->patience = 2 * watch->patience + 1;
			watch->turns = 0;
			watch->skip = watch->patience;
		}
		if (!pgstd_word_is(word, value))
			return true;
		if (watch->skip > 0)
			return false;
	}
	return false;
}

/*
 * Watches a word until it is no longer what it was; false: it still is.  Who watches as
 * long as he may does not learn from it.
 */
static inline bool
pgstd_word_watch(const uint32_t *word, uint32_t value, const uint32_t *other, bool far, PgstdWatch *watch)
{
	int			most = far ? PGSTD_SPIN_MAX : watch->spin;

	if (!pgstd_word_is(word, value))
		return true;
	if (watch->spin == 0)
		return pgstd_word_yield(word, value, watch);
	/* It does not run as long as this one does. */
	if (__atomic_load_n(other, __ATOMIC_RELAXED) == (uint32_t) sched_getcpu())
		return false;
	for (int i = 0; i < most; i++)
	{
		if (!pgstd_word_is(word, value))
		{
			if (!far && watch->spin < PGSTD_SPIN_MAX)
				watch->spin += watch->spin / 4;
			return true;
		}
		pgstd_cpu_relax();
	}
	if (!far && watch->spin > PGSTD_SPIN_MIN)
		watch->spin -= watch->spin / 4;
	return false;
}

/*
 * Sleeps while a word is what it was, for so many nanoseconds at most; less than 0: for
 * ever.  False: the time is over, or a signal has been handled.
 */
static inline bool
pgstd_word_sleep(uint32_t *word, uint32_t value, uint32_t *sleeps, int64_t nanoseconds)
{
	struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
	long		result = 0;

	__atomic_store_n(sleeps, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
		result = syscall(SYS_futex, word, FUTEX_WAIT, value, nanoseconds < 0 ? NULL : &limit, NULL, 0);
	__atomic_store_n(sleeps, 0, __ATOMIC_RELAXED);
	return result == 0 || errno == EAGAIN;
}

static inline void
pgstd_word_next(uint32_t *word, uint32_t value, uint32_t *sleeps)
{
	__atomic_store_n(word, value, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(sleeps, __ATOMIC_SEQ_CST) != 0)
		(void) syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

#endif							/* PGSTD_CELL_CHANNEL_H */
