/*-------------------------------------------------------------------------
 *
 * errors.h
 *	  From what a world says to an ERROR.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ERRORS_H
#define PGSTD_ERRORS_H

#include "../backend.h"

/* errors.c */
extern void pgstd_forget_failure(PgstdControl *control);
extern bool pgstd_is_panic(const PgstdControl *control);
pg_noreturn extern void pgstd_throw_pending(ErrorData *pending);
extern ErrorData *pgstd_take_failure(BackendWorld *bw);
pg_noreturn extern void pgstd_throw_failure(BackendWorld *bw, FunctionCallInfo fcinfo);
pg_noreturn extern void pgstd_throw_end(BackendWorld *bw, PgstdEvent event, FunctionCallInfo fcinfo);

#endif							/* PGSTD_ERRORS_H */
