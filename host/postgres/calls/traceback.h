/*-------------------------------------------------------------------------
 *
 * traceback.h
 *	  What is shown of the tracebacks that a panic or a dying world has printed.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_TRACEBACK_H
#define PGSTD_TRACEBACK_H

#include "../backend.h"

/* traceback.c */
extern void pgstd_show_traceback(ErrorData *edata, PgstdDeath death);

#endif							/* PGSTD_TRACEBACK_H */
