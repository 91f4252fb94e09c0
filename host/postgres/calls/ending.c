/*-------------------------------------------------------------------------
 *
 * ending.c
 *	  What Go code does because a transaction ends.
 *
 * A world keeps a list of what it wants to do, in the order in which that has come.  Here
 * is noted, for each subtransaction, where its part of the list begins: what is undone is
 * always the list's end.
 *
 * Before the commit, the transaction is a whole one still, and an error undoes it.  While
 * PostgreSQL ends a transaction or a subtransaction, nothing may raise: an error after the
 * commit would be a PANIC, and one in an abort would take the place of that which has led
 * to it.  So what a world fails with there becomes a warning; it is refused whatever it
 * asks for, and messages go to the server's log.
 *
 * Locks are held still, so that all of it has little time.  Nothing but that ends it:
 * a cancel is for the statement, which is over.  But there can be many worlds, and many
 * savepoints in one ROLLBACK: what a cancel finds still to be done, or no statement could be
 * cancelled for, has that little time together.
 *
 *-------------------------------------------------------------------------
 */
#include "ending.h"
#include "asked.h"
#include "errors.h"
#include "../base/alive.h"
#include "../base/text.h"
#include "../cell/cell.h"
#include "../session/signals.h"
#include "../session/worlds.h"

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/* What a world has for one event; or all of them, in one command, where somebody waits. */
#define LIMIT_MS		1000

/* What a warning shows of a message; the log has more of a panic. */
#define SHOWN			1024
#define LOGGED			8192

typedef struct Ending
{
	struct Ending *next;		/* an older one */
	WorldRef	world;
	SubTransactionId subxact;
	uint64		from;			/* where its part of the world's list begins */
	bool		checks;			/* the world may refuse the commit */
} Ending;

/* In this transaction, of worlds of this host. */
static Ending *endings = NULL;

/* What one command has taken of that, in microseconds, and what the call that runs has of it. */
static int64 taken = 0;
static TimestampTz taken_in = 0;
static int	limit_ms = LIMIT_MS;

/* The function that a world is told by. */
static const char ending_signature[] = {PGSTD_VOID, PGSTD_INT8, PGSTD_INT8};
static const PgstdFunction ending_function = {
	.name = {PGSTD_ENDING_FUNCTION, sizeof(PGSTD_ENDING_FUNCTION) - 1},
	.signature = {ending_signature, sizeof(ending_signature)},
	.details = {"", 0},
};

/* Whether a function is that. */
static bool
is_told(const PgstdFunction *function)
{
	return pgstd_same_text(function->name, ending_function.name) &&
		pgstd_same_text(function->signature, ending_function.signature);
}

/*
 * A module has been loaded into a world of a base: it may have brought that function, in memory
 * that the world writes to.  Code is that of the world, whatever is said.
 */
void
pgstd_note_ending(BackendWorld *bw, const PgstdFunction *functions, uint64 n)
{
	PgstdFunction last;
	const void *code;

	if (bw->ending != NULL || n == 0 || !pgstd_memory_holds(&bw->world, &functions[n - 1], sizeof(last)))
		return;
	memcpy(&last, &functions[n - 1], sizeof(last));
	if (last.name.size < NAMEDATALEN && pgstd_memory_holds(&bw->world, last.name.data, last.name.size) &&
		last.signature.size < NAMEDATALEN && pgstd_memory_holds(&bw->world, last.signature.data, last.signature.size) &&
		is_told(&last) && pgstd_memory_holds(&bw->world, last.call, sizeof(void *)))
	{
		code = *(const void *const volatile *) last.call;
		if (bw->apart != NULL)
			bw->ending = pgstd_cell_make_function(bw, &ending_function, code);
		else if (pgstd_in_text(&bw->world, (uint64) code))
			bw->ending = code;
	}
}

/* The code by which a world is told; NULL: it has none. */
static const void *
code_of(const BackendWorld *bw)
{
	const PgstdControl *control = bw->world.control;
	const PgstdFunction *last = &control->functions[control->nfunctions - 1];

	if (bw->ending != NULL)
		return bw->ending;
	return is_told(last) ? *last->call : NULL;
}

static void
unlink_ending(Ending **link)
{
	Ending	   *ending = *link;

	ending->world.bw->endings--;
	*link = ending->next;
	pfree(ending);
}

