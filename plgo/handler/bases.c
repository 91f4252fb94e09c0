/*-------------------------------------------------------------------------
 *
 * bases.c
 *	  Bases: objects in whose worlds functions run.
 *
 * A base is an object without functions: runtime and library.  The functions of each owner
 * have worlds of their own, one for each effective role, as any object has, and a function's
 * module is loaded into that world when the role calls the function first (members.c).  When the
 * world ends, all of its modules go with it, and come back one by one.
 *
 * Invariant: all modules that a world ever has were, when they came, functions of one owner, who
 * can change each of them.  So nobody has to judge what they can do to each other by way of what
 * the library keeps for a program, or goroutines that one has left behind.
 *
 *-------------------------------------------------------------------------
 */
#include "bases.h"
#include "../../host/modules.h"
#include "../../host/postgres/base/limits.h"
#include "../../host/postgres/cell/cell.h"
#include "../../host/postgres/session/worlds.h"

#include "access/xact.h"
#include "utils/memutils.h"

/* Of a world, the bytes of modules whose functions have gone. */
typedef struct PlgoStale
{
	BackendWorld *bw;
	uint64		size;
} PlgoStale;

typedef struct PlgoImage
{
	PgstdImage	image;			/* empty: a world of a cell has it itself */
	int			number;			/* among those of its digest; PLGO_LINKED: it has none */
} PlgoImage;

static dlist_head bases = DLIST_STATIC_INIT(bases);

/* An image of this session has no number, and memory of its own for what others have mapped. */
static bool crowded = false;

static PlgoBase *
base_of(Module *module)
{
	return (PlgoBase *) ((char *) module - offsetof(PlgoBase, module));
}

static const PgstdImage *
image_of(const PlgoBase *base, const PgstdObject *object)
{
	for (int i = 0; i < list_length(base->images); i++)
	{
		const PlgoImage *image = list_nth(base->images, i);

		if (image->image.object == object)
			return &image->image;
	}
	return NULL;
}

