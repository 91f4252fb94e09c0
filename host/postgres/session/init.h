/*-------------------------------------------------------------------------
 *
 * init.h
 *	  What is set up when a module is loaded.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_INIT_H
#define PGSTD_INIT_H

/* init.c */
extern void pgstd_shared_init(void);

#endif							/* PGSTD_INIT_H */
