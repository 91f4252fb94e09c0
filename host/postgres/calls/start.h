/*-------------------------------------------------------------------------
 *
 * start.h
 *	  Finds the world of a call, and starts it if need be.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_START_H
#define PGSTD_START_H

#include "../session/shared.h"

/* start.c */
extern BackendWorld *pgstd_backend_world(Module *module, FunctionCallInfo fcinfo);

#endif							/* PGSTD_START_H */
