/*-------------------------------------------------------------------------
 *
 * worker.c
 *	  What a process that is a background worker has to attend to, while its Go
 *	  code runs, sleeps, or is in a transaction.
 *
 *-------------------------------------------------------------------------
 */
#include "worker.h"

#include "access/xact.h"
#include "commands/async.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/pmsignal.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/timeout.h"

const char *pgstd_worker_name = NULL;
volatile sig_atomic_t pgstd_worker_ending = false;
bool		pgstd_worker_notified = false;

/* One of the counts goes up by one, and begins anew at its end. */
static uint32
count_up(uint32 signals, uint32 unit, uint32 mask)
{
	return (signals & ~mask) | ((signals + unit) & mask);
}

#define NOTIFIED_MASK	(PGSTD_SIGNAL_RELOADED - 1)
#define RELOADED_MASK	(~NOTIFIED_MASK & ~PGSTD_SIGNAL_ENDING)

/*
 * A worker does not outlive the postmaster: no client would be there to miss it, and the
 * server could not be started again.  Long sleeps end by themselves then.
 */
static void
end_with_postmaster(void)
{
	if (!PostmasterIsAlive())
		proc_exit(1);
}

/*
 * Tells the world what has come.  True: there is something that it does not know, or has
 * to ask for.  It is called by a leaf hook, and so does not raise.
 */
bool
pgstd_worker_look(PgstdControl *control)
{
	uint32		before = control->signals;
	uint32		now = before;

	if (pgstd_worker_name == NULL)
		return false;
	end_with_postmaster();
	if (notifyInterruptPending && !pgstd_worker_notified)
	{
		pgstd_worker_notified = true;
		now = count_up(now, PGSTD_SIGNAL_NOTIFIED, NOTIFIED_MASK);
	}
	if (pgstd_worker_ending)
		now |= PGSTD_SIGNAL_ENDING;
	control->signals = now;
	if (ConfigReloadPending)
		control->poke = 1;
	return now != before || control->poke != 0;
}

/* The same where Go code waits for the host, and errors can be raised. */
void
pgstd_worker_interrupts(PgstdControl *control)
{
	if (pgstd_worker_name == NULL)
		return;
	if (ConfigReloadPending)
	{
		ConfigReloadPending = false;
		ProcessConfigFile(PGC_SIGHUP);
		control->signals = count_up(control->signals, PGSTD_SIGNAL_RELOADED, RELOADED_MASK);
	}
	(void) pgstd_worker_look(control);
}

/* Begins a transaction, of which the caller has all that it takes to undo it. */
void
pgstd_worker_begin(void)
{
	end_with_postmaster();
	SetCurrentStatementStartTimestamp();
	pgstat_report_activity(STATE_RUNNING, pgstd_worker_name);
	StartTransactionCommand();
	if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

/* What follows its end. */
void
pgstd_worker_end(void)
{
	disable_timeout(STATEMENT_TIMEOUT, true);
	/* It was for that transaction, if it has come too late. */
	if (get_timeout_indicator(STATEMENT_TIMEOUT, true))
		QueryCancelPending = false;
	pgstat_report_stat(false);
	pgstat_report_activity(STATE_IDLE, NULL);
}
