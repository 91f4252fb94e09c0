/*-------------------------------------------------------------------------
 *
 * members.c
 *	  Functions that share a base, and their modules in its worlds.
 *
 * A module stays in its world when its function goes: what it has left behind may still
 * run.  A world that has much of that is renewed when it is idle.
 *
 *-------------------------------------------------------------------------
 */
#include "bases.h"
#include "../../host/postgres/base/limits.h"
#include "../../host/postgres/base/text.h"
#include "../../host/postgres/calls/ending.h"
#include "../../host/postgres/calls/errors.h"
#include "../../host/postgres/cell/cell.h"
#include "../../host/postgres/session/worlds.h"

#include <sys/stat.h>

#include "miscadmin.h"
#include "storage/fd.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Of each text by which a function describes itself. */
#define MAX_DESCRIPTION	(64 * 1024)

/* A module in a world. */
typedef struct PlgoLoaded
{
	struct PlgoLoaded *next;
	BackendWorld *bw;
	uint64		size;
	bool		ready;			/* its init functions have run */
	const void *code;
	PgstdFunction function;		/* what it says of itself: a copy */
	MemoryContext context;		/* holds this and what it points to */
} PlgoLoaded;

static PlgoLoaded *
find_loaded(const PlgoMember *member, const BackendWorld *bw)
{
	for (PlgoLoaded *l = member->loaded; l != NULL; l = l->next)
		if (l->bw == bw)
			return l;
	return NULL;
}

/* Its module is in a world no more, or of no use; returns how many bytes it has. */
uint64
plgo_member_forget(PlgoMember *member, const BackendWorld *bw)
{
	for (PlgoLoaded **at = &member->loaded; *at != NULL; at = &(*at)->next)
		if ((*at)->bw == bw)
		{
			PlgoLoaded *l = *at;
			uint64		size = l->size;

			*at = l->next;
			MemoryContextDelete(l->context);
			return size;
		}
	return 0;
}

/* A function is on a base from here on; whose module it has, its caller has filled in. */
void
plgo_member_join(PlgoMember *member, PlgoBase *base, PgstdSite *site)
{
	member->base = base;
	member->site = site;
	member->opened = -1;
	dlist_push_tail(&base->members, &member->node);
}

/* A function goes that is not running; its modules stay in their worlds. */
void
plgo_member_leave(PlgoMember *member)
{
	while (member->loaded != NULL)
	{
		BackendWorld *bw = member->loaded->bw;

		*plgo_base_stale(member->base, bw) += plgo_member_forget(member, bw);
	}
	dlist_delete(&member->node);
}

/* Whether a problem with a module is that of a world which has no place for it. */
static bool
is_full(PgstdModuleProblem problem)
{
	return problem == PGSTD_MODULE_NO_ROOM || problem == PGSTD_MODULE_NO_MEMORY;
}

pg_noreturn static void
refuse_module(const PlgoMember *member, PgstdModuleProblem problem, const char *why)
{
	const char *name = get_func_name(member->oid);

	/* Another session has dropped it just now. */
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("function with OID %u does not exist", member->oid)));
	if (is_full(problem))
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("could not load function %s into the world of its base", name),
				 errdetail_internal("Its module has no place there: %s.", why),
				 problem == PGSTD_MODULE_NO_MEMORY ?
				 errhint("A superuser can raise \"pgstd.max_memory\"; it is for all functions of an owner that a role has on the base.") :
				 errhint("Call it where no other Go function is running.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("could not load function %s into the world of its base", name),
			 errdetail_internal("Its module was refused: %s.", why),
			 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
}

/* Runs one of the base's own functions, or what it has a module run, in the current world. */
static void
run(BackendWorld *bw, const void *code, const PgstdSlot *argument, FunctionCallInfo fcinfo)
{
	PgstdSite	site = {.code = code};

	if (bw->module->current.control != bw->world.control)
		pgstd_select(bw);
	pgstd_run(bw->module, &site, bw->world.control, argument, fcinfo);
}

pg_noreturn static void
refuse_description(void)
{
	elog(ERROR, "plgo: a module does not describe its function");
}

/* Copies one of the texts by which a function describes itself. */
static PgstdText
take_text(BackendWorld *bw, PgstdText text, uint64 most)
{
	if (text.size > most || !pgstd_memory_holds(&bw->world, text.data, text.size))
		refuse_description();
	return pgstd_copy_text(text);
}

