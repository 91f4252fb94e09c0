/*-------------------------------------------------------------------------
 *
 * background.c
 *	  The background workers of an extension: processes of the server that run a
 *	  Go function.
 *
 * The server starts some of them, when it has preloaded the module; others are wanted by
 * a session.  The function is one long call, outside of any transaction: those that it
 * has are begun and ended by requests (frame.c).  Whatever it fails with ends the process,
 * and the server starts another one, after a while.
 *
 * SIGTERM is to be heard by Go code, which may have something to finish.  Since the server's
 * shutdown waits for its workers, a second one follows, by a timer that the handler sets:
 * that one is as in any process of the server, and ends Go code wherever it is.
 *
 *-------------------------------------------------------------------------
 */
#include "call.h"
#include "background.h"
#include "notify.h"
#include "start.h"
#include "../base/limits.h"
#include "../base/worker.h"

#include "../../ktimer.h"

#include "access/htup_details.h"
#include "access/parallel.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_authid.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

extern const PgstdWorkers pgstd_workers;
extern PgstdSite pgstd_sites[];

/*
 * The shortest time until a worker begins anew, in seconds: one that fails at once would
 * keep the postmaster busy with nothing else.
 */
#define RESTART_MIN	1

/* How long Go code has to end. */
#define GRACE_NS	INT64CONST(500000000)

/* What a worker is told that a session wants. */
typedef struct Wanted
{
	Oid			database;		/* InvalidOid: the server wants it */
	Oid			role;
	char		texts[BGW_EXTRALEN - 2 * sizeof(Oid)];	/* name and argument, each with its NUL */
} Wanted;

StaticAssertDecl(sizeof(Wanted) == BGW_EXTRALEN, "what is wanted fits");

/* The server finds it by its name. */
#pragma GCC visibility push(default)
extern void pgstd_worker_main(Datum arg);
#pragma GCC visibility pop

static Module *owner;
static const char *library;

/* Where each runs: parameters, as the author cannot know. */
static char **databases;
static char **roles;

/*
 * The kernel's number of the timer; -1: there is none.  A module that names no version of the
 * C library gets its oldest timers, which take the kernel's first one for none at all: they
 * are good for one timer, which timer.c has.
 */
static int	grace = -1;

static const char *
text_at(uint32 offset)
{
	return (const char *) &pgstd_workers + offset;
}

/* As for a client, except that Go code is not interrupted at once. */
static void
on_terminate(SIGNAL_ARGS)
{
	struct itimerspec spec = {.it_value = {GRACE_NS / 1000000000, GRACE_NS % 1000000000}};

	if (pgstd_worker_ending || grace < 0 || !pgstd_ktimer_set(grace, 0, &spec))
		die(PGSTD_SIGNAL_ARGUMENTS);
	pgstd_worker_ending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static void
on_reload(SIGNAL_ARGS)
{
	ConfigReloadPending = true;
	InterruptPending = true;
	SetLatch(MyLatch);
}

static void
handle_signals(void)
{
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGTERM};

	if (!pgstd_ktimer_make(CLOCK_MONOTONIC, &event, &grace))
		grace = -1;
	pqsignal(SIGHUP, on_reload);
	pqsignal(SIGTERM, on_terminate);
	BackgroundWorkerUnblockSignals();
}

static const PgstdWorkerEntry *
find(const char *name)
{
	for (uint32 i = 0; i < pgstd_workers.n; i++)
		if (strcmp(text_at(pgstd_workers.list[i].name), name) == 0)
			return &pgstd_workers.list[i];
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("extension \"%s\" has no worker \"%s\"", text_at(pgstd_workers.prefix), name)));
}

/* What is the same for all. */
static void
describe(BackgroundWorker *worker, const PgstdWorkerEntry *entry)
{
	memset(worker, 0, sizeof(*worker));
	snprintf(worker->bgw_name, BGW_MAXLEN, "%s worker %s", text_at(pgstd_workers.prefix), text_at(entry->name));
	snprintf(worker->bgw_type, BGW_MAXLEN, "%s", worker->bgw_name);
	worker->bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker->bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker->bgw_restart_time = entry->restart >= 0 ? Max(entry->restart, RESTART_MIN) : BGW_NEVER_RESTART;
	/* Before 17, there is little room. */
	snprintf(worker->bgw_library_name, sizeof(worker->bgw_library_name), "%s",
			 strlen(library) < sizeof(worker->bgw_library_name) ? library : owner->name);
	snprintf(worker->bgw_function_name, BGW_MAXLEN, "pgstd_worker_main");
}

