/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  The functions that this session has called, and their calls.
 *
 * A function that is found by its OID stays as long as its row in pg_proc does not
 * change.  One that has been replaced or dropped may still be running, or be
 * remembered by a query; it goes when nobody refers to it and none of its worlds
 * is on the stack.
 *
 * The functions of an aggregate share a module, in whose world its states are: that of a
 * home, which is found by the key of their request and their owner.  It is referred to by
 * them, and goes when none is left.
 *
 * A function that shares a base runs in worlds of that (bases.c), and has none of its own.
 *
 *-------------------------------------------------------------------------
 */
#include "bases.h"
#include "../../host/postgres/base/caller.h"
#include "../../host/postgres/base/limits.h"
#include "../../host/postgres/session/worlds.h"
#include "../../host/postgres/values/plan.h"

#include "catalog/pg_proc.h"
#include "nodes/parsenodes.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

typedef struct PlgoFunction
{
	Oid			oid;
	uint32		hash;			/* of the OID, in invalidation messages */
	bool		valid;			/* the row in pg_proc has not changed */
	bool		composite;		/* what a type consists of matters */
	PlgoKind	kind;
	int			references;		/* of call sites; of a home, functions */
	struct PlgoFunction *home;	/* of PLGO_PART; NULL in all others, homes among them */
	int			part;			/* of PLGO_PART: its number in the object */
	TransactionId xmin;
	ItemPointerData tid;
	PlgoDigest	key;
	PlgoDigest	digest;			/* of the object */
	bool		kept;			/* there is a file of it */
	bool		debugged;		/* it is compiled for a debugger */
	PgstdSite	site;
	Module	   *runs;			/* in whose worlds it runs: its own, its home's or its base's */
	PlgoMember	member;			/* of a base */
	Module		module;
	PgstdImage	image;
	List	   *images;			/* further ones, for other roles; PgstdImage */
	MemoryContext context;		/* holds this and all that it points to */
	struct PlgoFunction *next;	/* among those that are to go */
} PlgoFunction;

typedef struct Entry
{
	Oid			oid;			/* key */
	PlgoFunction *function;
} Entry;

static HTAB *functions;

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

/*
 * Counts what the callbacks below have heard.  Making a function ready takes long, and
 * hears of changes: what was read before one may be of the past, and the function is
 * not in the table yet that would tell.
 */
static uint64 changes = 0;

static PlgoFunction *leaving = NULL;

/* A row of pg_proc has changed; 0 stands for any. */
static void
proc_changed(Datum arg, int cacheid, uint32 hash)
{
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	changes++;
	hash_seq_init(&status, functions);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->function != NULL && (hash == 0 || entry->function->hash == hash))
			entry->function->valid = false;
}

/* So has a table, and with it, maybe, what a composite type consists of. */
static void
relation_changed(Datum arg, Oid relid)
{
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	changes++;
	hash_seq_init(&status, functions);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->function != NULL && entry->function->composite)
			entry->function->valid = false;
}

/* So has a type: any may stand in a signature. */
static void
type_changed(Datum arg, int cacheid, uint32 hash)
{
	proc_changed(arg, cacheid, 0);
}

/* What functions are to be compiled for may have changed. */
void
plgo_functions_look_again(void)
{
	if (functions != NULL)		/* the setting is defined before */
		proc_changed((Datum) 0, PROCOID, 0);
}

