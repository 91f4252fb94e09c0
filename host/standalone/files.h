/*-------------------------------------------------------------------------
 *
 * files.h
 *	  Files for test builds; see files.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_FILES_H
#define PGSTD_FILES_H

#include "../world.h"

extern bool pgstd_files_add(const char *folder, bool writable);
extern int64_t pgstd_files_system(PgstdWorld *world, int64_t number, const uint64_t *args);

#endif							/* PGSTD_FILES_H */
