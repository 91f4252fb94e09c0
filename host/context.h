/*-------------------------------------------------------------------------
 *
 * context.h
 *	  Selects the signal context of the architecture.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CONTEXT_H
#define PGSTD_CONTEXT_H

#if defined(__x86_64__)
#include "context_amd64.h"
#else
#error "pgstd has no signal context for this architecture"
#endif

#endif							/* PGSTD_CONTEXT_H */
