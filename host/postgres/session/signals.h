/*-------------------------------------------------------------------------
 *
 * signals.h
 *	  PostgreSQL's signal handlers while Go code runs.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SIGNALS_H
#define PGSTD_SIGNALS_H

#include "../backend.h"

/* signals.c */
extern void pgstd_signals_check(void);
extern void pgstd_wrap_handlers(void);
extern bool pgstd_interrupt_due(void);

#endif							/* PGSTD_SIGNALS_H */
