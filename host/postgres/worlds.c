/*-------------------------------------------------------------------------
 *
 * worlds.c
 *	  The worlds of this module in this backend: one for each effective user,
 *	  so that two roles never share package variables.
 *
 *-------------------------------------------------------------------------
 */
#include "backend.h"

#include <dlfcn.h>

#include "miscadmin.h"
#include "utils/memutils.h"

/* Limits of a world, in bytes. */
#define MAX_MEMORY		(UINT64CONST(256) << 20)
#define MAX_STACK		(UINT64CONST(64) << 20)

static BackendWorld *worlds = NULL;

/* The file name of this module without directory and suffix, for people. */
static const char *
module_name(void)
{
	static char name[NAMEDATALEN];
	Dl_info		info;

	if (name[0] == '\0')
	{
		const char *base = "pgstd";
		char	   *dot;

		if (dladdr(&pgstd_object, &info) != 0 && info.dli_fname != NULL)
		{
			const char *slash = strrchr(info.dli_fname, '/');

			base = slash != NULL ? slash + 1 : info.dli_fname;
		}
		strlcpy(name, base, sizeof(name));
		dot = strrchr(name, '.');
		if (dot != NULL)
			*dot = '\0';
	}
	return name;
}

/*
 * The context goes, by whatever way: mappings must go with it.  The blocks are
 * the context's own.
 */
static void
drop_mappings(void *arg)
{
	BackendWorld *bw = arg;

	if (bw->context != NULL)
	{
		bw->context = NULL;
		pgstd_memory_drop(&bw->world);
	}
}

static void
start_world(BackendWorld *bw)
{
	PgstdEvent	event;
	MemoryContextCallback *callback;

	bw->context = AllocSetContextCreate(TopMemoryContext, "pgstd world", ALLOCSET_SMALL_SIZES);
	MemoryContextSetIdentifier(bw->context, module_name());
	callback = MemoryContextAlloc(bw->context, sizeof(MemoryContextCallback));
	callback->func = drop_mappings;
	callback->arg = bw;
	MemoryContextRegisterResetCallback(bw->context, callback);

	event = pgstd_world_start(&bw->world, MAX_MEMORY, MAX_STACK, 0, NULL);
	if (event != PGSTD_EVENT_READY)
		pgstd_throw_end(bw, event, NULL);
	if (bw->world.control->nfunctions == 0)
		elog(ERROR, "pgstd: object has no functions");
	bw->world.state = PGSTD_WORLD_LIVE;
}

/*
 * Discards a world and gives its memory back.  No frame of it may be left.
 */
void
pgstd_backend_discard(BackendWorld *bw)
{
	MemoryContext context = bw->context;

	pgstd_world_discard(&bw->world);
	bw->context = NULL;
	if (context != NULL)
		MemoryContextDelete(context);
}

/* A world for a user that has none.  The loaded image is for the first of them. */
static BackendWorld *
make_world(Oid user)
{
	const PgstdObject *object = worlds == NULL ? &pgstd_object : pgstd_image_clone(&pgstd_object);
	BackendWorld *bw;

	if (object == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("could not map module \"%s\" for another role", module_name()),
				 errdetail("Each role has a world of its own; the module's file may have been replaced since it was loaded."),
				 errhint("Start a new session.")));
	bw = MemoryContextAllocZero(TopMemoryContext, sizeof(BackendWorld));
	bw->user = user;
	pgstd_world_init(&bw->world, object, &pgstd_postgres_platform, bw);
	pgstd_add_world(&bw->world);
	bw->next = worlds;
	worlds = bw;
	return bw;
}

/* The world of the current user, ready for a call. */
BackendWorld *
pgstd_backend_world(void)
{
	Oid			user = GetUserId();
	BackendWorld *bw;

	for (bw = worlds; bw != NULL; bw = bw->next)
		if (bw->user == user)
			break;
	if (bw == NULL)
		bw = make_world(user);
	switch (bw->world.state)
	{
		case PGSTD_WORLD_LIVE:
			return bw;
		case PGSTD_WORLD_NEW:
			pgstd_signals_init();
			start_world(bw);
			return bw;
		default:
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg("Go code of this extension is busy and cannot be called from here")));
	}
	return NULL;				/* not reached */
}