static void
require_login(Oid role)
{
	HeapTuple	tuple = SearchSysCache1(AUTHOID, ObjectIdGetDatum(role));
	bool		can = HeapTupleIsValid(tuple) && ((Form_pg_authid) GETSTRUCT(tuple))->rolcanlogin;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	if (!can)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("role \"%s\" cannot have a background worker", GetUserNameFromId(role, true)),
				 errdetail("It is not permitted to log in.")));
}

/* pgstd_start_worker */
static int
start(const char *name, const char *argument)
{
	const PgstdWorkerEntry *entry = find(name);
	BackgroundWorker worker;
	BackgroundWorkerHandle *handle;
	Wanted		wanted = {.database = MyDatabaseId, .role = GetUserId()};
	pid_t		pid = 0;

	if (IsInParallelMode() || InSecurityRestrictedOperation())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a background worker cannot be started here"),
				 errdetail("This is a parallel or a security-restricted operation.")));
	/* It would be waited for until the standby is promoted. */
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("a background worker cannot be started during recovery")));
	require_login(wanted.role);
	if (strlen(name) + strlen(argument) + 2 > sizeof(wanted.texts))
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the argument of worker \"%s\" is too long", name),
				 errdetail("It can have %d bytes.", (int) (sizeof(wanted.texts) - strlen(name) - 2)),
				 errhint("Put what it needs into a table.")));
	strcpy(wanted.texts, name);
	strcpy(wanted.texts + strlen(name) + 1, argument);
	describe(&worker, entry);
	memcpy(worker.bgw_extra, &wanted, sizeof(wanted));
	worker.bgw_notify_pid = MyProcPid;
	if (!RegisterDynamicBackgroundWorker(&worker, &handle))
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("there is no room for another background worker"),
				 errhint("Increase the configuration parameter \"max_worker_processes\".")));
	/* One that has little to do can have ended before this process looks: then there is no pid. */
	if (WaitForBackgroundWorkerStartup(handle, &pid) == BGWH_POSTMASTER_DIED)
		ereport(ERROR,
				(errcode(ERRCODE_ADMIN_SHUTDOWN),
				 errmsg("worker \"%s\" has not started, as the server has ended", name)));
	return (int) pid;
}

static void
add_worker_context(void *arg)
{
	errcontext("%s", (const char *) arg);
}

static void
connect_to_database(const Wanted *wanted, uint32 i)
{
	if (OidIsValid(wanted->database))
	{
		BackgroundWorkerInitializeConnectionByOid(wanted->database, wanted->role, 0);
		return;
	}
	if (*databases[i] == '\0')
	{
		ereport(LOG, (errmsg("%s has no database, and ends", pgstd_worker_name)));
		proc_exit(0);
	}
	BackgroundWorkerInitializeConnection(databases[i], *roles[i] != '\0' ? roles[i] : NULL, 0);
}

/* Init functions of Go code may use SQL. */
static void
start_world(FunctionCallInfo fcinfo)
{
	StartTransactionCommand();
	PushActiveSnapshot(GetTransactionSnapshot());
	pgstd_select_world(owner, fcinfo);
	PopActiveSnapshot();
	CommitTransactionCommand();
}

static void
run(const PgstdWorkerEntry *entry, const char *argument)
{
	LOCAL_FCINFO(fcinfo, 1);
	PgstdSlot	slot = {.word = (uint64) argument, .size = strlen(argument)};
	PgstdSite  *site = &pgstd_sites[entry->site];

	InitFunctionCallInfoData(*fcinfo, NULL, 1, InvalidOid, NULL, NULL);
	start_world(fcinfo);
	/* Its requests come back to this one. */
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "pgstd worker", ALLOCSET_DEFAULT_SIZES));
	pgstd_select_world(owner, fcinfo);
	pgstd_fill_site(owner, site, entry->site, PGSTD_FORM_PLAN, fcinfo);
	pgstd_run(owner, site, owner->current.control, &slot, fcinfo);
}