/*
 * A module describes its function in each world as it did first: what has been made of the
 * arguments of a call for one run of a world may reach the next one.
 */
static void
compare_description(PlgoLoaded *l, PlgoMember *member)
{
	MemoryContext caller;

	if (member->signature.data == NULL)
	{
		caller = MemoryContextSwitchTo(member->context);
		member->signature = pgstd_copy_text(l->function.signature);
		member->details = pgstd_copy_text(l->function.details);
		MemoryContextSwitchTo(caller);
	}
	if (!pgstd_same_text(member->signature, l->function.signature) || !pgstd_same_text(member->details, l->function.details))
		refuse_description();
}

/*
 * Takes what a module has registered, each word once: it lies in memory that the world
 * writes to.  Code is that of the module, whatever is said.
 */
static void
take_function(PlgoLoaded *l, PlgoMember *member, const PgstdModule *module, const PgstdFunction *function, uint64 n)
{
	PgstdRange	text = module->zones[PGSTD_ZONE_TEXT];
	PgstdFunction taken;
	MemoryContext caller;

	if (n == 0 || !pgstd_memory_holds(&l->bw->world, function, sizeof(taken)))
		refuse_description();
	memcpy(&taken, function, sizeof(taken));
	if (!pgstd_memory_holds(&l->bw->world, taken.call, sizeof(void *)))
		refuse_description();
	l->code = *(const void *const volatile *) taken.call;
	if ((uint64) l->code < text.start || (uint64) l->code >= text.end)
		refuse_description();
	caller = MemoryContextSwitchTo(l->context);
	l->function = (PgstdFunction) {
		.name = take_text(l->bw, taken.name, MAX_DESCRIPTION),
		.signature = take_text(l->bw, taken.signature, FUNC_MAX_ARGS + 1),
		.details = take_text(l->bw, taken.details, MAX_DESCRIPTION),
		.call = &l->code,
	};
	MemoryContextSwitchTo(caller);
	if (l->function.signature.size == 0)
		refuse_description();
	if (l->bw->apart != NULL)
		l->code = pgstd_cell_make_function(l->bw, &l->function, l->code);
	compare_description(l, member);
	/* What package pg registers besides comes behind it, and is the base's: the same for all modules. */
	pgstd_note_ending(l->bw, function, n);
}

/*
 * Has the runtime make a mapped module known and initialise it, and takes its function.
 * "linked" is set when the module is part of the world, or no part of it at all: in
 * between, the world cannot go on.
 */
static void
start_module(PlgoLoaded *l, PlgoMember *member, PgstdModule *module, volatile bool *linked, FunctionCallInfo fcinfo)
{
	BackendWorld *bw = l->bw;
	PgstdControl *control = bw->world.control;
	uint64		generation = bw->generation;
	const PgstdFunction *functions;
	uint64		n;

	*linked = false;
	run(bw, bw->world.modules.link, &module->argument, fcinfo);
	/* A cell has sealed it itself. */
	if (control->result.word != 0 || (bw->apart == NULL && !pgstd_module_seal(module)))
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("the runtime of plgo refuses the module of a function (%d)", (int) control->result.word),
				 errhint("Compile it anew with plgo.compile() or plgo.recompile_all().")));
	*linked = true;
	/* A function that it calls may be loaded meanwhile, and leaves this as it was. */
	functions = control->functions;
	n = control->nfunctions;
	PG_TRY();
	{
		run(bw, bw->world.modules.init, &module->argument, fcinfo);
		if (bw->apart != NULL)
			take_function(l, member, module, pgstd_cell_of(bw)->registered, pgstd_cell_of(bw)->nregistered);
		else if (control->functions == functions)
			refuse_description();
		else
			take_function(l, member, module, control->functions, control->nfunctions);
	}
	PG_FINALLY();
	{
		if (bw->generation == generation)
		{
			control->functions = functions;
			control->nfunctions = n;
		}
	}
	PG_END_TRY();
}

static PlgoLoaded *
make_loaded(PlgoMember *member, BackendWorld *bw, const PgstdModule *module)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "plgo module", ALLOCSET_SMALL_SIZES);
	PlgoLoaded *l = MemoryContextAllocZero(context, sizeof(PlgoLoaded));

	l->context = context;
	l->bw = bw;
	l->size = module->zones[PGSTD_ZONE_DATA].end - module->zones[PGSTD_ZONE_TEXT].start;
	l->next = member->loaded;
	member->loaded = l;
	return l;
}

