/*-------------------------------------------------------------------------
 *
 * profile.c
 *	  Where the CPU time of a session goes, by samples.
 *
 * A timer of the process's CPU time sends SIGPROF.  Its handler notes which Go
 * function runs and who has called it, by the frame pointers that Go keeps on its
 * stacks and the names in the object's table of functions.  Both are the world's:
 * every word of them is looked at only where the world has memory, and what they
 * say is no more than a name.  The handler asks for no memory.
 *
 *-------------------------------------------------------------------------
 */
#include "pprof.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "../../arch.h"
#include "../../ktimer.h"

#define MAX_HERTZ		1000
#define MAX_DEPTH		64		/* frames of a sample */
#define SAMPLE_WORDS	(2 * 1024 * 1024)	/* two minutes of the deepest stacks at 100 a second */

typedef struct Profile
{
	MemoryContext context;		/* of this alone */
	int64		period;			/* nanoseconds */
	TimestampTz start;
	uint32		nwords;
	uint64		lost;			/* samples there was no room for */
	ProfileNames names;
	uint32		words[SAMPLE_WORDS];	/* of each sample: how many, then names, the innermost first */
} Profile;

/* Before PostgreSQL 16 the server's macros leave visibility to us. */
#pragma GCC visibility push(default)
PG_FUNCTION_INFO_V1(pgstd_companion_start_profile);
PG_FUNCTION_INFO_V1(pgstd_companion_stop_profile);
#pragma GCC visibility pop

static Profile *volatile profile;	/* NULL: none is being taken */
static int	timer;
static bool prepared;			/* there are the timer and the handler */

/* Notes who runs in a world, and who has called him. */
static uint32
walk(Profile *p, PgstdWorld *world, const ucontext_t *context, uint32 *ids)
{
	uint64		frame = context_fp(context);
	uint32		n = 0;

	ids[n++] = pgstd_profile_name(&p->names, world, context_pc(context));
	while (n < MAX_DEPTH)
	{
		uint64		words[2];	/* the caller's frame, and where the function returns to */

		if (frame % sizeof(uint64) != 0 || !pgstd_memory_holds(world, (const void *) frame, sizeof(words)))
			break;
		memcpy(words, (const void *) frame, sizeof(words));
		if (words[1] == 0 || !pgstd_in_text(world, words[1] - 1))
			break;
		ids[n++] = pgstd_profile_name(&p->names, world, words[1] - 1);
		frame = words[0];
	}
	return n;
}

static void
sample(int signo, siginfo_t *info, void *context)
{
	Profile    *p = profile;
	uint32	   *at;

	if (p == NULL)
		return;
	if (p->nwords > SAMPLE_WORDS - (MAX_DEPTH + 1))
	{
		p->lost++;
		return;
	}
	at = &p->words[p->nwords];
	at[0] = 1;
	at[1] = PROFILE_SERVER;
	for (PgstdWorld *world = pgstd_shared->worlds; world != NULL; world = world->next)
		if (!world->apart && world->control->in_world && pgstd_in_text(world, context_pc(context)))
		{
			at[0] = walk(p, world, context, at + 1);
			break;
		}
	p->nwords += at[0] + 1;
}

static bool
arm(int64 period)
{
	struct itimerspec when = {{period / 1000000000, period % 1000000000}, {period / 1000000000, period % 1000000000}};

	return pgstd_ktimer_set(timer, 0, &when);
}

/* The handler stays: a signal may be on its way when the timer is stopped. */
static void
prepare(void)
{
	struct sigaction action;
	struct sigevent event;

	if (prepared)
		return;
	if (sigaction(SIGPROF, NULL, &action) != 0 || (action.sa_flags & SA_SIGINFO) != 0 ||
		(action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("something else in this server takes profiles"),
				 errdetail("The signal SIGPROF has a handler.")));
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = sample;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sigfillset(&action.sa_mask);
	memset(&event, 0, sizeof(event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = SIGPROF;
	if (!pgstd_altstack_init() || sigaction(SIGPROF, &action, NULL) != 0 ||
		!pgstd_ktimer_make(CLOCK_PROCESS_CPUTIME_ID, &event, &timer))
		elog(ERROR, "pgstd: could not make a timer of CPU time: %m");
	prepared = true;
}

/* start_profile(hertz integer) returns void */
Datum
pgstd_companion_start_profile(PG_FUNCTION_ARGS)
{
	int32		hertz = PG_GETARG_INT32(0);
	MemoryContext context;
	Profile    *p;

	if (hertz < 1 || hertz > MAX_HERTZ)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%d samples a second are not between 1 and %d", hertz, MAX_HERTZ)));
	if (profile != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a profile of this session is being taken already"),
				 errhint("pgstd.stop_profile() ends it.")));
	prepare();
	context = AllocSetContextCreate(CurrentMemoryContext, "pgstd profile", ALLOCSET_SMALL_SIZES);
	p = MemoryContextAlloc(context, sizeof(Profile));
	MemoryContextSetParent(context, TopMemoryContext);
	p->context = context;
	p->period = 1000000000 / hertz;
	p->start = GetCurrentTimestamp();
	p->nwords = 0;
	p->lost = 0;
	pgstd_profile_begin(&p->names);
	profile = p;
	if (!arm(p->period))
	{
		profile = NULL;
		MemoryContextDelete(context);
		elog(ERROR, "pgstd: could not set a timer of CPU time: %m");
	}
	PG_RETURN_VOID();
}

static bytea *
encode(const Profile *p)
{
	static const char *const kinds[] = {"samples", "count", "cpu", "nanoseconds", NULL};
	int64		values[2] = {1, p->period};
	ProfileWriter w;

	pgstd_profile_open(&w, kinds);
	for (uint32 i = 0; i < p->nwords; i += p->words[i] + 1)
	{
		CHECK_FOR_INTERRUPTS();
		pgstd_profile_sample(&w, &p->words[i + 1], p->words[i], values);
	}
	return pgstd_profile_close(&w, &p->names, p->start, p->period);
}

/* stop_profile() returns bytea */
Datum
pgstd_companion_stop_profile(PG_FUNCTION_ARGS)
{
	Profile    *p = profile;
	bytea	   *result;

	if (p == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("no profile of this session is being taken"),
				 errhint("pgstd.start_profile() begins one.")));
	profile = NULL;
	(void) arm(0);
	/* An error frees it, too. */
	MemoryContextSetParent(p->context, CurrentMemoryContext);
	if (p->lost != 0)
		ereport(WARNING,
				(errmsg("there was no room for " UINT64_FORMAT " samples", p->lost)));
	result = encode(p);
	MemoryContextDelete(p->context);
	PG_RETURN_BYTEA_P(result);
}
