/*-------------------------------------------------------------------------
 *
 * signals.c
 *	  PostgreSQL's signal handlers while Go code runs.
 *
 * PostgreSQL's handlers stay in charge.  They are wrapped for two reasons: they
 * must run on a stack of their own, as goroutine stacks are too small for C;
 * and after one has run, a cancel that is due takes control away from a world
 * at once, wherever it is, even in a loop without calls.
 *
 * All modules in a backend share one set of wrappers, that of the owner of Shared.
 *
 *-------------------------------------------------------------------------
 */
#include "signals.h"
#include "shared.h"

#include <signal.h>

#include "miscadmin.h"

#include "../../arch.h"

/* What each signal was handled by when it was wrapped last, and first. */
static struct sigaction original[NSIG];
static struct sigaction first[NSIG];

/* The original handler of a signal is running. */
static volatile sig_atomic_t running[NSIG];

/* Makes a world ask for interrupts to be served soon. */
static void
poke(PgstdWorld *world)
{
	world->control->poke = 1;
	pgstd_poison(world);
}

/*
 * Would ProcessInterrupts raise something now?  Where interrupts are held off it would
 * not.  But that is a lock, of an index's page for one, under which a function is called
 * that may raise an error as any may; and it must not keep others waiting for ever.
 */
bool
pgstd_interrupt_due(void)
{
	if (pgstd_shared->ending != PGSTD_ENDING_NONE)
		return pgstd_shared->ending == PGSTD_ENDING_LATE;
	if (!InterruptPending || CritSectionCount != 0)
		return false;
	if (InterruptHoldoffCount != 0)
		return ProcDiePending || (QueryCancelPending && QueryCancelHoldoffCount == 0);
	return pgstd_transaction_timeout_due() || ProcDiePending || ClientConnectionLost ||
		(QueryCancelPending && QueryCancelHoldoffCount == 0);
}

static void
run(const struct sigaction *action, int signo, siginfo_t *info, void *context)
{
	if (action->sa_flags & SA_SIGINFO)
		action->sa_sigaction(signo, info, context);
	else
		action->sa_handler(signo);
}

/*
 * Acts on what a handler has left to do.  Handlers do not interrupt each other,
 * so the context is that of Go code, or of C code.
 */
static void
act(ucontext_t *context)
{
	PgstdWorld *world = pgstd_running_world();

	if (CritSectionCount != 0 || !InterruptPending)
		return;
	if (pgstd_interrupt_due())
	{
		if (world != NULL && pgstd_in_text(world, context_pc(context)))
			context_resume_at(context, world->object->abort);
		else
			/* C code that takes up a world, or calls into one, looks again first. */
			for (world = pgstd_shared->worlds; world != NULL; world = world->next)
				world->control->cancel = 1;
		return;
	}
	if (InterruptHoldoffCount != 0)
		return;
	/*
	 * Recovery asks again and again.  Code that has not come to a call since the last
	 * time is in a loop that has none, and keeps it waiting.
	 */
	if (world != NULL && world->control->poke != 0 && pgstd_conflict_possible() &&
		pgstd_in_text(world, context_pc(context)))
	{
		context_resume_at(context, world->object->abort);
		return;
	}
	for (world = pgstd_shared->worlds; world != NULL; world = world->next)
		if (world->state == PGSTD_WORLD_LIVE || world->state == PGSTD_WORLD_BUSY)
			poke(world);
}

static void
wrapper(int signo, siginfo_t *info, void *context)
{
	int			save_errno = errno;

	/*
	 * Whoever has installed a handler after us may pass signals on to us, and
	 * has been wrapped since.
	 */
	if (running[signo])
		run(&first[signo], signo, info, context);
	else
	{
		running[signo] = 1;
		run(&original[signo], signo, info, context);
		running[signo] = 0;
		act(context);
	}
	errno = save_errno;
}

/*
 * Wraps every handler of this process that is not wrapped yet.  Runs in the owner
 * of Shared only.
 */
void
pgstd_wrap_handlers(void)
{
	for (int signo = 1; signo < NSIG; signo++)
	{
		struct sigaction action;

		if (pgstd_is_fault(signo) || sigaction(signo, NULL, &action) != 0)
			continue;
		if ((action.sa_flags & SA_SIGINFO) ? action.sa_sigaction == wrapper :
			(action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
			continue;
		if (original[signo].sa_sigaction == NULL)
			first[signo] = action;
		original[signo] = action;
		running[signo] = 0;
		action.sa_sigaction = wrapper;
		action.sa_flags |= SA_SIGINFO | SA_ONSTACK;
		/* One at a time, or an inner handler's cancel could slip through. */
		sigfillset(&action.sa_mask);
		sigdelset(&action.sa_mask, SIGSEGV);
		sigdelset(&action.sa_mask, SIGBUS);
		sigdelset(&action.sa_mask, SIGFPE);
		sigdelset(&action.sa_mask, SIGILL);
		sigdelset(&action.sa_mask, SIGTRAP);
		sigaction(signo, &action, NULL);
	}
	pgstd_fault_init(&pgstd_shared->worlds);
}

/*
 * To be called before a world of this module is entered for the first time in a
 * transaction: other code may have installed handlers, or changed their stack.
 */
void
pgstd_signals_check(void)
{
	if (!pgstd_altstack_init())
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not set up a stack for signal handlers: %m")));
	pgstd_shared->check();
}
