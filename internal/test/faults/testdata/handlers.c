/*
 * An extension in C with signal handlers of its own.
 */
#include "postgres.h"

#include <signal.h>

#include "fmgr.h"

PG_MODULE_MAGIC;

static volatile sig_atomic_t own;
static volatile sig_atomic_t chained;
static struct sigaction before;

/* Needs more stack than a goroutine has. */
static int
use_stack(int n)
{
	volatile char frame[32 * 1024];

	memset((char *) frame, n, sizeof(frame));
	return frame[n];
}

static void
own_handler(int signo)
{
	own += use_stack(1);
}

static void
chaining_handler(int signo, siginfo_t *info, void *context)
{
	chained += use_stack(1);
	if (before.sa_flags & SA_SIGINFO)
		before.sa_sigaction(signo, info, context);
	else if (before.sa_handler != SIG_DFL && before.sa_handler != SIG_IGN)
		before.sa_handler(signo);
}

PG_FUNCTION_INFO_V1(install_handlers);

/* A handler for a signal that the server does not use, and one in front of the server's. */
Datum
install_handlers(PG_FUNCTION_ARGS)
{
	struct sigaction action = {.sa_handler = own_handler, .sa_flags = SA_RESTART};

	sigaction(SIGWINCH, &action, NULL);
	action.sa_sigaction = chaining_handler;
	action.sa_flags |= SA_SIGINFO;
	sigaction(SIGUSR1, &action, &before);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(handled);

Datum
handled(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(PG_GETARG_BOOL(0) ? chained : own);
}

PG_FUNCTION_INFO_V1(take_stack);

/* Takes the stack of signal handlers away: gives them none, or a small one. */
Datum
take_stack(PG_FUNCTION_ARGS)
{
	static char small[64 * 1024];	/* less than ours, enough for these handlers */
	stack_t		stack = {.ss_flags = SS_DISABLE};

	if (PG_GETARG_BOOL(0))
		stack = (stack_t) {.ss_sp = small, .ss_size = sizeof(small)};
	sigaltstack(&stack, NULL);
	PG_RETURN_VOID();
}