static const PgstdImage *
image_of_world(const BackendWorld *bw)
{
	return bw->apart != NULL ? &pgstd_cell_of(bw)->image : image_of(base_of(bw->module), bw->world.object);
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
	const PgstdImage *image = image_of_world(bw);

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
 * Maps the object of a base as the image of that number, with room behind it.  "what" is on
 * it, for errors.
 */
static void
map_base(const char *what, const PlgoDigest *digest, int number, PgstdImage *image)
{
	PlgoObject	object = {0};

	if (plgo_linked_map(digest, number, CODE_ROOM, image))
		return;
	if (!plgo_store_read(InvalidOid, digest, linitial(plgo_target_list()), &object))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s runs on a base that this database does not have", what),
				 errdetail("Table plgo.object has the function, and not what it was compiled against."),
				 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
	plgo_files_write(&object, digest);
	if (!plgo_linked_map(digest, number, CODE_ROOM, image))
		ereport(ERROR,
				(errcode(ERRCODE_IO_ERROR),
				 errmsg("the base of %s has disappeared while it was loaded", what)));
}

/* The first number that no image of a digest has in this session, whoever owns its functions. */
static int
free_number(const PlgoDigest *digest)
{
	bool		taken[PLGO_LINKED + 1] = {false};
	dlist_iter	iter;
	int			number = 0;

	dlist_foreach(iter, &bases)
	{
		PlgoBase   *base = dlist_container(PlgoBase, node, iter.cur);

		if (memcmp(&base->digest, digest, sizeof(*digest)) == 0)
			for (int i = 0; i < list_length(base->images); i++)
				taken[((PlgoImage *) list_nth(base->images, i))->number] = true;
	}
	while (number < PLGO_LINKED && taken[number])
		number++;
	return number;
}

static bool
has_started(const PlgoBase *base)
{
	for (const BackendWorld *bw = base->module.worlds; bw != NULL; bw = bw->next)
		if (bw->world.state != PGSTD_WORLD_NEW)
			return true;
	return false;
}

/* How many images bases have none of whose worlds has been started: they wait for the transaction to end. */
static int
count_left(void)
{
	int			left = 0;
	dlist_iter	iter;

	dlist_foreach(iter, &bases)
	{
		PlgoBase   *base = dlist_container(PlgoBase, node, iter.cur);

		if (!has_started(base))
			left += list_length(base->images);
	}
	return left;
}

/* How many of these are no reason to give any back when a transaction ends. */
#define FEW_LEFT		(pgstd_limits->max_worlds / 2)

/*
 * What a transaction leaves behind is bounded as what runs is: pgstd.max_worlds ends worlds, and leaves
 * their images.
 */
static void
check_left(void)
{
	int			left = count_left();

	if (left >= pgstd_limits->max_worlds + FEW_LEFT)
		ereport(ERROR,
				(errcode(ERRCODE_CONFIGURATION_LIMIT_EXCEEDED),
				 errmsg("too many owners of Go functions in one transaction"),
				 errdetail("Their functions share a base, and %d worlds of it that have ended are kept until the transaction ends.", left),
				 errhint("Commit in between, or increase the configuration parameter \"pgstd.max_worlds\" (currently %d).",
						 pgstd_limits->max_worlds)));
}

/* Maps an image of a base, for "what", and looks whether it can be run. */
static void
map_checked(const PlgoBase *base, const char *what, int number, PgstdImage *image)
{
	char		buf[256];
	const char *problem;

	map_base(what, &base->digest, number, image);
	problem = pgstd_object_check(image->object, buf, sizeof(buf));
	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s has been compiled for another version of plgo", what),
				 errdetail_internal("Its base cannot be run: %s.", problem),
				 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
}

/* Adds an image of a base, for "what": one of the base's own, or another world's, which that keeps. */
static const PgstdObject *
add_image(PlgoBase *base, const char *what, PgstdImage *others)
{
	MemoryContext caller;
	PlgoImage  *added;
	PgstdImage *volatile image;

	check_left();
	caller = MemoryContextSwitchTo(base->context);
	added = palloc0(sizeof(PlgoImage));
	added->number = free_number(&base->digest);
	base->images = lappend(base->images, added);
	MemoryContextSwitchTo(caller);
	image = others != NULL ? others : &added->image;
	PG_TRY();
	{
		map_checked(base, what, added->number, image);
	}
	PG_CATCH();
	{
		pgstd_image_close(image);
		base->images = list_delete_ptr(base->images, added);
		pfree(added);
		PG_RE_THROW();
	}
	PG_END_TRY();
	crowded = crowded || added->number == PLGO_LINKED;
	return image->object;
}

/* Module.image: a world needs an image of its own. */
static const PgstdObject *
another_image(Module *module)
{
	return add_image(base_of(module), "a function", NULL);
}

/* Module.open: so does one of a cell, with its files. */
static bool
open_again(Module *module, PgstdImage *image)
{
	return add_image(base_of(module), "a function", image) != NULL;
}

/* Unmaps all of an idle base; its next world has another image. */
static void
unmap(PlgoBase *base)
{
	pgstd_module_end(&base->module);
	base->module.object = NULL;
	for (int i = 0; i < list_length(base->images); i++)
		pgstd_image_close(&((PlgoImage *) list_nth(base->images, i))->image);
	list_free_deep(base->images);
	base->images = NIL;
	/* These were of worlds that have gone with the module. */
	list_free_deep(base->stale);
	base->stale = NIL;
}

/*
 * At the end of a transaction: if a session has had functions of so many owners that numbers
 * were not enough, or that the next transaction could not have as many, bases without a world give
 * back their images.  Not earlier, as a call that is being made ready may have found a world's control block.
 */
static void
give_back(XactEvent event, void *arg)
{
	dlist_iter	iter;

	if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT)
		return;
	if (!crowded && count_left() <= FEW_LEFT)
		return;
	crowded = false;
	dlist_foreach(iter, &bases)
	{
		PlgoBase   *base = dlist_container(PlgoBase, node, iter.cur);

		if (!has_started(base) && pgstd_module_is_idle(&base->module))
			unmap(base);
		for (int i = 0; i < list_length(base->images); i++)
			crowded = crowded || ((PlgoImage *) list_nth(base->images, i))->number == PLGO_LINKED;
	}
}

static PlgoBase *
make_base(const char *name, const PlgoDigest *digest, Oid owner)
{
	static bool registered = false;
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plgo base", ALLOCSET_SMALL_SIZES);
	PlgoBase   *base = MemoryContextAllocZero(context, sizeof(PlgoBase));

	base->context = context;
	base->digest = *digest;
	dlist_init(&base->members);
	PG_TRY();
	{
		if (!registered)
			RegisterXactCallback(give_back, NULL);
		registered = true;
		pgstd_module_init(&base->module, pgstd_wants_cell() ? NULL : add_image(base, psprintf("function %s", name), NULL),
						  MemoryContextStrdup(context, psprintf("plgo base %02x%02x%02x%02x", digest->bytes[0], digest->bytes[1],
																digest->bytes[2], digest->bytes[3])));
	}
	PG_CATCH();
	{
		for (int i = 0; i < list_length(base->images); i++)
			pgstd_image_close(&((PlgoImage *) list_nth(base->images, i))->image);
		MemoryContextDelete(context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	base->module.owner = owner;
	return base;
}

/*
 * The base of that digest for the functions of an owner, which is mapped if this session has not
 * had it.  "name" is that of the function, for errors.
 */
PlgoBase *
plgo_base_find(const char *name, const PlgoDigest *digest, Oid owner,
			   void (*fill) (Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo))
{
	PlgoBase   *base;
	dlist_iter	iter;

	dlist_foreach(iter, &bases)
	{
		base = dlist_container(PlgoBase, node, iter.cur);
		if (base->module.owner == owner && memcmp(&base->digest, digest, sizeof(*digest)) == 0)
			return base;
	}
	base = make_base(name, digest, owner);
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
		unmap(base);
		MemoryContextDelete(base->context);
	}
}
