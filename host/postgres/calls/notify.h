/*-------------------------------------------------------------------------
 *
 * notify.h
 *	  What a background worker asks for, and who wants one.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_NOTIFY_H
#define PGSTD_NOTIFY_H

#include "frame.h"

/* Starts a worker of this module, and returns its process; NULL: there are none. */
extern int	(*pgstd_start_worker) (const char *name, const char *argument);

/* notify.c */
extern void pgstd_worker_serve(Frame *frame, PgstdWorker *request);

#endif							/* PGSTD_NOTIFY_H */
