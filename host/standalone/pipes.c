/*-------------------------------------------------------------------------
 *
 * pipes.c
 *	  Pipes of test builds, waiting for them and for sockets, and moving data from one
 *	  descriptor to another.
 *
 * Pipes are the kernel's, as they lead from one process to another.  The runtime of a test
 * build has Go's own poller, and asks here for what that asks of the kernel.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "places.h"

static int64_t
make_pipe(int *to, int flags)
{
	int			ends[2];
	int64_t		result;

	if (flags & ~(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	if (pipe2(ends, flags | O_CLOEXEC) < 0)
		return -errno;
	result = pgstd_place_give(ends[0], false);
	if (result < 0)
	{
		close(ends[1]);
		return result;
	}
	result = pgstd_place_give(ends[1], true);
	if (result < 0)
	{
		pgstd_place_forget(ends[0]);
		close(ends[0]);
		return result;
	}
	to[0] = ends[0];
	to[1] = ends[1];
	return 0;
}

/* Moves data within the kernel: what they come from, what they go to. */
static int64_t
move(int64_t number, const uint64_t *a, int from, int to)
{
	long		result;

	if (!pgstd_place_is_open(from) || !pgstd_place_is_open(to))
		return -EBADF;
	if (!pgstd_place_is_changeable(to))
		return -EPERM;
	result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	return result < 0 ? -errno : result;
}

/*
 * One of pipe2, eventfd2, epoll_create1, epoll_ctl, epoll_pwait, sendfile, splice and
 * copy_file_range.
 */
int64_t
pgstd_pipes_system(int64_t number, const uint64_t *a)
{
	int			result;

	switch (number)
	{
		case SYS_pipe2:
			return make_pipe((int *) a[0], (int) a[1]);
		case SYS_eventfd2:
			return pgstd_place_give(eventfd((unsigned int) a[0], EFD_CLOEXEC | EFD_NONBLOCK), true);
		case SYS_epoll_create1:
			return pgstd_place_give(epoll_create1(EPOLL_CLOEXEC), false);
		case SYS_epoll_ctl:
			if (!pgstd_place_is_open((int) a[0]) || !pgstd_place_is_open((int) a[2]))
				return -EBADF;
			result = epoll_ctl((int) a[0], (int) a[1], (int) a[2], (struct epoll_event *) a[3]);
			return result < 0 ? -errno : 0;
		case SYS_sendfile:
			return move(number, a, (int) a[1], (int) a[0]);
		case SYS_splice:
		case SYS_copy_file_range:
			return move(number, a, (int) a[0], (int) a[2]);
		default:
			if (!pgstd_place_is_open((int) a[0]))
				return -EBADF;
			result = epoll_wait((int) a[0], (struct epoll_event *) a[1], (int) a[2], (int) a[3]);
			return result < 0 ? -errno : result;
	}
}