void
plgo_functions_init(void)
{
	HASHCTL		ctl = {.keysize = sizeof(Oid), .entrysize = sizeof(Entry)};

	HASHCTL		home_ctl = {.keysize = sizeof(HomeKey), .entrysize = sizeof(HomeEntry)};

	functions = hash_create("plgo functions", 64, &ctl, HASH_ELEM | HASH_BLOBS);
	homes = hash_create("plgo aggregates", 16, &home_ctl, HASH_ELEM | HASH_BLOBS);
	CacheRegisterSyscacheCallback(PROCOID, proc_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
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

static void dismiss(PlgoFunction *f);

/* A function of an aggregate goes, and its home with the last one. */
static void
leave_home(PlgoFunction *f)
{
	PlgoFunction *home = f->home;

	if (--home->references == 0)
	{
		HomeKey		key = {home->key, home->module.owner};

		hash_search(homes, &key, HASH_REMOVE, NULL);
		dismiss(home);
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
static void
sweep(void)
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

static void
dismiss(PlgoFunction *f)
{
	f->valid = false;
	f->next = leaving;
	leaving = f;
}

/* The memory of a call site goes: it refers to its function no more. */
static void
release(void *arg)
{
	CallCache  *cache = arg;

	((PlgoFunction *) cache->function)->references--;
	cache->function = NULL;
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

static PlgoFunction *
load_alone(const PlgoSource *source)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plgo function", ALLOCSET_SMALL_SIZES);
	PlgoFunction *f = MemoryContextAllocZero(context, sizeof(PlgoFunction));
	PlgoGot		got;

	f->context = context;
	f->oid = source->oid;
	f->hash = GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(source->oid));
	f->kind = source->kind;
	f->key = source->key;
	f->composite = source->composite;
	f->xmin = source->xmin;
	f->tid = source->tid;
	f->debugged = source->debug_file != NULL;
	f->image.wants_file = pgstd_wants_cell();
	MemoryContextSetIdentifier(context, MemoryContextStrdup(context, source->name));
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
		MemoryContextDelete(context);
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
			dismiss(home);
		else
			entry->home = home;
	}
	/* By which its object is found again: the others may be gone. */
	entry->home->oid = source->oid;
	return entry->home;
}

static PlgoFunction *
load(const PlgoSource *source)
{
	PlgoFunction *home;
	PlgoFunction *f;
	MemoryContext context;

	if (source->kind != PLGO_PART)
		return load_alone(source);
	home = find_home(source);
	context = AllocSetContextCreate(TopMemoryContext, "plgo function", ALLOCSET_SMALL_SIZES);
	f = MemoryContextAllocZero(context, sizeof(PlgoFunction));
	f->context = context;
	f->oid = source->oid;
	f->hash = GetSysCacheHashValue1(PROCOID, ObjectIdGetDatum(source->oid));
	f->kind = source->kind;
	f->key = source->key;
	f->composite = source->composite;
	f->xmin = source->xmin;
	f->tid = source->tid;
	f->home = home;
	f->runs = home->runs;
	f->part = source->part;
	home->references++;
	return f;
}

/*
 * Whether a function is on a base and cannot go on there: its module has gone.  If not, "calls" says
 * that the next thing is to call it.
 */
static inline bool
is_misplaced(PlgoFunction *f, bool calls)
{
	if (f->member.base == NULL)
		return false;
	/* Where its site is filled for the role that calls, it is loaded. */
	return (f->site.control == NULL || f->site.control != f->runs->current.control || f->runs->current.user != GetUserId()) &&
		plgo_member_is_lost(&f->member, calls);
}

/* Finds a function, and looks at it anew if it may have changed. */
static PlgoFunction *
look_up(Oid oid)
{
	Entry	   *entry = hash_search(functions, &oid, HASH_FIND, NULL);
	MemoryContext scratch,
				caller;
	PlgoFunction *f;
	bool		found;
	uint64		before = changes;

	if (entry != NULL && entry->function != NULL && entry->function->valid)
		return entry->function;

	scratch = AllocSetContextCreate(CurrentMemoryContext, "plgo load", ALLOCSET_DEFAULT_SIZES);
	caller = MemoryContextSwitchTo(scratch);
	{
		PlgoSource *source = plgo_source(oid);

		if (plgo_debug)
			plgo_source_for_debugger(source);
		f = entry != NULL ? entry->function : NULL;
		/* Else the message was about something else. */
		if (f == NULL || f->xmin != source->xmin || !ItemPointerEquals(&f->tid, &source->tid) ||
			memcmp(&f->key, &source->key, sizeof(f->key)) != 0 || is_misplaced(f, false))
		{
			PlgoFunction *fresh = load(source);

			/* Loading may have run anything, even this. */
			entry = hash_search(functions, &oid, HASH_ENTER, &found);
			if (found && entry->function != NULL)
				dismiss(entry->function);
			entry->function = f = fresh;
		}
		/* If not, this call takes it, and the next one looks again. */
		f->valid = changes == before;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	sweep();
	return f;
}

/* Finds a function to be called, or makes it ready. */
static PlgoFunction *
find(Oid oid)
{
	for (;;)
	{
		PlgoFunction *f = look_up(oid);

		if (!is_misplaced(f, true))
			return f;
		/* Another session has committed what this one has not heard of. */
		CHECK_FOR_INTERRUPTS();
		f->valid = false;
		AcceptInvalidationMessages();
	}
}

/* Remembers the function at the place that it is called from. */
static pg_noinline PlgoFunction *
resolve(FunctionCallInfo fcinfo)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	PlgoFunction *f = find(flinfo->fn_oid);
	CallCache  *cache = pgstd_call_cache(flinfo);

	if (cache->function == NULL)
	{
		MemoryContextCallback *callback = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(*callback));

		callback->func = release;
		callback->arg = cache;
		MemoryContextRegisterResetCallback(flinfo->fn_mcxt, callback);
	}
	else
		((PlgoFunction *) cache->function)->references--;
	cache->function = f;
	f->references++;
	return f;
}

static void
show_images(const PlgoFunction *f, void (*show) (const PlgoDigest *digest, const PgstdImage *image, void *arg), void *arg)
{
	show(&f->digest, &f->image, arg);
	for (int i = 0; i < list_length(f->images); i++)
		show(&f->digest, list_nth(f->images, i), arg);
}

/* Shows each image of this session that a debugger can read. */
void
plgo_each_debugged(void (*show) (const PlgoDigest *digest, const PgstdImage *image, void *arg), void *arg)
{
	HASH_SEQ_STATUS status;
	Entry	   *entry;
	HomeEntry  *home;

	hash_seq_init(&status, functions);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->function != NULL && entry->function->debugged)
			show_images(entry->function, show, arg);
	hash_seq_init(&status, homes);
	while ((home = hash_seq_search(&status)) != NULL)
		if (home->home->debugged)
			show_images(home->home, show, arg);
}

