/*-------------------------------------------------------------------------
 *
 * arch.h
 *	  Selects what depends on the architecture: the switch, the signal
 *	  context, and how code refers to places.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_ARCH_H
#define PGSTD_ARCH_H

#if defined(__x86_64__)
#include "code_amd64.h"
#include "context_amd64.h"
#include "switch_amd64.h"
#elif defined(__aarch64__) && defined(__AARCH64EL__)
#include "code_arm64.h"
#include "context_arm64.h"
#include "switch_arm64.h"
#else
#error "pgstd does not know this architecture"
#endif

#endif							/* PGSTD_ARCH_H */
