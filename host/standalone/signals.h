/*-------------------------------------------------------------------------
 *
 * signals.h
 *	  Signals of test builds; see signals.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SIGNALS_H
#define PGSTD_SIGNALS_H

#include <stdint.h>

extern void pgstd_signals_begin(void);
extern int64_t pgstd_signals_system(int64_t number, const uint64_t *args);

extern void pgstd_signals_broken_pipe(void);

/* Of a new process: between the two, none of its signals is the parent's. */
extern void pgstd_signals_hold(void);
extern void pgstd_signals_let_go(void);
extern void pgstd_signals_leave(void);

#endif							/* PGSTD_SIGNALS_H */
