/*
 * steps.h
 *	  A world of a base, and modules in it.
 */
#ifndef PGSTD_STANDALONE_STEPS_H
#define PGSTD_STANDALONE_STEPS_H

#include "../world.h"

/* Starts the world; says with PGSTD_EVENT_READY that it has. */
typedef PgstdEvent (*PgstdStart) (void);

extern int	pgstd_modules_run(PgstdWorld *world, const PgstdImage *image, PgstdStart start,
							  void (*complain) (PgstdEvent), int nsteps, char **steps);

#endif							/* PGSTD_STANDALONE_STEPS_H */
