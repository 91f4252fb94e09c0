/*-------------------------------------------------------------------------
 *
 * parameters.c
 *	  The configuration parameters, and what is said when a limit is reached.
 *
 * Limits are PGC_SUSET: users of a trusted language must not raise what they are
 * given, by whatever way SET reaches a parameter.  Which keys are trusted is
 * PGC_SIGHUP: only the server's configuration decides that.
 *
 *-------------------------------------------------------------------------
 */
#include "parameters.h"
#include "shared.h"

#include <limits.h>

#include "access/parallel.h"
#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc_tables.h"

/* Known to hosts of every version. */
#define RENDEZVOUS	"pgstd.limits"

#define TRUSTED_KEYS	"pgstd.trusted_keys"

/* Less than this, and the runtime's own needs leave little for a function. */
#define MIN_MEMORY_KB	(16 * 1024)
#define MIN_STACK_KB	256
/* What a stock Go program has. */
#define MAX_STACK_KB	(1024 * 1024)
#define MAX_WORLDS		65536
#define MAX_CELLS		65536

static Limits own = {.size = sizeof(Limits)};

/* Only what stands at a function counts, and whoever loads the function reads it there. */
static bool own_world;

static void
assign_max_memory(int newval, void *extra)
{
	for (PgstdWorld *world = pgstd_shared->worlds; world != NULL; world = world->next)
		pgstd_world_limit(world, (uint64) newval * 1024);
}

/* The next call of each module looks where it has to run. */
static void
assign_isolation(int newval, void *extra)
{
	for (Module *module = pgstd_shared->modules; module != NULL; module = module->next)
		module->forget(module);
}

static const struct config_enum_entry isolations[] = {
	{"backend", PGSTD_ISOLATION_BACKEND, false},
	{"cell", PGSTD_ISOLATION_CELL, false},
	{NULL, 0, false}
};

static const struct config_enum_entry tracebacks[] = {
	{"none", PGSTD_TRACEBACK_NONE, false},
	{"own", PGSTD_TRACEBACK_OWN, false},
	{"full", PGSTD_TRACEBACK_FULL, false},
	{NULL, 0, false}
};

/* Frames of the library say more of the server than everybody has to know. */
static bool
check_traceback(int *newval, void **extra, GucSource source)
{
	if (*newval != PGSTD_TRACEBACK_FULL || source <= PGC_S_ARGV || InitializingParallelWorker ||
		!IsTransactionState() || superuser())
		return true;
	GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
	GUC_check_errmsg("permission denied to set parameter \"pgstd.traceback\" to \"full\"");
	GUC_check_errhint("Only superusers see the frames of the runtime; the server's log has them.");
	return false;
}