static Ending *
find_ending(WorldRef world, SubTransactionId subxact)
{
	for (Ending *ending = endings; ending != NULL; ending = ending->next)
		if (ending->subxact == subxact && ending->world.bw == world.bw && ending->world.generation == world.generation)
			return ending;
	return NULL;
}

/* Runs in a signal handler. */
static void
be_late(void)
{
	if (pgstd_shared->ending == PGSTD_ENDING_NONE)
		return;
	pgstd_shared->ending = PGSTD_ENDING_LATE;
	InterruptPending = true;
}

/*
 * Enters the world.  What the host itself raises, as when a cell has no room for the call, is
 * kept: it is no more welcome here than what the world fails with.
 */
static PgstdEvent
enter(BackendWorld *bw)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile PgstdEvent event = PGSTD_EVENT_CANCELLED;

	PG_TRY();
	{
		event = pgstd_world_enter(&bw->world);
	}
	PG_CATCH();
	{
		pgstd_cell_keep_raised(bw, caller);
	}
	PG_END_TRY();
	return event;
}

/*
 * One call.  An outer call of the world may wait in a request: this one is served on top.
 */
static PgstdEvent
call(BackendWorld *bw, const void *code, const PgstdSlot *args)
{
	PgstdControl *control = bw->world.control;
	PgstdEvent	event;

	control->code = code;
	control->args = args;
	for (;;)
	{
		control->cancel = 0;
		if (pgstd_interrupt_due())
			return PGSTD_EVENT_CANCELLED;
		event = enter(bw);
		if (event != PGSTD_EVENT_REQUEST)
			return event;
		if (!pgstd_request_refuse(bw))
			return PGSTD_EVENT_CANCELLED;
		control->op = PGSTD_OP_RESULT;
	}
}

/*
 * Sends a warning.  False: that has raised something, as where the client's encoding has no such
 * character.  The server's log has it all the same, and the client nothing.
 */
static bool
send_warning(const char *name, const char *message, const char *detail)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool sent = false;

	PG_TRY();
	{
		ereport(WARNING,
				(errcode(ERRCODE_WARNING),
				 errmsg("what Go code of \"%s\" does at the end of a transaction has failed: %s", name, message),
				 detail != NULL ? errdetail_log("%s", detail) : 0));
		sent = true;
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		FlushErrorState();
	}
	PG_END_TRY();
	return sent;
}

/* Leaves what every encoding has: each other character becomes '?'. */
static void
make_ascii(char *text)
{
	char	   *to = text;

	for (; *text != '\0'; text++)
		if (!IS_HIGHBIT_SET(*text))
			*to++ = *text;
		else if (((unsigned char) *text & 0xc0) == 0xc0)
			*to++ = '?';
	*to = '\0';
}

/* What a world has failed with, as a warning. */
static void
warn(const BackendWorld *bw, PgstdText message, PgstdText detail)
{
	static char name[2 * NAMEDATALEN];
	static char shown[SHOWN];
	static char logged[LOGGED];

	pgstd_cut(pgstd_text_of(bw->module->name), name, sizeof(name));
	pgstd_cut(message, shown, sizeof(shown));
	if (send_warning(name, shown, detail.size > 0 ? pgstd_cut(detail, logged, sizeof(logged)) : NULL))
		return;
	make_ascii(name);
	make_ascii(shown);
	(void) send_warning(name, shown, NULL);
}

static const char *
late_message(void)
{
	static char buf[64];

	snprintf(buf, sizeof(buf), "%s took longer than %d ms", limit_ms < LIMIT_MS ? "it and others" : "it", LIMIT_MS);
	return buf;
}

/*
 * Whether a cancel has come; or a client's transaction or savepoint is undone while no statement of its
 * runs, so that none would come.  A background worker has no statements.
 */
static bool
is_waited_for(PgstdEndingOp op)
{
	return QueryCancelPending || ProcDiePending ||
		((op == PGSTD_ENDING_ABORTED || op == PGSTD_ENDING_SUBABORTED) && ActivePortal == NULL && MyBgworkerEntry == NULL);
}

/* What the next call has; never 0, which would be no limit. */
static int
time_left(void)
{
	if (taken_in != GetCurrentStatementStartTimestamp())
	{
		taken_in = GetCurrentStatementStartTimestamp();
		taken = 0;
	}
	return (int) Max(LIMIT_MS - taken / 1000, 1);
}

