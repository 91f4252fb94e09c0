/*-------------------------------------------------------------------------
 *
 * common.h
 *	  Memory that sessions have in common.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_COMMON_H
#define PGSTD_COMMON_H

#include "../backend.h"

/* Whose areas those of this host's worlds are; NULL: they can have none. */
extern const char *pgstd_common_owner;

/* common.c */
extern void pgstd_common(BackendWorld *bw, PgstdCommon *request);
extern bool pgstd_common_quietly(BackendWorld *bw, PgstdCommon *request);

#endif							/* PGSTD_COMMON_H */
