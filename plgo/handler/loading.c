/*-------------------------------------------------------------------------
 *
 * loading.c
 *	  From the text of a function to one that can be called, and its end.
 *
 * A function that has been replaced or dropped may still be running, or be remembered by
 * a query; it goes when nobody refers to it and none of its worlds is on the stack.
 *
 * The functions of an aggregate share a module, in whose world its states are: that of a
 * home, which is found by the key of their request and their owner.  It is referred to by
 * them, and goes when none is left.
 *
 * A function that shares a base runs in worlds of that (bases.c), and has none of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "functions.h"
#include "../../host/postgres/base/limits.h"
#include "../../host/postgres/session/worlds.h"
#include "../../host/postgres/values/plan.h"

#include "catalog/pg_proc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

/* What a home is found by: others may have an aggregate of the same text. */
typedef struct HomeKey
{
	PlgoDigest	key;
	Oid			owner;
} HomeKey;

StaticAssertDecl(sizeof(HomeKey) == sizeof(PlgoDigest) + sizeof(Oid), "it is compared as bytes");

typedef struct HomeEntry
{
	HomeKey		key;			/* key */
	PlgoFunction *home;
} HomeEntry;

static HTAB *homes;

static PlgoFunction *leaving = NULL;

void
plgo_loading_init(void)
{
	HASHCTL		ctl = {.keysize = sizeof(HomeKey), .entrysize = sizeof(HomeEntry)};

	homes = hash_create("plgo aggregates", 16, &ctl, HASH_ELEM | HASH_BLOBS);
}

/* Module.image: another role needs an image of its own. */
static const PgstdObject *
another_image(Module *module)
{
	PlgoFunction *f = (PlgoFunction *) ((char *) module - offsetof(PlgoFunction, module));
	PgstdImage *image = MemoryContextAllocZero(f->context, sizeof(PgstdImage));
	MemoryContext caller;

	if (!plgo_obtain_again(f->oid, &f->key, &f->digest, f->kept, image))
	{
		pfree(image);
		return NULL;
	}
	caller = MemoryContextSwitchTo(f->context);
	f->images = lappend(f->images, image);
	MemoryContextSwitchTo(caller);
	return image->object;
}

/* Module.open: a cell needs an image and its file. */
static bool
open_again(Module *module, PgstdImage *image)
{
	PlgoFunction *f = (PlgoFunction *) ((char *) module - offsetof(PlgoFunction, module));

	image->wants_file = true;
	/* It is the same file, even if the function has been replaced since. */
	if (f->image.wants_file)
		return pgstd_image_open(f->image.file, image) == NULL;
	return plgo_obtain_again(f->oid, &f->key, &f->digest, f->kept, image);
}

/* A function of an aggregate goes, and its home with the last one. */
static void
leave_home(PlgoFunction *f)
{
	PlgoFunction *home = f->home;

	if (--home->references == 0)
	{
		HomeKey		key = {home->key, home->module.owner};

		hash_search(homes, &key, HASH_REMOVE, NULL);
		plgo_function_dismiss(home);
	}
	pgstd_drop_plans(&f->site);
	MemoryContextDelete(f->context);
}

static void
destroy(PlgoFunction *f)
{
	if (f->home != NULL)
	{
		leave_home(f);
		return;
	}
	if (f->member.base != NULL)
		plgo_member_leave(&f->member);
	else
		pgstd_module_end(&f->module);
	pgstd_drop_plans(&f->site);
	for (int i = 0; i < list_length(f->images); i++)
		pgstd_image_close(list_nth(f->images, i));
	pgstd_image_close(&f->image);
	MemoryContextDelete(f->context);
}

/* Destroys what was to go and now can. */
void
plgo_functions_sweep(void)
{
	PlgoFunction **link = &leaving;

	while (*link != NULL)
	{
		PlgoFunction *f = *link;

		if (f->references == 0 && (f->home != NULL || pgstd_module_is_idle(f->runs)))
		{
			*link = f->next;
			destroy(f);
			/* It may have put another one in front. */
			link = &leaving;
		}
		else
			link = &f->next;
	}
	plgo_bases_sweep();
}

/* A function is found no more, and goes when it can. */
void
plgo_function_dismiss(PlgoFunction *f)
{
	f->valid = false;
	f->next = leaving;
	leaving = f;
}