/* The call has failed, and the world lives. */
static void
warn_of_failure(BackendWorld *bw)
{
	PgstdErrorData failure;

	if (!pgstd_message_take(&bw->world, bw->world.control->failure, &failure))
		memset(&failure, 0, sizeof(failure));
	pgstd_forget_failure(bw->world.control);
	warn(bw, failure.message, failure.detail);
}

/* The world has ended instead of answering. */
static void
warn_of_end(BackendWorld *bw, bool late)
{
	PgstdErrorData report;
	ErrorData  *pending = bw->pending;

	bw->pending = NULL;
	bw->world.state = PGSTD_WORLD_DEAD;
	pgstd_death_report(&bw->world, &report);
	if (late)
		warn(bw, pgstd_text_of(late_message()), (PgstdText) {0});
	else if (pending != NULL)
		warn(bw, pgstd_text_of(pending->message), pgstd_text_of(pending->detail));
	else
		warn(bw, report.message, report.detail);
	if (pending != NULL)
		FreeErrorData(pending);
	pgstd_backend_discard(bw);
}

/* Raises what the world has refused the commit with, or died of. */
static void
throw(BackendWorld *bw, PgstdEvent event, bool late)
{
	if (late)
	{
		bw->world.state = PGSTD_WORLD_DEAD;
		pgstd_backend_discard(bw);
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("what Go code of \"%s\" does before a commit has failed: %s", bw->module->name, late_message())));
	}
	if (event != PGSTD_EVENT_DONE)
		pgstd_throw_end(bw, event, NULL);
	pgstd_throw_failure(bw, NULL);
}

/*
 * Tells a world what has happened.  It has gone through its list when nothing has failed;
 * that it gets shorter by each failure is the world's to see to, and time ends it.
 */
static void
tell(BackendWorld *bw, PgstdEndingOp op, uint64 from)
{
	PgstdSlot	args[] = {{.word = op}, {.word = from}};
	PgstdControl *control = bw->world.control;
	const void *code = code_of(bw);
	ErrorContextCallback *context = error_context_stack;
	uint32		heldoff = InterruptHoldoffCount;
	bool		waited_for = is_waited_for(op);
	TimestampTz start = GetCurrentTimestamp();
	PgstdEvent	event;
	bool		late;

	if (code == NULL)
		return;
	limit_ms = waited_for ? time_left() : LIMIT_MS;
	error_context_stack = NULL;
	HOLD_INTERRUPTS();
	pgstd_shared->ending = PGSTD_ENDING_RUNS;
	enable_timeout_after((TimeoutId) pgstd_shared->ending_timeout, limit_ms);
	do
	{
		event = call(bw, code, args);
		late = event != PGSTD_EVENT_DONE && pgstd_shared->ending == PGSTD_ENDING_LATE;
		if (event == PGSTD_EVENT_DONE && bw->pending != NULL)
			event = PGSTD_EVENT_CANCELLED;
		if (event == PGSTD_EVENT_DONE && control->attention != 0)
			pgstd_output_flush(&bw->world);
		if (op == PGSTD_ENDING_COMMITS || (event == PGSTD_EVENT_DONE && control->failure == NULL))
			break;
		if (event == PGSTD_EVENT_DONE)
			warn_of_failure(bw);
		else
			warn_of_end(bw, late);
	} while (event == PGSTD_EVENT_DONE);
	disable_timeout((TimeoutId) pgstd_shared->ending_timeout, false);
	pgstd_shared->ending = PGSTD_ENDING_NONE;
	if (waited_for)
		taken += GetCurrentTimestamp() - start;
	/* Not RESUME_INTERRUPTS: an error that was caught has let go of them. */
	InterruptHoldoffCount = heldoff;
	error_context_stack = context;
	if (op == PGSTD_ENDING_COMMITS && (event != PGSTD_EVENT_DONE || control->failure != NULL))
		throw(bw, event, late);
}

/*
 * Whether a world can be told: it is there, and does not wait to be asked for what a call
 * has ended with.  While the process ends, there is nobody to tell.
 */
static bool
can_tell(const Ending *ending)
{
	return pgstd_is_alive(&ending->world) && ending->world.bw->world.state == PGSTD_WORLD_LIVE && !proc_exit_inprogress;
}

