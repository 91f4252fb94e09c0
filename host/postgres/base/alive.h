/*-------------------------------------------------------------------------
 *
 * alive.h
 *	  The way from a reference to a world.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ALIVE_H
#define PGSTD_ALIVE_H

#include "../backend.h"

static inline bool
pgstd_is_alive(const WorldRef *world)
{
	return world->bw->generation == world->generation;
}

/* alive.c */
pg_noreturn extern void pgstd_throw_ended(void);

/* The only way from a reference to the world: an ERROR if that has ended. */
static inline BackendWorld *
pgstd_alive(const WorldRef *world)
{
	if (unlikely(!pgstd_is_alive(world)))
		pgstd_throw_ended();
	return world->bw;
}

#endif							/* PGSTD_ALIVE_H */
