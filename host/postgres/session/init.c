/*-------------------------------------------------------------------------
 *
 * init.c
 *	  What is set up when a module is loaded.
 *
 *-------------------------------------------------------------------------
 */
#include "init.h"
#include "../base/debug.h"
#include "parameters.h"
#include "shared.h"
#include "signals.h"

#include "tcop/utility.h"

/* Change the name with the layout of Shared, Module, BackendWorld, PgstdWorld or PgstdCell. */
#define RENDEZVOUS	"pgstd.host.23"

#define UTILITY_PARAMETERS \
	PlannedStmt *pstmt, const char *queryString, bool readOnlyTree, \
	ProcessUtilityContext context, ParamListInfo params, \
	QueryEnvironment *queryEnv, DestReceiver *dest, QueryCompletion *qc
#define UTILITY_ARGUMENTS \
	pstmt, queryString, readOnlyTree, context, params, queryEnv, dest, qc

static Shared own;
static ProcessUtility_hook_type previous_utility = NULL;

/* DISCARD ALL gives a session back as new: to us, that is without worlds. */
static void
utility(UTILITY_PARAMETERS)
{
	bool		discard_all = IsA(pstmt->utilityStmt, DiscardStmt) &&
		((DiscardStmt *) pstmt->utilityStmt)->target == DISCARD_ALL;

	if (previous_utility != NULL)
		previous_utility(UTILITY_ARGUMENTS);
	else
		standard_ProcessUtility(UTILITY_ARGUMENTS);
	if (discard_all)
		pgstd_discard_idle();
}

/* To be called when a module is loaded; can be called again. */
void
pgstd_shared_init(void)
{
	Shared	  **variable = (Shared **) find_rendezvous_variable(RENDEZVOUS);

#ifdef PGSTD_CLOBBER
	pgstd_debug_init();
#endif
	if (*variable == NULL)
	{
		own.check = pgstd_wrap_handlers;
		own.timer = pgstd_timer_want;
		previous_utility = ProcessUtility_hook;
		ProcessUtility_hook = utility;
		*variable = &own;
	}
	pgstd_shared = *variable;
	pgstd_parameters_init();
}
