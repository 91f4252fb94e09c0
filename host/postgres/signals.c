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
 * All modules of this host version in a backend share one set of wrappers: the
 * first of them owns it, and the others find it through a rendezvous variable.
 *
 *-------------------------------------------------------------------------
 */
#include "backend.h"

#include <signal.h>

#include "miscadmin.h"

#include "../arch.h"

/* Change the name with the layout of Shared or PgstdWorld. */
#define RENDEZVOUS	"pgstd.host.1"

/* What the modules of a backend share; lives in the owner. */
typedef struct Shared
{
	PgstdWorld *worlds;			/* all worlds of the backend */
	void		(*check) (void);	/* wraps handlers that are not wrapped */
} Shared;

static Shared own;
static Shared *shared = NULL;

/* What each wrapped signal was handled by before. */
static struct sigaction original[NSIG];

/*
 * Would ProcessInterrupts raise something now?
 */
bool
pgstd_interrupt_due(void)
{
	if (!InterruptPending || InterruptHoldoffCount != 0 || CritSectionCount != 0)
		return false;
	return ProcDiePending || (QueryCancelPending && QueryCancelHoldoffCount == 0);
}

static void
wrapper(int signo, siginfo_t *info, void *context)
{
	int			save_errno = errno;
	const struct sigaction *before = &original[signo];

	if (before->sa_flags & SA_SIGINFO)
		before->sa_sigaction(signo, info, context);
	else
		before->sa_handler(signo);

	if (pgstd_interrupt_due())
	{
		PgstdWorld *world = pgstd_running_world();

		if (world != NULL)
			context_resume_at(context, world->object->abort);
		else
			for (world = own.worlds; world != NULL; world = world->next)
				world->control->cancel = 1;
	}
	errno = save_errno;
}

/* Wraps every handler of this process that is not wrapped yet. */
static void
wrap_handlers(void)
{
	for (int signo = 1; signo < NSIG; signo++)
	{
		struct sigaction action;

		if (signo == SIGSEGV || signo == SIGBUS || signo == SIGFPE ||
			sigaction(signo, NULL, &action) != 0)
			continue;
		if ((action.sa_flags & SA_SIGINFO) ? action.sa_sigaction == wrapper :
			(action.sa_handler == SIG_DFL || action.sa_handler == SIG_IGN))
			continue;
		original[signo] = action;
		action.sa_sigaction = wrapper;
		action.sa_flags |= SA_SIGINFO | SA_ONSTACK;
		sigaction(signo, &action, NULL);
	}
	pgstd_fault_init(&own.worlds);
}

static Shared *
get_shared(void)
{
	if (shared == NULL)
	{
		Shared	  **variable = (Shared **) find_rendezvous_variable(RENDEZVOUS);

		if (*variable == NULL)
		{
			own.check = wrap_handlers;
			*variable = &own;
		}
		shared = *variable;
	}
	return shared;
}

/* To be called before the first world of this module starts. */
void
pgstd_signals_init(void)
{
	if (!pgstd_altstack_init())
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not set up a stack for signal handlers: %m")));
	get_shared()->check();
}

/* To be called now and then: other code may have installed handlers. */
void
pgstd_signals_check(void)
{
	if (shared != NULL)
		shared->check();
}

/* Adds a world to those that handlers know. */
void
pgstd_add_world(PgstdWorld *world)
{
	world->next = get_shared()->worlds;
	get_shared()->worlds = world;
}