/*
 * The server starts a worker again that has ended otherwise than with success.  One that a
 * session has wanted is over when it was told to end, or its database, its role or the worker
 * itself is gone.
 */
static bool connected = false;

static void
end_for_good(int code, Datum arg)
{
	if (code != 0 && (pgstd_worker_ending || !connected))
		proc_exit(0);
}

/*
 * A worker.  One that returns is done: the server starts no other, unless it has been told
 * to end, by which an administrator has it begin anew.  What a session has wanted does not.
 */
void
pgstd_worker_main(Datum arg)
{
	Wanted		wanted;
	const PgstdWorkerEntry *entry;
	ErrorContextCallback callback = {
		.previous = error_context_stack,
		.callback = add_worker_context,
		.arg = MyBgworkerEntry->bgw_name,
	};

	error_context_stack = &callback;
	memcpy(&wanted, MyBgworkerEntry->bgw_extra, sizeof(wanted));
	if (OidIsValid(wanted.database))
		on_proc_exit(end_for_good, (Datum) 0);
	/* The module's file may have been replaced, and have others than the session knew. */
	entry = find(wanted.texts);
	handle_signals();
	pgstd_worker_name = MyBgworkerEntry->bgw_name;
	connect_to_database(&wanted, (uint32) (entry - pgstd_workers.list));
	connected = true;
	/* In which notifications come, whatever the role has set. */
	SetConfigOption("client_encoding", "UTF8", PGC_USERSET, PGC_S_OVERRIDE);
	pgstat_report_activity(STATE_IDLE, NULL);
	if (pgstd_wants_cell())
	{
		ereport(LOG,
				(errmsg("%s ends, as Go code has to run in a cell", pgstd_worker_name),
				 errdetail("A background worker runs in its own process only."),
				 errhint("Set \"pgstd.isolation\" to \"backend\" for its role.")));
		proc_exit(0);
	}
	run(entry, wanted.texts + strlen(wanted.texts) + 1);
	proc_exit(pgstd_worker_ending ? 1 : 0);
}

static void
define(uint32 i)
{
	const PgstdWorkerEntry *entry = &pgstd_workers.list[i];
	const char *prefix = text_at(pgstd_workers.prefix);
	const char *name = text_at(entry->name);
	/* The server copies the names of parameters, and keeps pointers to what it says of them. */
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);

	DefineCustomStringVariable(psprintf("%s.%s_database", prefix, name),
							   psprintf("Sets the database in which the server starts worker \"%s\".", name),
							   "If it is empty, the server does not start it.",
							   &databases[i], text_at(entry->database), PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	DefineCustomStringVariable(psprintf("%s.%s_role", prefix, name),
							   psprintf("Sets the role with whose rights worker \"%s\" runs when the server starts it.", name),
							   "If it is empty, that is the superuser who has made the cluster.",
							   &roles[i], text_at(entry->role), PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	MemoryContextSwitchTo(caller);
}

/*
 * To be called once, when the module is loaded, before its own parameters are defined.  In a
 * postmaster, it asks for the workers that have a database.
 */
void
pgstd_background_init(Module *module, const char *file)
{
	if (pgstd_workers.n == 0)
		return;
	owner = module;
	library = MemoryContextStrdup(TopMemoryContext, file);
	databases = MemoryContextAllocZero(TopMemoryContext, pgstd_workers.n * sizeof(char *));
	roles = MemoryContextAllocZero(TopMemoryContext, pgstd_workers.n * sizeof(char *));
	pgstd_start_worker = start;
	for (uint32 i = 0; i < pgstd_workers.n; i++)
	{
		BackgroundWorker worker;

		define(i);
		if (!process_shared_preload_libraries_in_progress || *databases[i] == '\0')
			continue;
		describe(&worker, &pgstd_workers.list[i]);
		strcpy(worker.bgw_extra + offsetof(Wanted, texts), text_at(pgstd_workers.list[i].name));
		RegisterBackgroundWorker(&worker);
	}
}

/*
 * To be called when all parameters of the module are defined: others of its prefix, which
 * somebody may have set, are dropped, and refused from here on.
 */
void
pgstd_background_reserve(void)
{
	if (pgstd_workers.n > 0)
		MarkGUCPrefixReserved(text_at(pgstd_workers.prefix));
}
