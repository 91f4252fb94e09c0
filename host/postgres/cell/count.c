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

/* Takes a place of the server for a cell: the descriptor that has it until it is closed. */
int
pgstd_cell_count(void)
{
	int			most = pgstd_max_cells();
	int			fd = open(COUNT_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not open file \"%s\": %m", COUNT_FILE)));
	/* Others look for a free one elsewhere. */
	for (int i = 0; i < most; i++)
	{
		struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (MyProcPid + i) % most, .l_len = 1};

		if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
			return fd;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR)
			break;
	}
	if (errno == EAGAIN || errno == EACCES)
	{
		close(fd);
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("the server has as many cells as it may have"),
				 errdetail("There is one for each session and role that runs Go code in a cell."),
				 errhint("End sessions that have one, or increase the configuration parameter \"pgstd.max_cells\" (currently %d).", most)));
	}
	close(fd);
	ereport(ERROR,
			(errcode_for_file_access(),
			 errmsg("could not lock file \"%s\": %m", COUNT_FILE)));
}
