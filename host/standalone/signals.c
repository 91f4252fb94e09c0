/*-------------------------------------------------------------------------
 *
 * signals.c
 *	  Signals of test builds.
 *
 * What becomes of a signal says package os/signal.  One that the program wants to know of is
 * noted by a handler, which does nothing else, and the world asks for what has been noted.  All
 * others are the kernel's business, as they are when no Go code runs.
 *
 * Signals of faults are the core's, and those in real time its timer's: the world has
 * neither.
 *
 *-------------------------------------------------------------------------
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "../world.h"
#include "signals.h"

#define NSIGNALS	32

/* What the world takes them for. */
static PgstdDisposition dispositions[NSIGNALS];

/* Those that were ignored when the process began, as nohup has it. */
static bool ignored_first[NSIGNALS];

/* Bits of what has come since the world has last asked. */
static volatile uint32_t noted;

static sigset_t held;

static void
note(int signo)
{
	__atomic_fetch_or(&noted, UINT32_C(1) << signo, __ATOMIC_RELAXED);
}

/* May the world say what becomes of it? */
static bool
is_free(uint64_t signo)
{
	switch (signo)
	{
		case 0:
		case SIGKILL:
		case SIGSTOP:
		case SIGSEGV:
		case SIGBUS:
		case SIGFPE:
		case SIGILL:
		case SIGTRAP:
			return false;
	}
	return signo < NSIGNALS;
}

/* Those by which a Go program does not end that does not ask for them. */
static bool
is_harmless(int signo)
{
	switch (signo)
	{
		case SIGALRM:
		case SIGIO:
		case SIGPIPE:
		case SIGPROF:
		case SIGPWR:
		case SIGSTKFLT:
		case SIGUSR1:
		case SIGUSR2:
		case SIGVTALRM:
		case SIGXCPU:
		case SIGXFSZ:
			return true;
	}
	return false;
}

/* Those of which a program dies that does not ask for them. */
static bool
is_deadly(int signo)
{
	return signo == SIGHUP || signo == SIGINT || signo == SIGQUIT || signo == SIGTERM || signo == SIGABRT || signo == SIGSYS;
}

static void
die(int signo)
{
	_exit(128 + signo);
}

static void
set(int signo, PgstdDisposition disposition)
{
	struct sigaction action = {.sa_flags = SA_ONSTACK | SA_RESTART};

	dispositions[signo] = disposition;
	if (disposition == PGSTD_SIGNAL_NOTED)
		action.sa_handler = note;
	else if (disposition == PGSTD_SIGNAL_IGNORED || ignored_first[signo] || is_harmless(signo))
		action.sa_handler = SIG_IGN;
	else if (getpid() == 1 && is_deadly(signo))
		action.sa_handler = die;	/* the kernel keeps its defaults from the first process of a namespace */
	else
		action.sa_handler = SIG_DFL;
	sigfillset(&action.sa_mask);
	(void) sigaction(signo, &action, NULL);
}

/* As a Go program has them when it begins. */
void
pgstd_signals_begin(void)
{
	for (int signo = 1; signo < NSIGNALS; signo++)
	{
		struct sigaction action;

		if (!is_free((uint64_t) signo))
			continue;
		ignored_first[signo] = (signo == SIGHUP || signo == SIGINT) &&
			sigaction(signo, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
		set(signo, PGSTD_SIGNAL_DEFAULT);
		if (ignored_first[signo])
			dispositions[signo] = PGSTD_SIGNAL_IGNORED;
	}
}

void
pgstd_signals_hold(void)
{
	sigset_t	all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &held);
}

void
pgstd_signals_let_go(void)
{
	sigprocmask(SIG_SETMASK, &held, NULL);
}

/* A program that is started ignores what this one does by its own will. */
void
pgstd_signals_leave(void)
{
	for (int signo = 1; signo < NSIGNALS; signo++)
		if (is_free((uint64_t) signo))
			signal(signo, dispositions[signo] == PGSTD_SIGNAL_IGNORED ? SIG_IGN : SIG_DFL);
}

/* Nobody reads what the world writes: as a Go program, it dies of that unless it has said otherwise. */
void
pgstd_signals_broken_pipe(void)
{
	if (dispositions[SIGPIPE] == PGSTD_SIGNAL_NOTED)
		note(SIGPIPE);
	if (dispositions[SIGPIPE] != PGSTD_SIGNAL_DEFAULT)
		return;
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	_exit(EXIT_FAILURE);
}

int64_t
pgstd_signals_system(int64_t number, const uint64_t *a)
{
	switch (number)
	{
		case PGSTD_SYSTEM_NOTED:
			return __atomic_exchange_n(&noted, 0, __ATOMIC_RELAXED);
		case PGSTD_SYSTEM_SIGPIPE:
			pgstd_signals_broken_pipe();
			return 0;
	}
	if (!is_free(a[0]))
		return PGSTD_SIGNAL_DEFAULT;
	if (a[1] != PGSTD_SIGNAL_ASK)
		set((int) a[0], (PgstdDisposition) a[1]);
	return dispositions[a[0]];
}
