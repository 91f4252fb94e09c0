/*-------------------------------------------------------------------------
 *
 * switch_arm64.h
 *	  The host's side of the switch; the other is
 *	  pgstd/runtime/switch_arm64.s.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SWITCH_ARM64_H
#define PGSTD_SWITCH_ARM64_H

#include <stdint.h>

/* Objects keep the current goroutine in R28, and a copy in control->g. */
#define PGSTD_G_IN_TLS		0

/*
 * Calls an object's start or enter.  The callee keeps SP and X29 and nothing
 * else, so the compiler saves what it needs, once.  Go leaves X18 alone, but C code
 * that is called from there does not.  There is no red zone on Linux.  A call finds
 * its arguments in the control block.
 */
static inline __attribute__((always_inline)) int64_t
pgstd_switch(const void *entry, const void *arg, const void *args)
{
	register uint64_t x0 __asm__("x0") = (uint64_t) arg;
	register uint64_t x1 __asm__("x1") = (uint64_t) entry;

	__asm__ volatile (
		"blr x1"
		: "+r" (x0), "+r" (x1)
		:
		: "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
		  "x12", "x13", "x14", "x15", "x16", "x17", "x18", "x19", "x20",
		  "x21", "x22", "x23", "x24", "x25", "x26", "x27", "x28", "x30",
		  "memory", "cc",
		  "v0", "v1", "v2", "v3", "v4", "v5", "v6", "v7",
		  "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
		  "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23",
		  "v24", "v25", "v26", "v27", "v28", "v29", "v30", "v31");
	return (int64_t) x0;
}

#endif							/* PGSTD_SWITCH_ARM64_H */
