/*-------------------------------------------------------------------------
 *
 * files.h
 *	  Files, pages and pipes for test builds; see files.c, self.c, pages.c and pipes.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_FILES_H
#define PGSTD_FILES_H

#include "../world.h"

extern int64_t pgstd_files_system(PgstdWorld *world, int64_t number, const uint64_t *args);
extern int64_t pgstd_self_system(int64_t number, const uint64_t *args);
extern int64_t pgstd_pages_system(int64_t number, const uint64_t *args);
extern int64_t pgstd_pipes_system(int64_t number, const uint64_t *args);

#endif							/* PGSTD_FILES_H */
