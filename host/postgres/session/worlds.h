/*-------------------------------------------------------------------------
 *
 * worlds.h
 *	  The worlds of one module: made, current, discarded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_WORLDS_H
#define PGSTD_WORLDS_H

#include "shared.h"

/* worlds.c */
extern void pgstd_module_init(Module *module, const PgstdObject *object, const char *name);
extern bool pgstd_module_is_idle(const Module *module);
extern void pgstd_module_end(Module *module);
extern BackendWorld *pgstd_free_world(Module *module, Oid user, bool apart);
extern void pgstd_enlist_world(BackendWorld *bw, Module *module, Oid user, const PgstdObject *object);
extern BackendWorld *pgstd_make_world(Module *module, Oid user);
extern void pgstd_world_ready(BackendWorld *bw);
extern void pgstd_backend_discard(BackendWorld *bw);

/* current.c */
extern void pgstd_current_init(void);
extern void pgstd_current_check(void);
extern void pgstd_current_forget(Module *module);
extern void pgstd_select(BackendWorld *bw);
extern void pgstd_unselect(Module *module);

/* platform.c */
extern const PgstdPlatform pgstd_postgres_platform;

#endif							/* PGSTD_WORLDS_H */
