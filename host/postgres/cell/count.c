/*-------------------------------------------------------------------------
 *
 * count.c
 *	  How many cells a server has.
 *
 * A library that is not preloaded has no shared memory to count in.  So there is a file,
 * of which each cell's backend holds a lock on one byte, as long as it has the cell: the
 * kernel lets go of it when the backend ends, however that is.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../base/limits.h"

#include <fcntl.h>
#include <unistd.h>

#include "miscadmin.h"
#include "pgstat.h"

/* Backups leave the folder's files out. */
#define COUNT_FILE	PG_STAT_TMP_DIR "/pgstd_cells"

/* How many bytes of [from, to) of the file are locked by others than fd. */
static int
taken(int fd, off_t from, off_t to)
{
	int			n = 0;

	/* The kernel tells of any one: what is before it is asked for anew, and then what is behind. */
	while (from < to)
	{
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = from, .l_len = to - from};

		if (fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
			break;
		n += 1 + taken(fd, from, lock.l_start);
		from = lock.l_start + 1;
	}
	return n;
}

/* Locks a byte of the first most of the file that is free; false with errno if there is none. */
static bool
take_place(int fd, int most)
{
	/* Others look for a free one elsewhere. */
	for (int i = 0; i < most; i++)
	{
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (MyProcPid + i) % most, .l_len = 1};

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		{
			/* Those behind were taken while the server was allowed more of them. */
			if (taken(fd, most, INT_MAX) == 0 || taken(fd, 0, INT_MAX) < most)
				return true;
			break;
		}
		if (errno != EAGAIN && errno != EACCES)
			return false;
	}
	errno = EAGAIN;
	return false;
}

/* Takes a place of the server for a cell: the descriptor that has it until it is closed. */
int
pgstd_cell_count(void)
{
	int			most = pgstd_max_cells();
	int			fd = open(COUNT_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int			why;

	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", COUNT_FILE)));
	if (take_place(fd, most))
		return fd;
	why = errno;
	close(fd);
	errno = why;
	if (why != EAGAIN)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not lock file \"%s\": %m", COUNT_FILE)));
	ereport(ERROR,
			(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
			 errmsg("the server has as many cells as it may have"),
			 errdetail("There is one for each session and role that runs Go code in a cell."),
			 errhint("End sessions that have one, or increase the configuration parameter \"pgstd.max_cells\" (currently %d).", most)));
}
