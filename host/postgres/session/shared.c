/*-------------------------------------------------------------------------
 *
 * shared.c
 *	  The worlds of all modules: how many there may be, and what discards them
 *	  other than their own end.
 *
 *-------------------------------------------------------------------------
 */
#include "shared.h"
#include "../base/limits.h"

Shared	   *pgstd_shared = NULL;

/* To be called before the first world of a module is made. */
void
pgstd_add_module(Module *module)
{
	module->next = pgstd_shared->modules;
	pgstd_shared->modules = module;
}

/* To be called when the last world of a module has been removed. */
void
pgstd_remove_module(Module *module)
{
	Module	  **link = &pgstd_shared->modules;

	while (*link != NULL && *link != module)
		link = &(*link)->next;
	if (*link != NULL)
		*link = module->next;
}

/* Adds a world to those that signal handlers know. */
void
pgstd_add_world(PgstdWorld *world)
{
	world->next = pgstd_shared->worlds;
	pgstd_shared->worlds = world;
}

/*
 * Removes a world that has been discarded.  A signal handler finds the list with
 * the world or without it: one store decides.
 */
void
pgstd_remove_world(PgstdWorld *world)
{
	PgstdWorld **link = &pgstd_shared->worlds;

	while (*link != NULL && *link != world)
		link = &(*link)->next;
	if (*link != NULL)
		*(PgstdWorld *volatile *) link = world->next;
}

/* The world after this one in the list of all; NULL stands before the first. */
BackendWorld *
pgstd_next_world(const BackendWorld *bw)
{
	PgstdWorld *world = bw == NULL ? pgstd_shared->worlds : bw->world.next;

	return world != NULL ? world->owner : NULL;
}

/*
 * Nothing of it is on the host's stack, no query wants more rows of it, and it does not wait
 * for the end of the transaction: it could be gone by the next call.
 */
bool
pgstd_is_idle(const BackendWorld *bw)
{
	return bw->world.state == PGSTD_WORLD_LIVE && bw->frames == 0 && bw->open_sets == 0 && bw->endings == 0 && bw->states.live == 0;
}

/* Whether a world's allocations can be looked at: it is there, and in this process. */
bool
pgstd_can_profile(const BackendWorld *bw)
{
	return bw->world.state == PGSTD_WORLD_LIVE && bw->apart == NULL;
}

/* Has a world take samples for the heap profile of the session, or no more. */
void
pgstd_set_profile_rate(const BackendWorld *bw)
{
	if (pgstd_can_profile(bw))
		*bw->world.object->profile_rate = pgstd_shared->profile_rate;
}

/*
 * Makes sure that one more world may start.  Worlds that nobody has called for
 * the longest time go first.  Calls are only noted when a world is selected,
 * hence all modules have to select again from here on.
 */
void
pgstd_make_room(void)
{
	for (;;)
	{
		BackendWorld *oldest = NULL;
		int			started = 0;

		for (BackendWorld *bw = pgstd_next_world(NULL); bw != NULL; bw = pgstd_next_world(bw))
		{
			if (bw->world.state != PGSTD_WORLD_NEW)
				started++;
			if (pgstd_is_idle(bw) && (oldest == NULL || bw->used < oldest->used))
				oldest = bw;
		}
		if (started < pgstd_limits->max_worlds)
			break;
		if (oldest == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
					 errmsg("too many Go worlds are busy in this session"),
					 errdetail("Calls of %d worlds, each of one module and one role, are waiting for each other.", started),
					 errhint("Increase the configuration parameter \"pgstd.max_worlds\" (currently %d).",
							 pgstd_limits->max_worlds)));
		oldest->module->discard(oldest);
	}
	for (Module *module = pgstd_shared->modules; module != NULL; module = module->next)
		module->forget(module);
}

/* Discards the idle worlds of all modules, and returns how many. */
int
pgstd_discard_idle(void)
{
	int			discarded = 0;

	if (pgstd_shared->kept != NULL)
		pgstd_shared->kept->module->discard(pgstd_shared->kept);
	for (BackendWorld *bw = pgstd_next_world(NULL); bw != NULL; bw = pgstd_next_world(bw))
		if (pgstd_is_idle(bw))
		{
			bw->module->discard(bw);
			discarded++;
		}
	return discarded;
}
