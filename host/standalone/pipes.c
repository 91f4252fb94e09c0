/*-------------------------------------------------------------------------
 *
 * pipes.c
 *	  Pipes of test builds, and waiting for them.
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
#include <sys/stat.h>
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

/* Is a descriptor one that can be waited for? */
bool
pgstd_is_pipe(int fd)
{
	struct stat info;

	return fstat(fd, &info) == 0 && S_ISFIFO(info.st_mode);
}

/* One of pipe2, eventfd2, epoll_create1, epoll_ctl and epoll_pwait. */
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
		default:
			if (!pgstd_place_is_open((int) a[0]))
				return -EBADF;
			result = epoll_wait((int) a[0], (struct epoll_event *) a[1], (int) a[2], (int) a[3]);
			return result < 0 ? -errno : result;
	}
}
