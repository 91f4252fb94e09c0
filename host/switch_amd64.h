/*-------------------------------------------------------------------------
 *
 * switch_amd64.h
 *	  The host's side of the switch; the other is
 *	  pgstd/runtime/switch_amd64.s.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SWITCH_AMD64_H
#define PGSTD_SWITCH_AMD64_H

#include <stdint.h>

/* Objects find the current goroutine by an offset from the thread pointer. */
#define PGSTD_G_IN_TLS		1

/*
 * Calls an object's start or enter.  The callee keeps SP and BP and nothing
 * else, so the compiler saves what it needs, once.  The host is compiled without
 * a red zone; whoever calls C from the other side aligns SP.
 *
 * Invariant: "args" is control.args, whenever a call is what enter is for.  The wrapper gets
 * it by a register, as its values would else be behind two stores that have just been made.
 */
static inline __attribute__((always_inline)) int64_t
pgstd_switch(const void *entry, const void *arg, const void *args)
{
	int64_t		event = (int64_t) (uintptr_t) entry;

	__asm__ volatile (
		"call *%%rax"
		: "+a" (event), "+D" (arg), "+S" (args)
		:
		: "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11",
		  "r12", "r13", "r14", "r15", "memory", "cc",
		  "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7",
		  "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	return event;
}

#endif							/* PGSTD_SWITCH_AMD64_H */
