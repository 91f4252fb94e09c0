/*-------------------------------------------------------------------------
 *
 * window.h
 *	  Window functions.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_WINDOW_H
#define PGSTD_WINDOW_H

#include "frame.h"

#include "windowapi.h"

/* window.c */
extern WindowObject pgstd_window_of(FunctionCallInfo fcinfo);
extern void pgstd_window(Frame *frame, PgstdWindow *request);

#endif							/* PGSTD_WINDOW_H */
