/*-------------------------------------------------------------------------
 *
 * backend.h
 *	  The postgres host: worlds inside a PostgreSQL backend.
 *
 * Linked into an extension's own module together with one object, or into the
 * handler of a language, which loads objects as it needs them.  Compiled against
 * one PostgreSQL major; compat.h says which there are.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_BACKEND_H
#define PGSTD_BACKEND_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "fmgr.h"
#include "utils/portal.h"

#include "../world.h"
#include "compat.h"

/*
 * The values of a world that are states of aggregates; see aggregate.c.  The world
 * reads this, and sets released to 0 when it has let them go.
 */
typedef struct PgstdStates
{
	uint64	   *handles;		/* of those that nobody needs any more */
	uint64		released;		/* how many these are */
	uint64		live;			/* how many others there are */
	uint64		capacity;		/* of handles: never less than both together */
} PgstdStates;

/* A world of an object, for one effective user. */
typedef struct BackendWorld
{
	PgstdWorld	world;			/* first: the core hands out pointers to it */
	struct BackendWorld *next;	/* in the module's list */
	Oid			user;
	MemoryContext context;		/* what block_alloc allocates in; NULL if none */
	int			frames;			/* host frames that wait inside a request */
	uint64		serial;			/* of this run, among all of this host; see statements.c */
	uint64		generation;		/* how often it has been discarded */
	struct Module *module;		/* whose it is; see shared.h */
	uint64		used;			/* Shared.clock when it was last selected */
	TimestampTz started_at;
	uint64		deaths;			/* how often it has ended for another reason than room */
	MemoryContextCallback callback; /* of context */
	ErrorData  *pending;		/* raised by a leaf hook, to be thrown later */
	struct Cursor *cursors;		/* that it has not closed; see rows.c */
	uint64		last_cursor;
	int			ncursors;
	Size		cursor_bytes;	/* of what has been fetched by them */
	struct OpenSet *sets;		/* begun in it, and not ended; see set.c */
	int			open_sets;		/* of these, how many a query is reading */
	PgstdStates states;
} BackendWorld;

/*
 * A world as somebody has it who runs code of others meanwhile: it may have ended
 * since, and then there is no way to it.
 */
typedef struct WorldRef
{
	BackendWorld *bw;
	uint64		generation;
} WorldRef;

/* What is kept for one place in a query that calls a function, in fn_extra. */
typedef struct CallCache
{
	char	   *signature;		/* for people */
	struct OpenSet *set;		/* that is being read */
	struct Sink *sink;			/* where all rows of one are put */
	bool		read_only;		/* the function is not VOLATILE */
	uint64		generation;		/* of the catalog, when read_only was looked up */
	bool		watched;		/* the end of the memory is known to set.c */
	void	   *function;		/* of a language's handler: what is called */
} CallCache;

/*
 * What is known of one function of an object.  For an extension, the generated
 * glue has an array of them, and the same definition.
 */
typedef struct PgstdSite
{
	const void *control;		/* of the world that code belongs to */
	const void *code;
	intptr_t	nargs;
	struct PgstdPlan *plan;		/* how values are passed, where that takes a plan */
} PgstdSite;

/*
 * The world of a module's last call, if it can be entered just so: nothing is
 * going on in it, and it has been looked at in this transaction.  Else all is
 * NULL.  A call touches this and its site; all else that it needs is in the
 * control block.
 */
typedef struct Current
{
	PgstdControl *control;
	const void *enter;
	Oid			user;
} Current;

/* call.c */
extern void pgstd_calls_init(void);
extern void pgstd_select(BackendWorld *bw);
extern void pgstd_unselect(struct Module *module);
extern void pgstd_forget_module(struct Module *module);

/* worlds.c */
extern void pgstd_module_init(struct Module *module, const PgstdObject *object, const char *name);
extern bool pgstd_module_is_idle(const struct Module *module);
extern void pgstd_module_end(struct Module *module);
extern BackendWorld *pgstd_backend_world(struct Module *module, FunctionCallInfo fcinfo);
extern void pgstd_backend_discard(BackendWorld *bw);

/* platform.c */
extern const PgstdPlatform pgstd_postgres_platform;

/* errors.c */
pg_noreturn extern void pgstd_throw_pending(ErrorData *pending);
extern void pgstd_keep_error(BackendWorld *bw);
pg_noreturn extern void pgstd_throw_failure(BackendWorld *bw, FunctionCallInfo fcinfo);
pg_noreturn extern void pgstd_throw_end(BackendWorld *bw, PgstdEvent event, FunctionCallInfo fcinfo);
extern CallCache *pgstd_call_cache(FmgrInfo *flinfo);
extern const char *pgstd_signature(FunctionCallInfo fcinfo);
extern void pgstd_add_context(void *arg);
extern char *pgstd_cstring(PgstdText text);

/* requests.c */
pg_noreturn extern void pgstd_throw_ended(void);
extern PgstdEvent pgstd_serve(BackendWorld *bw, FunctionCallInfo fcinfo);

/* abort.c */
extern void pgstd_abort_statement(void);
extern bool pgstd_error_lingers(int sqlerrcode);

/* sql.c */
extern void pgstd_execute(const WorldRef *world, PgstdSQL *sql, FunctionCallInfo fcinfo, MemoryContext context);
extern bool pgstd_has_transition_tables(FunctionCallInfo fcinfo);
extern void pgstd_spi_connect(FunctionCallInfo fcinfo);
extern void pgstd_spi_finish(void);
extern Portal pgstd_open_cursor(const WorldRef *world, const PgstdSQL *sql, FunctionCallInfo fcinfo,
								MemoryContext context);
extern void pgstd_show(const WorldRef *world, PgstdShow *show, MemoryContext context);

#ifdef PGSTD_CLOBBER
/* debug.c */
extern void pgstd_debug_init(void);
#endif

/* plan.c */
extern uint64 pgstd_catalog_generation(void);

/* rows.c */
extern void pgstd_rows(const WorldRef *world, PgstdRows *rows, FunctionCallInfo fcinfo, MemoryContext context);
extern void pgstd_rows_close(BackendWorld *bw, uint64 cursor, bool failed);
extern void pgstd_rows_forget(BackendWorld *bw);
extern void pgstd_rows_pin(const BackendWorld *bw, bool pin);

/* aggregate.c */
extern void pgstd_states_forget(BackendWorld *bw);

/* set.c */
extern void pgstd_sets_forget(BackendWorld *bw);
extern void pgstd_set_rows(const PgstdSetRows *rows, FunctionCallInfo fcinfo);

/* signals.c */
extern void pgstd_signals_check(void);
extern void pgstd_wrap_handlers(void);
extern bool pgstd_interrupt_due(void);

static inline bool
pgstd_is_alive(const WorldRef *world)
{
	return world->bw->generation == world->generation;
}

/* The only way from a reference to the world: an ERROR if that has ended. */
static inline BackendWorld *
pgstd_alive(const WorldRef *world)
{
	if (unlikely(!pgstd_is_alive(world)))
		pgstd_throw_ended();
	return world->bw;
}

#endif							/* PGSTD_BACKEND_H */
