/*-------------------------------------------------------------------------
 *
 * worker.h
 *	  What a process that is a background worker has to attend to.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_WORKER_H
#define PGSTD_WORKER_H

#include <signal.h>

#include "../backend.h"

/* What it is called, for people; NULL: this process is none. */
extern const char *pgstd_worker_name;

/* It has been told to end.  Set by a signal handler. */
extern volatile sig_atomic_t pgstd_worker_ending;

/* Notifications that have been signalled have been told to the world. */
extern bool pgstd_worker_notified;

/* worker.c */
extern bool pgstd_worker_look(PgstdControl *control);
extern void pgstd_worker_interrupts(PgstdControl *control);
extern void pgstd_worker_begin(void);
extern void pgstd_worker_end(void);

#endif							/* PGSTD_WORKER_H */