static void
ask_for_commit(void)
{
	for (Ending *ending = endings; ending != NULL; ending = ending->next)
	{
		if (!ending->checks)
			continue;
		if (!can_tell(ending))
			ereport(ERROR,
					(errcode(ERRCODE_EXTERNAL_ROUTINE_EXCEPTION),
					 errmsg("the transaction cannot be committed, as Go code that was to check it has ended"),
					 errdetail("A failure has ended all Go code of \"%s\" meanwhile.", ending->world.bw->module->name)));
		tell(ending->world.bw, PGSTD_ENDING_COMMITS, 0);
	}
}

/* The memory goes by itself, at once. */
static void
tell_all(PgstdEndingOp op)
{
	while (endings != NULL)
	{
		BackendWorld *bw = endings->world.bw;
		bool		told = can_tell(endings);

		unlink_ending(&endings);
		if (told)
			tell(bw, op, 0);
	}
}

static void
at_end(XactEvent event, void *arg)
{
	if (endings == NULL)
		return;
	switch (event)
	{
		case XACT_EVENT_PRE_COMMIT:
			ask_for_commit();
			break;
		case XACT_EVENT_PRE_PREPARE:
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot PREPARE a transaction whose end Go code of \"%s\" waits for", endings->world.bw->module->name)));
			break;
		case XACT_EVENT_COMMIT:
			tell_all(PGSTD_ENDING_COMMITTED);
			break;
		case XACT_EVENT_ABORT:
			tell_all(PGSTD_ENDING_ABORTED);
			break;
		default:
			break;
	}
}

/* What belonged to a subtransaction belongs to the one around it. */
static void
pass_on(Ending **link, SubTransactionId to)
{
	Ending	   *outer = find_ending((*link)->world, to);

	if (outer == NULL)
	{
		(*link)->subxact = to;
		return;
	}
	outer->checks |= (*link)->checks;
	unlink_ending(link);
}

/*
 * Of a world that cannot be told now, the call ends with an error, which undoes what is
 * around, too: it is told then.
 */
static void
at_subxact_end(SubXactEvent event, SubTransactionId subxact, SubTransactionId parent, void *arg)
{
	Ending	  **link = &endings;

	if (event != SUBXACT_EVENT_COMMIT_SUB && event != SUBXACT_EVENT_ABORT_SUB)
		return;
	while (*link != NULL)
	{
		Ending	   *ending = *link;

		if (ending->subxact == subxact && event == SUBXACT_EVENT_ABORT_SUB && can_tell(ending))
		{
			BackendWorld *bw = ending->world.bw;
			uint64		from = ending->from;

			unlink_ending(link);
			tell(bw, PGSTD_ENDING_SUBABORTED, from);
			continue;
		}
		if (ending->subxact == subxact)
			pass_on(link, parent);
		if (*link == ending)
			link = &ending->next;
	}
}

static void
begin(void)
{
	static bool registered = false;

	if (pgstd_shared->ending_timeout == 0)
		pgstd_shared->ending_timeout = (int) RegisterTimeout(USER_TIMEOUT, be_late);
	if (registered)
		return;
	RegisterXactCallback(at_end, NULL);
	RegisterSubXactCallback(at_subxact_end, NULL);
	registered = true;
}

/* A world wants to be told of the end of the transaction. */
void
pgstd_await_ending(BackendWorld *bw, const PgstdEnding *request)
{
	WorldRef	world = {bw, bw->generation};
	SubTransactionId subxact = GetCurrentSubTransactionId();
	Ending	   *ending = find_ending(world, subxact);

	if (IsParallelWorker())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_STATE),
				 errmsg("a parallel worker cannot wait for the end of its transaction"),
				 errhint("A function that does is not PARALLEL SAFE.")));
	/* What an init function has undone could not be told until it has ended. */
	if (bw->world.state != PGSTD_WORLD_LIVE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("an init function cannot wait for the end of the transaction")));
	if (code_of(bw) == NULL)
		elog(ERROR, "pgstd: the world has no function for the end of a transaction");
	begin();
	if (ending == NULL)
	{
		ending = MemoryContextAlloc(TopTransactionContext, sizeof(Ending));
		*ending = (Ending) {.next = endings, .world = world, .subxact = subxact, .from = request->count};
		bw->endings++;
		endings = ending;
	}
	ending->checks |= request->checks != 0;
}
