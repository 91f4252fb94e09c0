/*-------------------------------------------------------------------------
 *
 * self.c
 *	  What a test build asks and changes of its own process.
 *
 * What a process is, it is told; what it changes concerns nobody else: its limit of descriptors, also
 * that of a child, and whether it keeps capabilities that it has.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"
#include "processes.h"

int64_t
pgstd_self_system(int64_t number, const uint64_t *a)
{
	long		result;

	switch (number)
	{
		case SYS_prlimit64:
			if (a[1] != RLIMIT_NOFILE || (a[0] != 0 && a[0] != (uint64_t) getpid() && !pgstd_process_has_child((int64_t) a[0])))
				return -EPERM;
			break;
		case SYS_prctl:
			if (a[0] != PR_GET_KEEPCAPS && a[0] != PR_SET_KEEPCAPS)
				return -EPERM;
			break;
	}
	result = syscall(number, a[0], a[1], a[2], a[3], a[4]);
	return result < 0 ? -errno : result;
}
