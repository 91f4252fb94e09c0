/*-------------------------------------------------------------------------
 *
 * bases.c
 *	  Bases: objects in whose worlds functions run.
 *
 * A base is an object without functions: runtime and library.  It has one world in this
 * session for each effective role, as any object has, and a function's module is loaded
 * into that world when the role calls the function first (members.c).  When the world ends,
 * all of its modules go with it, and come back one by one.
 *
 *-------------------------------------------------------------------------
 */
#include "bases.h"
#include "../../host/modules.h"
#include "../../host/postgres/session/worlds.h"

#include "utils/memutils.h"

/* Address space for modules: with the base, less than what a call reaches. */
#define ROOM			(UINT64_C(1) << 30)

/* Of a world, the bytes of modules whose functions have gone. */
typedef struct PlgoStale
{
	BackendWorld *bw;
	uint64		size;
} PlgoStale;

static dlist_head bases = DLIST_STATIC_INIT(bases);

static PlgoBase *
base_of(Module *module)
{
	return (PlgoBase *) ((char *) module - offsetof(PlgoBase, module));
}

static const PgstdImage *
image_of(const PlgoBase *base, const PgstdObject *object)
{
	if (base->image.object == object)
		return &base->image;
	for (int i = 0; i < list_length(base->images); i++)
		if (((PgstdImage *) list_nth(base->images, i))->object == object)
			return list_nth(base->images, i);
	return NULL;
}

/* Module.made: a linked image needs no copy of its variables. */
static void
world_made(BackendWorld *bw)
{
	const PgstdImage *image = image_of(base_of(bw->module), bw->world.object);

	if (image != NULL)
		bw->world.fresh = image->fresh;
}

/* Module.started: the world takes modules from here on. */
static void
world_started(BackendWorld *bw)
{
	const PgstdImage *image = image_of(base_of(bw->module), bw->world.object);

	if (image == NULL || !pgstd_modules_open(&bw->world, image))
	{
		bw->module->discard(bw);
		elog(ERROR, "plgo: the base of a function takes no modules");
	}
}

/* Module.ended: whatever was loaded into the world is gone. */
static void
world_ended(BackendWorld *bw)
{
	PlgoBase   *base = base_of(bw->module);
	dlist_iter	iter;

	dlist_foreach(iter, &base->members)
	{
		PlgoMember *member = dlist_container(PlgoMember, node, iter.cur);

		plgo_member_forget(member, bw);
		/* The next world has the same control block, and the code elsewhere. */
		if (member->site->control == bw->world.control)
			member->site->control = NULL;
	}
	for (int i = 0; i < list_length(base->stale); i++)
		if (((PlgoStale *) list_nth(base->stale, i))->bw == bw)
			((PlgoStale *) list_nth(base->stale, i))->size = 0;
}

/*
 * How many bytes of a world are modules whose functions have gone: what they have left behind
 * may still run.
 */
uint64 *
plgo_base_stale(PlgoBase *base, BackendWorld *bw)
{
	MemoryContext caller;
	PlgoStale  *stale;

	for (int i = 0; i < list_length(base->stale); i++)
	{
		stale = list_nth(base->stale, i);
		if (stale->bw == bw)
			return &stale->size;
	}
	caller = MemoryContextSwitchTo(base->context);
	stale = palloc(sizeof(PlgoStale));
	*stale = (PlgoStale) {.bw = bw};
	base->stale = lappend(base->stale, stale);
	MemoryContextSwitchTo(caller);
	return &stale->size;
}

/*
 * Maps the object of a base for the role of that number, with room behind it.  "what" is on
 * it, for errors.
 */
static void
map_base(const char *what, const PlgoDigest *digest, int number, PgstdImage *image)
{
	PlgoObject	object = {0};

	if (plgo_linked_map(digest, number, ROOM, image))
		return;
	if (!plgo_store_read(InvalidOid, digest, linitial(plgo_target_list()), &object))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s runs on a base that this database does not have", what),
				 errdetail("Table plgo.object has the function, and not what it was compiled against."),
				 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
	plgo_files_write(&object, digest);
	if (!plgo_linked_map(digest, number, ROOM, image))
		ereport(ERROR,
				(errcode(ERRCODE_IO_ERROR),
				 errmsg("the base of %s has disappeared while it was loaded", what)));
}

/* Module.image: another role needs an image of its own. */
static const PgstdObject *
another_image(Module *module)
{
	PlgoBase   *base = base_of(module);
	PgstdImage	image;
	MemoryContext caller;

	map_base("a function", &base->digest, 1 + list_length(base->images), &image);
	caller = MemoryContextSwitchTo(base->context);
	base->images = lappend(base->images, memcpy(palloc(sizeof(image)), &image, sizeof(image)));
	MemoryContextSwitchTo(caller);
	return image.object;
}

/* Module.open: cells have no bases. */
static bool
open_again(Module *module, PgstdImage *image)
{
	return false;
}

static PlgoBase *
make_base(const char *name, const PlgoDigest *digest)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plgo base", ALLOCSET_SMALL_SIZES);
	PlgoBase   *base = MemoryContextAllocZero(context, sizeof(PlgoBase));
	char		buf[256];
	const char *problem;

	base->context = context;
	base->digest = *digest;
	dlist_init(&base->members);
	PG_TRY();
	{
		map_base(psprintf("function %s", name), digest, 0, &base->image);
		problem = pgstd_object_check(base->image.object, buf, sizeof(buf));
		if (problem != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("function %s has been compiled for another version of plgo", name),
					 errdetail_internal("Its base cannot be run: %s.", problem),
					 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
	}
	PG_CATCH();
	{
		pgstd_image_close(&base->image);
		MemoryContextDelete(context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return base;
}

/*
 * The base of that digest, which is mapped if this session has not had it.  "name" is
 * that of the function, for errors.
 */
PlgoBase *
plgo_base_find(const char *name, const PlgoDigest *digest,
			   void (*fill) (Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo))
{
	PlgoBase   *base;
	dlist_iter	iter;

	dlist_foreach(iter, &bases)
	{
		base = dlist_container(PlgoBase, node, iter.cur);
		if (memcmp(&base->digest, digest, sizeof(*digest)) == 0)
			return base;
	}
	base = make_base(name, digest);
	pgstd_module_init(&base->module, base->image.object,
					  MemoryContextStrdup(base->context, psprintf("plgo base %02x%02x%02x%02x", digest->bytes[0], digest->bytes[1],
																  digest->bytes[2], digest->bytes[3])));
	base->module.image = another_image;
	base->module.open = open_again;
	base->module.fill = fill;
	base->module.made = world_made;
	base->module.started = world_started;
	base->module.ended = world_ended;
	dlist_push_head(&bases, &base->node);
	return base;
}

/* Ends bases that no function is on. */
void
plgo_bases_sweep(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &bases)
	{
		PlgoBase   *base = dlist_container(PlgoBase, node, iter.cur);

		if (!dlist_is_empty(&base->members) || !pgstd_module_is_idle(&base->module))
			continue;
		dlist_delete(&base->node);
		pgstd_module_end(&base->module);
		for (int i = 0; i < list_length(base->images); i++)
			pgstd_image_close(list_nth(base->images, i));
		pgstd_image_close(&base->image);
		MemoryContextDelete(base->context);
	}
}