Datum
plgo_call(FunctionCallInfo fcinfo)
{
	CallCache  *cache = fcinfo->flinfo->fn_extra;
	PlgoFunction *f = cache != NULL ? cache->function : NULL;

	/* A set that is being read stays with the function that it began with. */
	if (unlikely(f == NULL || (cache->set == NULL && (!f->valid || is_misplaced(f, true)))))
		f = resolve(fcinfo);
	switch (f->kind)
	{
		case PLGO_SIMPLE:
			return pgstd_call(f->runs, &f->site, 0, fcinfo);
		case PLGO_SET:
			return pgstd_call_set(f->runs, &f->site, 0, fcinfo);
		case PLGO_TRIGGER:
			return pgstd_call_trigger(f->runs, &f->site, 0, fcinfo);
		case PLGO_EVENT_TRIGGER:
			return pgstd_call_event_trigger(f->runs, &f->site, 0, fcinfo);
		case PLGO_PART:
			return pgstd_call_state_numbered(f->runs, &f->site, (uint32) f->part, fcinfo);
		case PLGO_VALUES:
			break;
	}
	return pgstd_call_values(f->runs, &f->site, 0, fcinfo);
}

/*
 * Runs the block of a DO: a function that is called once, and is not atomic where
 * the block is not.
 */
void
plgo_call_inline(const PlgoSource *source, bool atomic, FunctionCallInfo fcinfo)
{
	PlgoFunction *f = load(source);
	CallContext *context = makeNode(CallContext);
	FmgrInfo	flinfo = {0};
	LOCAL_FCINFO(call, 0);

	context->atomic = atomic;
	/* Its volatility and all else that a function has are those of the handler. */
	flinfo.fn_oid = fcinfo->flinfo->fn_oid;
	flinfo.fn_mcxt = CurrentMemoryContext;
	pgstd_call_cache(&flinfo)->signature = pstrdup(source->name);
	InitFunctionCallInfoData(*call, &flinfo, 0, InvalidOid, (Node *) context, NULL);
	f->references = 1;
	dismiss(f);
	PG_TRY();
	{
		pgstd_call(f->runs, &f->site, 0, call);
	}
	PG_FINALLY();
	{
		f->references = 0;
		sweep();
	}
	PG_END_TRY();
}