/* Maps the module of a function into a world, or says why that cannot be. */
static PgstdModuleProblem
map_module(PlgoMember *member, BackendWorld *bw, PgstdModule **module, FunctionCallInfo fcinfo)
{
	PgstdModuleFile file = {.fd = member->opened};
	PgstdModuleProblem problem = PGSTD_MODULE_UNMAPPABLE;
	struct stat info;
	bool		answered = true;

	member->opened = -1;
	if (file.fd < 0)
		file.fd = plgo_open_again(member->oid, &member->key, &member->digest);
	if (file.fd < 0)
		refuse_module(member, problem, "the function has been replaced since it was called first");
	memcpy(file.base, member->base->digest.bytes, sizeof(file.base));
	if (fstat(file.fd, &info) == 0)
	{
		file.size = (uint64) info.st_size;
		if (bw->apart != NULL)
			answered = pgstd_cell_load(bw, &file, module, &problem);
		else
			problem = pgstd_module_map(&bw->world, &file, module);
	}
	CloseTransientFile(file.fd);
	if (!answered)
		pgstd_throw_end(bw, PGSTD_EVENT_CANCELLED, fcinfo);
	return problem;
}

/*
 * Loads the module of a function into a world, which is the current one; or discards that, if
 * it is full of others.
 */
static void
load_module(PlgoMember *member, BackendWorld *bw, FunctionCallInfo fcinfo)
{
	uint64		generation = bw->generation;
	volatile bool linked = true;
	PgstdModule *module;
	PgstdModuleProblem problem = map_module(member, bw, &module, fcinfo);
	PlgoLoaded *l;

	if (is_full(problem) && bw->world.modules.used > 0 && pgstd_is_idle(bw))
	{
		bw->module->discard(bw);
		return;
	}
	if (problem != PGSTD_MODULE_GOOD)
		refuse_module(member, problem, pgstd_module_problem(problem));
	l = make_loaded(member, bw, module);
	PG_TRY();
	{
		start_module(l, member, module, &linked, fcinfo);
	}
	PG_CATCH();
	{
		/* If the world has gone, so has this. */
		if (bw->generation == generation)
		{
			if (linked)
				*plgo_base_stale(member->base, bw) += plgo_member_forget(member, bw);
			else
				pgstd_backend_discard(bw);
		}
		PG_RE_THROW();
	}
	PG_END_TRY();
	l->ready = true;
}

/*
 * Whether the module of a function, which the role's world does not have yet or not any more, is
 * not to be had: another session has replaced the function, or compiled it anew.
 *
 * Invariant: if it is called next, what is not lost can be mapped then, however long the role's world
 * takes to start.  So its file stays open until then, or is closed with the transaction.
 */
bool
plgo_member_is_lost(PlgoMember *member, bool calls)
{
	int			fd;

	member->opened = -1;
	for (PlgoLoaded *l = member->loaded; l != NULL; l = l->next)
		if (l->bw->user == GetUserId() && (l->bw->apart != NULL) == pgstd_wants_cell())
			return false;
	if (member->lost)
		return true;
	fd = plgo_open_again(member->oid, &member->key, &member->digest);
	member->lost = fd < 0;
	if (calls)
		member->opened = fd;
	else if (fd >= 0)
		CloseTransientFile(fd);
	return member->lost;
}

/* Fills the site of a function: Module.fill. */
void
plgo_member_fill(PlgoMember *member, FunctionCallInfo fcinfo)
{
	Module	   *module = &member->base->module;

	for (;;)
	{
		BackendWorld *bw = pgstd_world_of(module->current.control);
		PlgoLoaded *l = find_loaded(member, bw);

		if (l != NULL && !l->ready)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_IN_USE),
					 errmsg("Go code of this function is busy and cannot be called from here")));
		if (l != NULL)
		{
			member->site->code = l->code;
			member->site->function = &l->function;
			member->site->nargs = (int32) l->function.signature.size - 1;
			member->site->control = module->current.control;
			return;
		}
		if (*plgo_base_stale(member->base, bw) > (uint64) pgstd_max_stale() * 1024 && pgstd_is_idle(bw))
			module->discard(bw);
		else
			load_module(member, bw, fcinfo);
		/* Loading may have run any code. */
		if (module->current.user != GetUserId())
			pgstd_select_world(module, fcinfo);
	}
}
