/*-------------------------------------------------------------------------
 *
 * current.c
 *	  The worlds that modules' next calls can enter just so.
 *
 *-------------------------------------------------------------------------
 */
#include "worlds.h"
#include "signals.h"

#include "access/xact.h"

/* Modules of this host that have had a current world in this transaction. */
static Module *listed = NULL;

/* Whether signal handlers have been looked at in this transaction. */
static bool signals_checked = false;

/*
 * Makes a world the current one of its module.  Only one that is live can be: it
 * is entered without another look.
 */
void
pgstd_select(BackendWorld *bw)
{
	Module	   *module = bw->module;

	module->current.control = bw->world.control;
	module->current.enter = bw->world.object->enter;
	module->current.user = bw->user;
	if (!module->listed)
	{
		module->listed = true;
		module->next_listed = listed;
		listed = module;
	}
}

/* The next call of the module has to select its world again. */
void
pgstd_unselect(Module *module)
{
	module->current = (Current) {.user = InvalidOid};
}

/* At the end of a transaction: the next one looks again. */
static void
forget_current(XactEvent event, void *arg)
{
	signals_checked = false;
	for (Module *module = listed; module != NULL; module = module->next_listed)
	{
		module->listed = false;
		pgstd_unselect(module);
	}
	listed = NULL;
}

/* To be called once, when the host is loaded. */
void
pgstd_current_init(void)
{
	RegisterXactCallback(forget_current, NULL);
}

/* A module is about to go. */
void
pgstd_current_forget(Module *module)
{
	Module	  **link = &listed;

	while (*link != NULL && *link != module)
		link = &(*link)->next_listed;
	if (*link != NULL)
		*link = module->next_listed;
	module->listed = false;
}

/*
 * Makes sure, once in each transaction, that signals are still handled on a stack of
 * their own: other code may have installed handlers.
 */
void
pgstd_current_check(void)
{
	if (!signals_checked)
		pgstd_signals_check();
	signals_checked = true;
}
