/*-------------------------------------------------------------------------
 *
 * abort.c
 *	  What a failed statement must not hold until somebody rolls back.
 *
 * An error leaves whatever the statement was doing as it was: locks on buffers and
 * on shared structures, a place in a queue of waiters, a half-made WAL record.  In
 * PostgreSQL nothing runs between the error and the abort that cleans this up.  Go
 * code does: it is told of the error, and may sleep, or compute for hours, while
 * others wait for a lock on which no cancel is possible.  So this is done before.
 *
 * It is what AbortTransaction and AbortSubTransaction begin with, in their order.
 * None of it minds that they do it again.  All else that a statement holds (locks of
 * the lock manager, pins, snapshots) is what an open cursor holds, too: others can
 * wait for it, and be cancelled.
 *
 *-------------------------------------------------------------------------
 */
#include "abort.h"

#include <signal.h>

#include "access/xloginsert.h"
#include "libpq/pqsignal.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/bufmgr.h"
#include "storage/condition_variable.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "utils/resowner.h"
#include "utils/timeout.h"
#include "utils/wait_event.h"

/*
 * CurrentResourceOwner is that of what has failed, still.  heldoff is how often interrupts
 * were held off when the error was raised: as often as a lock was held, or more.
 */
void
pgstd_abort_statement(uint32 heldoff)
{
	HOLD_INTERRUPTS();
	LWLockReleaseAll();
	pgstat_report_wait_end();
	pgstat_progress_end_command();
	pgstd_abort_aio();
	pgstd_abort_buffer_io();
	pgstd_unlock_buffers(heldoff);
	XLogResetInsertion();
	(void) ConditionVariableCancelSleep();
	LockErrorCleanup();
	reschedule_timeouts();
	/* The error may have been raised in a signal handler. */
	sigprocmask(SIG_SETMASK, &UnBlockSig, NULL);
	RESUME_INTERRUPTS();
}

/*
 * Whether an error leaves something that pgstd_abort_statement cannot clean up: the
 * call has to end with it.
 */
bool
pgstd_error_lingers(int sqlerrcode, uint32 heldoff)
{
	if (!PGSTD_UNLOCKS_BUFFERS && heldoff > 0)
		return true;
	return !PGSTD_ABORTS_BUFFER_IO &&
		(ERRCODE_TO_CATEGORY(sqlerrcode) == ERRCODE_SYSTEM_ERROR || sqlerrcode == ERRCODE_DATA_CORRUPTED ||
		 sqlerrcode == ERRCODE_DISK_FULL);
}
