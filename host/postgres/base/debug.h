/*-------------------------------------------------------------------------
 *
 * debug.h
 *	  What a host for tests does besides.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_DEBUG_H
#define PGSTD_DEBUG_H

/* debug.c */
extern void pgstd_debug_init(void);

#endif							/* PGSTD_DEBUG_H */
