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
	uint64		held;			/* HeldStates that refer to the world, also of its earlier runs */
} PgstdStates;

/* How a world that runs in another process ends; see cell/cell.h. */
struct BackendWorld;

typedef struct PgstdApart
{
	void		(*discard) (struct BackendWorld *bw);	/* in place of pgstd_world_discard */
	void		(*end) (struct BackendWorld *bw);	/* what is kept for the next run goes, too */
	int			pid;			/* 0: it does not run */
} PgstdApart;

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
	int			endings;		/* how many wait for the end of a transaction; see calls/ending.c */
	const void *ending;			/* the code by which it is told of that, if a module of a base has brought it */
	PgstdStates states;
	PgstdApart *apart;			/* NULL: it runs in this process */
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

/*
 * What is known of one function of an object.  For an extension, the generated
 * trampolines (internal/objfile) come with an array of them.
 */
typedef struct PgstdSite
{
	const void *control;		/* of the world that code belongs to */
	const void *code;
	int32		nargs;
	Oid			caller;			/* the function of SQL that declares its types as Go does; see pgstd_meet */
	const PgstdFunction *function;	/* what it says of itself, copied; NULL: see pgstd_function_of() */
	struct PgstdPlan *plan;		/* how values are passed, where that takes a plan */
} PgstdSite;

/* The world that a control block belongs to, once it has been started. */
static inline BackendWorld *
pgstd_world_of(const PgstdControl *control)
{
	return (BackendWorld *) control->config->world;
}

#endif							/* PGSTD_BACKEND_H */
