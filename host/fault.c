/*-------------------------------------------------------------------------
 *
 * fault.c
 *	  Faults of Go code, and the stack that signal handlers run on.
 *
 * A fault inside a world becomes a Go panic, as in a stock program: the handler
 * fills in the goroutine's signal fields and resumes at the runtime's sigpanic.
 * Any other fault goes to whatever handled it before.
 *
 * Goroutine stacks are far too small for C, so every handler that can run while
 * a world does must have SA_ONSTACK.
 *
 *-------------------------------------------------------------------------
 */
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>

#include "arch.h"
#include "world.h"

#define ALTSTACK_SIZE	(256 * 1024)

/* The start of a goroutine descriptor: type g's first field is its stack. */
typedef struct Goroutine
{
	uint64_t	stack_lo;
	uint64_t	stack_hi;
} Goroutine;

static const int fault_signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP};

#define NFAULTS	((int) (sizeof(fault_signals) / sizeof(fault_signals[0])))

static struct sigaction previous[NFAULTS];	/* what we have taken over from last */
static struct sigaction first[NFAULTS]; /* and first */
static volatile sig_atomic_t chained[NFAULTS];	/* previous is running */
static PgstdWorld **worlds;		/* list head, of this process */

/* Whether a signal is one of those that this file handles. */
bool
pgstd_is_fault(int signo)
{
	for (int i = 0; i < NFAULTS; i++)
		if (fault_signals[i] == signo)
			return true;
	return false;
}

/* The world whose code the signal has interrupted, or NULL. */
PgstdWorld *
pgstd_running_world(void)
{
	if (worlds != NULL)
		for (PgstdWorld *world = *worlds; world != NULL; world = world->next)
			if (world->control->in_world)
				return world;
	return NULL;
}

/*
 * True if the context stands in Go code on its goroutine's stack, with room for
 * one more call.
 */
static bool
can_panic(const PgstdWorld *world, const ucontext_t *context)
{
	const Goroutine *g = (const Goroutine *) world->control->g;
	uint64_t	sp = context_sp(context);

	return g != NULL && sp % sizeof(uint64_t) == 0 &&
		sp >= g->stack_lo + CONTEXT_CALL_ROOM && sp < g->stack_hi;
}

static void
set_g(const PgstdWorld *world, uint64_t offset, uint64_t value)
{
	*(uint64_t *) (world->control->g + offset) = value;
}

/*
 * Whether an address lies in the code of a world's object, or of one of its modules: of
 * what is in their room, nothing else can be executed.
 */
bool
pgstd_in_text(const PgstdWorld *world, uint64_t pc)
{
	return (pc >= world->object->text.start && pc < world->object->text.end) ||
		(pc >= world->modules.room.start && pc < world->modules.room.end);
}

static void
panic_in_world(PgstdWorld *world, int signo, const siginfo_t *info, ucontext_t *context)
{
	const PgstdObject *object = world->object;
	uint64_t	pc = context_pc(context);

	*(uint32_t *) (world->control->g + object->g_sig) = (uint32_t) signo;
	set_g(world, object->g_sigcode0, (uint64_t) info->si_code);
	set_g(world, object->g_sigcode1, (uint64_t) info->si_addr);
	set_g(world, object->g_sigpc, pc);
	context_call(context, object->sigpanic, pgstd_in_text(world, pc));
}

/*
 * Turns a fault of Go code into a panic, or into the end of its world if the
 * stack is beyond repair.  A fault of C code, such as a signal handler that has
 * interrupted Go code, is not for us: neither its stack nor its code is Go's.
 */
static bool
handle(int signo, const siginfo_t *info, ucontext_t *context)
{
	PgstdWorld *world = pgstd_running_world();

	/* si_code <= 0: somebody sent it, nothing in the world is wrong */
	if (world == NULL || info->si_code <= 0)
		return false;
	if (can_panic(world, context))
		panic_in_world(world, signo, info, context);
	else if (pgstd_in_text(world, context_pc(context)))
	{
		world->control->death = PGSTD_DEATH_THROW;
		context_resume_at(context, world->object->abort);
	}
	else
		return false;
	return true;
}

static void
run(const struct sigaction *action, int signo, siginfo_t *info, void *context)
{
	if (action->sa_flags & SA_SIGINFO)
		action->sa_sigaction(signo, info, context);
	else if (action->sa_handler != SIG_DFL && action->sa_handler != SIG_IGN)
		action->sa_handler(signo);
	else
	{
		/* Let the default action take its course: a fault happens again. */
		sigaction(signo, action, NULL);
		if (info->si_code <= 0)
			raise(signo);
	}
}

static void
fault_handler(int signo, siginfo_t *info, void *context)
{
	int			i = 0;

	if (handle(signo, info, context))
		return;
	while (fault_signals[i] != signo)
		i++;
	/* Whoever has come after us may pass a signal on to us, as we do to him. */
	if (chained[i])
	{
		run(&first[i], signo, info, context);
		return;
	}
	chained[i] = 1;
	run(&previous[i], signo, info, context);
	chained[i] = 0;
}

/*
 * Gives this thread a stack for signal handlers, unless it has a large one.  To
 * be called now and then: other code may have its own idea of that stack.
 */
bool
pgstd_altstack_init(void)
{
	static void *own;
	stack_t		stack;

	if (sigaltstack(NULL, &stack) == 0 &&
		!(stack.ss_flags & SS_DISABLE) && stack.ss_size >= ALTSTACK_SIZE)
		return true;
	stack.ss_size = ALTSTACK_SIZE;
	stack.ss_flags = 0;
	if (own == NULL)
	{
		void	   *space = mmap(NULL, ALTSTACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (space == MAP_FAILED)
			return false;
		own = space;
	}
	stack.ss_sp = own;
	return sigaltstack(&stack, NULL) == 0;
}

/*
 * Takes over the fault signals for the worlds of a list that others may extend.
 */
void
pgstd_fault_init(PgstdWorld **list)
{
	for (int i = 0; i < NFAULTS; i++)
	{
		struct sigaction action;

		sigaction(fault_signals[i], NULL, &action);
		if ((action.sa_flags & SA_SIGINFO) && action.sa_sigaction == fault_handler)
			continue;
		if (worlds == NULL)
			first[i] = action;
		previous[i] = action;
		chained[i] = 0;
		action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
		action.sa_sigaction = fault_handler;
		sigemptyset(&action.sa_mask);
		sigaction(fault_signals[i], &action, NULL);
	}
	worlds = list;
}
