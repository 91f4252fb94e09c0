/*-------------------------------------------------------------------------
 *
 * ending.h
 *	  What Go code does because a transaction ends.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ENDING_H
#define PGSTD_ENDING_H

#include "../backend.h"

/* ending.c */
extern void pgstd_note_ending(BackendWorld *bw, const PgstdFunction *functions, uint64 n);
extern void pgstd_await_ending(BackendWorld *bw, const PgstdEnding *request);

#endif							/* PGSTD_ENDING_H */