static void
define(void)
{
	pgstd_define_own(Int, "pgstd.max_memory",
					 "Sets the maximum memory that Go code of one extension and role can hold in a session.",
					 "The garbage collector works harder as it gets close. A call that needs more fails.",
					 &own.max_memory, 256 * 1024, MIN_MEMORY_KB, MAX_KILOBYTES,
					 PGC_SUSET, GUC_UNIT_KB, NULL, assign_max_memory, NULL);
	pgstd_define_own(Int, "pgstd.max_stack",
					 "Sets the maximum stack of a goroutine.",
					 "A call that needs more fails.",
					 &own.max_stack, 64 * 1024, MIN_STACK_KB, MAX_STACK_KB,
					 PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	pgstd_define_own(Int, "pgstd.max_worlds",
					 "Sets the maximum number of Go worlds in a session.",
					 "There is one for each extension, or function in plgo, and role that has called it. The one that has not been called for the longest time makes room for another.",
					 &own.max_worlds, 100, 1, MAX_WORLDS,
					 PGC_SUSET, 0, NULL, NULL, NULL);
	pgstd_define_own(Int, "pgstd.max_stale",
					 "Sets how much of functions that are gone a Go world holds before it is renewed.",
					 "It is renewed when one of its functions is loaded and none is running.",
					 &own.max_stale, DEFAULT_STALE_KB, 0, MAX_KILOBYTES,
					 PGC_SUSET, GUC_UNIT_KB, NULL, NULL, NULL);
	pgstd_define_own(Bool, "pgstd.own_world",
					 "Gives a function in plgo a Go world that it shares with no other.",
					 "It is for ALTER FUNCTION ... SET: elsewhere it means nothing.",
					 &own_world, false, PGC_USERSET, 0, NULL, NULL, NULL);
	pgstd_define_own(Enum, "pgstd.isolation",
					 "Sets where Go code runs: in the backend, or in a process that can do nothing else.",
					 "A cell holds what Go code does, even if the compiler or Go's library is wrong; a call takes longer.",
					 &own.isolation, PGSTD_ISOLATION_BACKEND, isolations,
					 PGC_SUSET, 0, NULL, assign_isolation, NULL);
	pgstd_define_own(Int, "pgstd.max_cells",
					 "Sets the maximum number of cells that the server has at a time.",
					 "There is one for each session and role that runs Go code in a cell.",
					 &own.max_cells, 1000, 1, MAX_CELLS,
					 PGC_SIGHUP, 0, NULL, NULL, NULL);
	pgstd_define_own(Int, "pgstd.max_shared_memory",
					 "Sets the maximum memory that Go code of extensions shares between sessions.",
					 "It is that of all areas of the server. An area stays until the server ends.",
					 &own.max_shared_memory, DEFAULT_COMMON_KB, 0, MAX_KILOBYTES,
					 PGC_SIGHUP, GUC_UNIT_KB, NULL, NULL, NULL);
	pgstd_define_own(String, TRUSTED_KEYS,
					 "Sets the folder with the public keys by one of which Go code must be signed.",
					 "If it is empty, signatures are not asked for.",
					 &own.trusted_keys, "", PGC_SIGHUP, GUC_SUPERUSER_ONLY, NULL, NULL, NULL);
	pgstd_define_own(Enum, "pgstd.traceback",
					 "Sets what the client sees of the traceback when Go code dies.",
					 "The server's log gets all of it.",
					 &own.traceback, PGSTD_TRACEBACK_OWN, tracebacks,
					 PGC_USERSET, 0, check_traceback, NULL, NULL);
	MarkGUCPrefixReserved("pgstd");
}

/*
 * Before a module defines a parameter, a client, or the owner of a database, can set it as he
 * likes.  PostgreSQL drops such a value when the parameter turns out to be none of
 * his, but has forgotten by then what the administrator has said, and the default
 * would mean that no signature is asked for, that there is no cell, or a higher limit.  To
 * be called before the parameter is defined.
 */
void
pgstd_refuse_displaced(const char *name, bool only_server)
{
	/* It may be a mere placeholder yet. */
	const struct config_generic *parameter = pgstd_find_parameter(name);

	if (parameter == NULL || parameter->reset_source <= PGC_S_ARGV)
		return;
	if (only_server)
		ereport(ERROR,
				(errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM),
				 errmsg("parameter \"%s\" is set for a database, a role or a client", name),
				 errdetail("Only the server's configuration can set it."),
				 errhint("Take it back with ALTER DATABASE ... RESET or ALTER ROLE ... RESET, and leave it out of the connection's options.")));
	if (parameter->reset_source >= PGC_S_CLIENT && !pgstd_client_may_set(parameter))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set parameter \"%s\"", name),
				 errhint("Leave it out of the connection's options.")));
}

static void
refuse_all_displaced(void)
{
	static const char *const limits[] = {"pgstd.max_memory", "pgstd.max_stack", "pgstd.max_worlds", "pgstd.max_stale", "pgstd.isolation"};

	pgstd_refuse_displaced(TRUSTED_KEYS, true);
	pgstd_refuse_displaced("pgstd.max_cells", true);
	pgstd_refuse_displaced("pgstd.max_shared_memory", true);
	for (int i = 0; i < lengthof(limits); i++)
		pgstd_refuse_displaced(limits[i], false);
}

void
pgstd_parameters_init(void)
{
	Limits	  **variable = (Limits **) find_rendezvous_variable(RENDEZVOUS);

	if (*variable == NULL)
	{
		refuse_all_displaced();
		*variable = &own;
		define();
	}
	pgstd_limits = *variable;
}

/*
 * Completes the error of a world that died of a limit: which one, how much, and
 * what to do.
 */
void
pgstd_explain_limit(const BackendWorld *bw, ErrorData *edata)
{
	char	   *limit;

	switch (bw->world.control->death)
	{
		case PGSTD_DEATH_MEMORY:
			if (!bw->world.limited)
				return;			/* the system has no memory, or does not give it */
			limit = pgstd_show_bytes(bw->world.memory_limit);
			edata->message = psprintf("out of memory: Go code has reached its limit of %s", limit);
			if (bw->world.image > bw->world.memory_limit)
				edata->detail = psprintf("Its package variables alone take %s.", pgstd_show_bytes(bw->world.image & ~UINT64CONST(0xfffff)));
			edata->hint = psprintf("Hold less in memory at a time, or increase the configuration parameter \"pgstd.max_memory\" (currently %s).", limit);
			break;
		case PGSTD_DEATH_STACK:
			limit = pgstd_show_bytes(bw->world.config.max_stack);
			edata->message = psprintf("stack overflow: a goroutine has reached the limit of %s", limit);
			edata->hint = psprintf("Check for recursion without end, or increase the configuration parameter \"pgstd.max_stack\" (currently %s).", limit);
			break;
		default:
			break;
	}
}
