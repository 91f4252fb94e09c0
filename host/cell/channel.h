/*-------------------------------------------------------------------------
 *
 * channel.h
 *	  How one side of a channel wakes the other.
 *
 * A word counts what one side has said.  The other side first watches it for a while,
 * if whoever is to say more is on another processor, and then sleeps on it in the kernel.
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

/*
 * Watches a word until it is no longer what it was; false: it still is.  Who watches as
 * long as he may does not learn from it.
 */
static inline bool
pgstd_word_spin(const uint32_t *word, uint32_t value, const uint32_t *other, bool far, int *spin)
{
	int			most = far ? PGSTD_SPIN_MAX : *spin;

	if (!pgstd_word_is(word, value))
		return true;
	/* It does not run as long as this one does. */
	if (most == 0 || __atomic_load_n(other, __ATOMIC_RELAXED) == (uint32_t) sched_getcpu())
		return false;
	for (int i = 0; i < most; i++)
	{
		if (!pgstd_word_is(word, value))
		{
			if (!far && *spin < PGSTD_SPIN_MAX)
				*spin += *spin / 4;
			return true;
		}
		pgstd_cpu_relax();
	}
	if (!far && *spin > PGSTD_SPIN_MIN)
		*spin -= *spin / 4;
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
