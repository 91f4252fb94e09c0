/*-------------------------------------------------------------------------
 *
 * ktimer.h
 *	  POSIX timers of the kernel, by its own numbers.
 *
 * Invariant: no module refers to libc's functions for timers.  A module names no versions of
 * libc's symbols, so it would get the first there have been, where libc has several; on
 * amd64, those keep timers in a table in which number 0 is a free place.  Since Linux 6.13
 * each process counts its timers from 0: the second timer would take the place of the first.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_KTIMER_H
#define PGSTD_KTIMER_H

#include <signal.h>
#include <stdbool.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* Older C libraries do not give the field its name. */
#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id _sigev_un._tid
#endif

/* Both set errno if they return false. */
static inline bool
pgstd_ktimer_make(clockid_t clock, struct sigevent *event, int *timer)
{
	return syscall(SYS_timer_create, clock, event, timer) == 0;
}

static inline bool
pgstd_ktimer_set(int timer, int flags, const struct itimerspec *when)
{
	return syscall(SYS_timer_settime, timer, flags, when, NULL) == 0;
}

#endif							/* PGSTD_KTIMER_H */
