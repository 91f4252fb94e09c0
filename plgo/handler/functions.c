/*-------------------------------------------------------------------------
 *
 * functions.c
 *	  The functions that this session has called, and their calls.
 *
 * A function that is found by its OID stays as long as its row in pg_proc does not
 * change.  What it is made of, and when it goes, is loading.c's.
 *
 *-------------------------------------------------------------------------
 */
#include "functions.h"
#include "../../host/postgres/base/caller.h"

#include "catalog/pg_proc.h"
#include "nodes/parsenodes.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

typedef struct Entry
{
	Oid			oid;			/* key */
	PlgoFunction *function;
} Entry;

static HTAB *functions;

/*
 * Counts what the callbacks below have heard.  Making a function ready takes long, and
 * hears of changes: what was read before one may be of the past, and the function is
 * not in the table yet that would tell.
 */
static uint64 changes = 0;

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

	functions = hash_create("plgo functions", 64, &ctl, HASH_ELEM | HASH_BLOBS);
	plgo_loading_init();
	CacheRegisterSyscacheCallback(PROCOID, proc_changed, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, type_changed, (Datum) 0);
	CacheRegisterRelcacheCallback(relation_changed, (Datum) 0);
}

/* The memory of a call site goes: it refers to its function no more. */
static void
release(void *arg)
{
	CallCache  *cache = arg;

	((PlgoFunction *) cache->function)->references--;
	cache->function = NULL;
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
			PlgoFunction *fresh = plgo_function_load(source);

			/* Loading may have run anything, even this. */
			entry = hash_search(functions, &oid, HASH_ENTER, &found);
			if (found && entry->function != NULL)
				plgo_function_dismiss(entry->function);
			entry->function = f = fresh;
		}
		/* If not, this call takes it, and the next one looks again. */
		f->valid = changes == before;
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(scratch);
	plgo_functions_sweep();
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

/* Shows each image of this session that a debugger can read. */
void
plgo_each_debugged(PlgoShowImage show, void *arg)
{
	HASH_SEQ_STATUS status;
	Entry	   *entry;

	hash_seq_init(&status, functions);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->function != NULL)
			plgo_function_show(entry->function, show, arg);
	plgo_homes_show(show, arg);
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
	PlgoFunction *f = plgo_function_load(source);
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
	plgo_function_dismiss(f);
	PG_TRY();
	{
		pgstd_call(f->runs, &f->site, 0, call);
	}
	PG_FINALLY();
	{
		f->references = 0;
		plgo_functions_sweep();
	}
	PG_END_TRY();
}
