/*-------------------------------------------------------------------------
 *
 * start.c
 *	  Finds the world of a call, and starts it if need be.
 *
 *-------------------------------------------------------------------------
 */
#include "errors.h"
#include "requests.h"
#include "start.h"
#include "../base/caller.h"
#include "../base/limits.h"
#include "../cell/cell.h"
#include "../session/worlds.h"

#include "miscadmin.h"

static void
start_world(BackendWorld *bw)
{
	PgstdEvent	event;
	uint64		max_memory = (uint64) pgstd_limits->max_memory * 1024;
	uint64		max_stack = (uint64) pgstd_limits->max_stack * 1024;

	pgstd_world_ready(bw);
	event = bw->apart != NULL ? pgstd_cell_start(bw, max_memory, max_stack) :
		pgstd_world_start(&bw->world, max_memory, max_stack, 0, NULL);
	if (event == PGSTD_EVENT_REQUEST)
		event = pgstd_serve(bw, NULL);
	if (event != PGSTD_EVENT_READY)
		pgstd_throw_end(bw, event, NULL);
	if (bw->world.control->nfunctions == 0)
	{
		pgstd_backend_discard(bw);
		elog(ERROR, "pgstd: object has no functions");
	}
	bw->world.state = PGSTD_WORLD_LIVE;
	if (pgstd_shared->profile_rate != 0)
		pgstd_set_profile_rate(bw);
	if (bw->module->started != NULL)
		bw->module->started(bw);
}

/* The world of the current user, ready for the call. */
BackendWorld *
pgstd_backend_world(Module *module, FunctionCallInfo fcinfo)
{
	Oid			user = GetUserId();
	bool		apart = pgstd_wants_cell();
	BackendWorld *bw;

	for (bw = module->worlds; bw != NULL; bw = bw->next)
		if (bw->user == user && (bw->apart != NULL) == apart)
			break;
	if (bw == NULL || bw->world.state == PGSTD_WORLD_NEW)
	{
		ErrorContextCallback callback = {
			.previous = error_context_stack,
			.callback = pgstd_add_context,
			.arg = (void *) pgstd_signature(fcinfo),
		};

		error_context_stack = &callback;
		/* This may leave an image for pgstd_make_world to use again. */
		pgstd_make_room();
		if (bw == NULL)
			bw = apart ? pgstd_cell_make_world(module, user) : pgstd_make_world(module, user);
		start_world(bw);
		error_context_stack = callback.previous;
	}
	else if (bw->world.state != PGSTD_WORLD_LIVE)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("Go code of this extension is busy and cannot be called from here")));
	bw->used = ++pgstd_shared->clock;
	return bw;
}
