/*-------------------------------------------------------------------------
 *
 * abort.h
 *	  What is done when a statement has failed, before somebody rolls back.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ABORT_H
#define PGSTD_ABORT_H

#include "../backend.h"

/* abort.c */
extern void pgstd_abort_statement(uint32 heldoff);
extern bool pgstd_error_lingers(int sqlerrcode, uint32 heldoff);

#endif							/* PGSTD_ABORT_H */
