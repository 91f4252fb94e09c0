/*-------------------------------------------------------------------------
 *
 * shared.h
 *	  What the modules of a backend share.
 *
 * Each extension has a copy of the host in its module.  They meet through
 * rendezvous variables: the first module that is loaded owns what has to be
 * there once.  A postmaster that preloads modules passes it all on by fork.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SHARED_H
#define PGSTD_SHARED_H

#include "../backend.h"

#include <signal.h>

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

/*
 * An object that has been loaded, and its worlds.  The first part is for hosts of
 * other modules, too.
 */
typedef struct Module
{
	struct Module *next;
	const char *name;			/* for people */
	Oid			owner;			/* whose functions share its worlds; InvalidOid: none do */
	/* Discards a world of this module, which must be idle, or what one that has died keeps. */
	void		(*discard) (BackendWorld *bw);
	/* Makes the module's next call select its world again. */
	void		(*forget) (struct Module *module);

	/* From here on for the module's own host. */
	const PgstdObject *object;	/* of the first image; NULL: that has been unmapped */
	/* A further image of the object, for another role; NULL if there is none to be had. */
	const PgstdObject *(*image) (struct Module *module);
	/* The same with its file, for a world in another process. */
	bool		(*open) (struct Module *module, PgstdImage *image);
	BackendWorld *worlds;		/* through BackendWorld.next */
	Current		current;
	bool		listed;			/* among those that the transaction's end unselects */
	struct Module *next_listed;
	const PgstdSettings *settings;	/* NULL: it has none */

	/*
	 * Of a base, whose functions come into a world one by one; NULL: the object has them.
	 * fill() finds a function for its site, and the world that has it is the current one
	 * then.  The others hear of a world that has been made, of one that has started, and of one
	 * that is gone.
	 */
	void		(*fill) (struct Module *module, PgstdSite *site, uint32 index, FunctionCallInfo fcinfo);
	void		(*made) (BackendWorld *bw);
	void		(*started) (BackendWorld *bw);
	void		(*ended) (BackendWorld *bw);
} Module;

/* Go code runs because a transaction ends: it has little time, and no cancel ends it before. */
#define PGSTD_ENDING_NONE	0
#define PGSTD_ENDING_RUNS	1
#define PGSTD_ENDING_LATE	2	/* its time is up */

typedef struct Shared
{
	PgstdWorld *worlds;			/* all worlds, through PgstdWorld.next */
	Module	   *modules;
	struct PgstdCell *cells;	/* processes that worlds run in; see cell/cell.h */
	BackendWorld *kept;			/* has died, and keeps memory for its next run; NULL: none does */
	uint64		clock;			/* counts selections; see BackendWorld.used */
	void		(*check) (void);	/* wraps signal handlers that are not wrapped */
	void		(*timer) (PgstdWorld **list, PgstdWorld *world, int64_t when);	/* see timer.c */
	int			ending_timeout; /* TimeoutId; 0: there has been none; see calls/ending.c */
	volatile sig_atomic_t ending;	/* PGSTD_ENDING_* */
	int64		profile_rate;	/* bytes that a sample of a heap profile stands for; 0: none is taken */
	int			rest;			/* TimeoutId, when cells are stopped; 0: there has been none; see cell/rest.c */
} Shared;

/* Set by pgstd_shared_init, not NULL afterwards. */
extern Shared *pgstd_shared;

/* shared.c */
extern void pgstd_add_module(Module *module);
extern void pgstd_add_world(PgstdWorld *world);
extern void pgstd_remove_module(Module *module);
extern void pgstd_remove_world(PgstdWorld *world);
extern BackendWorld *pgstd_next_world(const BackendWorld *bw);
extern bool pgstd_can_profile(const BackendWorld *bw);
extern void pgstd_set_profile_rate(const BackendWorld *bw);
extern bool pgstd_is_idle(const BackendWorld *bw);
extern void pgstd_make_room(void);
extern int	pgstd_discard_idle(void);

#endif							/* PGSTD_SHARED_H */
