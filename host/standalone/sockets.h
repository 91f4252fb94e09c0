/*-------------------------------------------------------------------------
 *
 * sockets.h
 *	  Sockets of test builds, in a network of their own; see sockets.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SOCKETS_H
#define PGSTD_SOCKETS_H

#include <stdbool.h>
#include <stdint.h>

extern bool pgstd_sockets_begin(bool child);
extern int64_t pgstd_sockets_system(int64_t number, const uint64_t *args);

#endif							/* PGSTD_SOCKETS_H */