/* Module.fill of a base: the site is that of a function on it. */
static void
fill_site(Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo)
{
	plgo_member_fill(&((PlgoFunction *) ((char *) site - offsetof(PlgoFunction, site)))->member, fcinfo);
}

/* A function that has worlds of its own, if its object can be run. */
static void
make_module(PlgoFunction *f)
{
	char		buf[256];
	const char *problem = pgstd_object_check(f->image.object, buf, sizeof(buf));

	if (problem != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("function %s has been compiled for another version of plgo", f->context->ident),
				 errdetail_internal("The object cannot be run: %s.", problem),
				 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
	pgstd_module_init(&f->module, f->image.object, f->context->ident);
	f->module.image = another_image;
	f->module.open = open_again;
	f->runs = &f->module;
}

/* A function that runs in worlds of a base, with others of its owner. */
static void
join_base(PlgoFunction *f, const PlgoDigest *base, Oid owner)
{
	f->member.context = f->context;
	f->member.oid = f->oid;
	f->member.key = f->key;
	f->member.digest = f->digest;
	plgo_member_join(&f->member, plgo_base_find(f->context->ident, base, owner, fill_site), &f->site);
	f->runs = &f->member.base->module;
}

/* A function of which nothing is known but what its row says. */
static PlgoFunction *
make_function(const PlgoSource *source)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plgo function", ALLOCSET_SMALL_SIZES);
	PlgoFunction *f = MemoryContextAllocZero(context, sizeof(PlgoFunction));

	f->context = context;
	f->oid = source->oid;
	f->hash = GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(source->oid));
	f->kind = source->kind;
	f->key = source->key;
	f->composite = source->composite;
	f->xmin = source->xmin;
	f->tid = source->tid;
	return f;
}

static PlgoFunction *
load_alone(const PlgoSource *source)
{
	PlgoFunction *f = make_function(source);
	PlgoGot		got;

	f->debugged = source->debug_file != NULL;
	f->image.wants_file = pgstd_wants_cell();
	MemoryContextSetIdentifier(f->context, MemoryContextStrdup(f->context, source->name));
	PG_TRY();
	{
		plgo_obtain(source, &got, &f->image);
		f->digest = got.digest;
		f->kept = got.kept;
		if (got.shares)
			join_base(f, &got.base, source->owner);
		else
			make_module(f);
	}
	PG_CATCH();
	{
		pgstd_image_close(&f->image);
		MemoryContextDelete(f->context);
		PG_RE_THROW();
	}
	PG_END_TRY();
	return f;
}

/* The home of a function of an aggregate, or a new one. */
static PlgoFunction *
find_home(const PlgoSource *source)
{
	HomeKey		key = {source->key, source->owner};
	HomeEntry  *entry = hash_search(homes, &key, HASH_FIND, NULL);
	PlgoFunction *home;
	bool		found;

	if (entry == NULL)
	{
		home = load_alone(source);
		home->module.owner = source->owner;
		/* Loading may have run anything, even this. */
		entry = hash_search(homes, &key, HASH_ENTER, &found);
		if (found)
			plgo_function_dismiss(home);
		else
			entry->home = home;
	}
	/* By which its object is found again: the others may be gone. */
	entry->home->oid = source->oid;
	return entry->home;
}

/* Makes a function ready to be called. */
PlgoFunction *
plgo_function_load(const PlgoSource *source)
{
	PlgoFunction *home;
	PlgoFunction *f;

	if (source->kind != PLGO_PART)
		return load_alone(source);
	home = find_home(source);
	f = make_function(source);
	f->home = home;
	f->runs = home->runs;
	f->part = source->part;
	home->references++;
	return f;
}

/* Shows the images of a function that a debugger can read. */
void
plgo_function_show(const PlgoFunction *f, PlgoShowImage show, void *arg)
{
	if (!f->debugged)
		return;
	show(&f->digest, &f->image, arg);
	for (int i = 0; i < list_length(f->images); i++)
		show(&f->digest, list_nth(f->images, i), arg);
}

/* So of the homes that there are. */
void
plgo_homes_show(PlgoShowImage show, void *arg)
{
	HASH_SEQ_STATUS status;
	HomeEntry  *entry;

	hash_seq_init(&status, homes);
	while ((entry = hash_seq_search(&status)) != NULL)
		plgo_function_show(entry->home, show, arg);
}
