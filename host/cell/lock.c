/*-------------------------------------------------------------------------
 *
 * lock.c
 *	  A cell takes all that it does not need from itself.
 *
 * The filter of system calls is what holds; it is a must.  All else is a second line
 * behind it, and left out where the kernel or a container does not allow it.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cell.h"
#include "filter.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* More descriptors than these two a cell has only while it maps a region. */
#define MAX_FILES	8

/*
 * Whether it has namespaces of its own; before it is locked.  One of processes would be for
 * its children only, and there are none.
 */
uint32_t
pgstd_cell_namespaces(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET) == 0;
}

static void
limit(int resource, rlim_t value)
{
	struct rlimit limits = {value, value};

	(void) setrlimit(resource, &limits);
}

static void
close_others(void)
{
	if (syscall(SYS_close_range, PGSTD_CELL_SOCKET + 1, ~0U, 0) == 0)
		return;
	for (int fd = PGSTD_CELL_SOCKET + 1; fd < 65536; fd++)
		close(fd);
}

/* From here on, the process can compute, and nothing else. */
void
pgstd_cell_lock(int parent)
{
	static const struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = (struct sock_filter *) filter,
	};

	close_others();
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		_exit(PGSTD_CELL_EXIT_START);
	/* The backend may have ended before that. */
	if (getppid() != parent)
		_exit(PGSTD_CELL_EXIT_START);
	(void) prctl(PR_SET_DUMPABLE, 0);
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_NOFILE, MAX_FILES);
	limit(RLIMIT_NPROC, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_MEMLOCK, 0);
	limit(RLIMIT_MSGQUEUE, 0);
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0)
		_exit(PGSTD_CELL_EXIT_SECCOMP);
}
