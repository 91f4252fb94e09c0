/*-------------------------------------------------------------------------
 *
 * worlds.c
 *	  The worlds of an object in this backend: one for each effective user, so
 *	  that two roles never share package variables.
 *
 *-------------------------------------------------------------------------
 */
#include "worlds.h"
#include "../sql/sql.h"
#include "../sql/statements.h"
#include "sets.h"

#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The context goes, by whatever way: mappings must go with it, those of blocks as well. */
static void
drop_mappings(void *arg)
{
	BackendWorld *bw = arg;

	if (bw->context != NULL)
	{
		bw->context = NULL;
		if (bw->apart == NULL)
			pgstd_memory_drop(&bw->world);
	}
}

/* What is there for one run of a world, before it starts. */
void
pgstd_world_ready(BackendWorld *bw)
{
	static uint64 starts = 0;

	bw->serial = ++starts;
	if (pgstd_shared->kept == bw)
		pgstd_shared->kept = NULL;
	if (bw->context == NULL)
	{
		bw->context = AllocSetContextCreate(TopMemoryContext, "pgstd world", ALLOCSET_SMALL_SIZES);
		MemoryContextSetIdentifier(bw->context, bw->module->name);
		bw->callback.func = drop_mappings;
		bw->callback.arg = bw;
		MemoryContextRegisterResetCallback(bw->context, &bw->callback);
	}
	bw->started_at = GetCurrentTimestamp();
}

/* Gives back what is there for a world that does not run; drop_mappings sees to what it keeps. */
static void
release(BackendWorld *bw)
{
	if (pgstd_shared->kept == bw)
		pgstd_shared->kept = NULL;
	if (bw->context != NULL)
		MemoryContextDelete(bw->context);
}

static void
end(BackendWorld *bw, void (*discard) (PgstdWorld *world))
{
	/* It may be the current one, whoever ends it, and in whatever place. */
	pgstd_unselect(bw->module);
	bw->generation++;
	if (bw->apart != NULL)
		bw->apart->discard(bw);
	else
		discard(&bw->world);
	bw->ending = NULL;
	pgstd_rows_forget(bw);
	pgstd_sets_forget(bw);
	/* With the world go the values that are states of aggregates. */
	bw->states.released = 0;
	bw->states.live = 0;
	pgstd_statements_forget(bw);
}

/* Module.discard */
static void
drop(BackendWorld *bw)
{
	bool		runs = bw->world.state != PGSTD_WORLD_NEW;

	if (runs)
		end(bw, pgstd_world_discard);
	release(bw);
	if (runs && bw->module->ended != NULL)
		bw->module->ended(bw);
}

/*
 * Discards a world that cannot go on.  It is likely to be called again soon: what its
 * memory is made of stays with it, and that of another world, which has died before, goes.
 */
void
pgstd_backend_discard(BackendWorld *bw)
{
	BackendWorld *other = pgstd_shared->kept;

	bw->deaths++;
	if (bw->apart != NULL || bw->context == NULL)
	{
		drop(bw);
		return;
	}
	if (other != NULL && other != bw)
		other->module->discard(other);
	end(bw, pgstd_world_reset);
	/* Cursors, and what they have read. */
	MemoryContextDeleteChildren(bw->context);
	pgstd_shared->kept = bw;
	if (bw->module->ended != NULL)
		bw->module->ended(bw);
}

/* Module.image for an object that the dynamic loader has loaded. */
static const PgstdObject *
clone_image(Module *module)
{
	return pgstd_image_clone(module->object);
}

/* Module.open for such an object */
static bool
open_image(Module *module, PgstdImage *image)
{
	image->wants_file = true;
	return pgstd_image_again(module->object, image);
}

/*
 * To be called once for a module, which must be zeroed, and stays until
 * pgstd_module_end.
 */
void
pgstd_module_init(Module *module, const PgstdObject *object, const char *name)
{
	module->name = name;
	module->object = object;
	module->image = clone_image;
	module->open = open_image;
	module->discard = drop;
	module->forget = pgstd_unselect;
}

/*
 * Nothing of a module is on the host's stack, and nothing refers to its worlds, not even to
 * ones that have ended: it could be gone by the next call.
 */
bool
pgstd_module_is_idle(const Module *module)
{
	for (const BackendWorld *bw = module->worlds; bw != NULL; bw = bw->next)
		if (bw->frames > 0 || bw->endings > 0 || bw->states.held > 0 || (bw->world.state != PGSTD_WORLD_NEW && !pgstd_is_idle(bw)))
			return false;
	return true;
}

/*
 * Ends an idle module: nothing of it is left, and its images can be unmapped.
 */
void
pgstd_module_end(Module *module)
{
	while (module->worlds != NULL)
	{
		BackendWorld *bw = module->worlds;

		drop(bw);
		pgstd_remove_world(&bw->world);
		module->worlds = bw->next;
		pgstd_world_end(&bw->world);
		if (bw->apart != NULL)
			bw->apart->end(bw);
		if (bw->states.handles != NULL)
			pfree(bw->states.handles);
		pfree(bw);
	}
	pgstd_remove_module(module);
	pgstd_current_forget(module);
}

/* A world that has been discarded, and can be another user's; NULL: there is none. */
BackendWorld *
pgstd_free_world(Module *module, Oid user, bool apart)
{
	for (BackendWorld *bw = module->worlds; bw != NULL; bw = bw->next)
		if (bw->world.state == PGSTD_WORLD_NEW && bw->frames == 0 && (bw->apart != NULL) == apart)
		{
			/* Nothing is kept from one user's run to another's. */
			release(bw);
			bw->user = user;
			bw->deaths = 0;
			return bw;
		}
	return NULL;
}

/* Makes a zeroed world one of a module's. */
void
pgstd_enlist_world(BackendWorld *bw, Module *module, Oid user, const PgstdObject *object)
{
	if (module->worlds == NULL)
		pgstd_add_module(module);
	pgstd_world_init(&bw->world, object, &pgstd_postgres_platform, bw);
	bw->world.settings = module->settings;
	bw->user = user;
	bw->module = module;
	bw->next = module->worlds;
	module->worlds = bw;
	pgstd_add_world(&bw->world);
}

/*
 * A world for a user that has none.  The loaded image is for the first of them;
 * further images stay mapped as long as the module, so that of a discarded world
 * comes before a new one.  A start leaves nothing of the other user in it.
 */
BackendWorld *
pgstd_make_world(Module *module, Oid user)
{
	const PgstdObject *object = module->object;
	BackendWorld *bw;

	bw = pgstd_free_world(module, user, false);
	if (bw != NULL)
		return bw;
	for (BackendWorld *other = module->worlds; other != NULL; other = other->next)
		if (other->world.object == module->object)
			object = NULL;
	if (object == NULL)
		object = module->image(module);
	if (object == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not map module \"%s\" for another role", module->name),
				 errdetail("Each role has a world of its own; the module's file may have been replaced since it was loaded."),
				 errhint("Start a new session.")));
	bw = MemoryContextAllocZero(TopMemoryContext, sizeof(BackendWorld));
	pgstd_enlist_world(bw, module, user, object);
	if (module->made != NULL)
		module->made(bw);
	return bw;
}
