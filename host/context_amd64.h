/*-------------------------------------------------------------------------
 *
 * context_amd64.h
 *	  Where an interrupted thread stands, and how to make it go on elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CONTEXT_AMD64_H
#define PGSTD_CONTEXT_AMD64_H

#include <cpuid.h>
#include <stdbool.h>
#include <stdint.h>
#include <ucontext.h>

/* As in the names of targets. */
#define PGSTD_ARCH			"amd64"

/* The relocation that adds the image's address. */
#define PGSTD_R_RELATIVE	R_X86_64_RELATIVE

static inline uint64_t
context_pc(const ucontext_t *context)
{
	return (uint64_t) context->uc_mcontext.gregs[REG_RIP];
}

static inline uint64_t
context_sp(const ucontext_t *context)
{
	return (uint64_t) context->uc_mcontext.gregs[REG_RSP];
}

/* Where the frame pointer and the return address of the function lie, in Go code. */
static inline uint64_t
context_fp(const ucontext_t *context)
{
	return (uint64_t) context->uc_mcontext.gregs[REG_RBP];
}

static inline void
context_resume_at(ucontext_t *context, const void *pc)
{
	context->uc_mcontext.gregs[REG_RIP] = (greg_t) pc;
}

/* What context_call writes below the stack pointer. */
#define CONTEXT_CALL_ROOM	8

/*
 * Makes it look as if the interrupted code had called target.  If it stands where
 * no code is, by a call of something else, then that call has pushed its return
 * address already.  The caller has checked that there is room on the stack.
 */
static inline void
context_call(ucontext_t *context, const void *target, bool in_code)
{
	if (in_code)
	{
		uint64_t	sp = context_sp(context) - sizeof(uint64_t);

		*(uint64_t *) sp = context_pc(context);
		context->uc_mcontext.gregs[REG_RSP] = (greg_t) sp;
	}
	context_resume_at(context, target);
}

/* What the processor can do: Go asks CPUID. */
static inline uint64_t
context_hwcap(void)
{
	return 0;
}

/*
 * What a runtime asks CPUID when it starts, asked once in a process: the instruction leaves a
 * virtual machine, which takes some microseconds.
 */
static inline const uint32_t *
context_answers(uint64_t *n)
{
	static uint32_t answers[][6] = {{0, 0}, {1, 0}, {7, 0}, {7, 1}, {0x80000000, 0}, {0x80000001, 0}};
	static bool asked = false;

	*n = sizeof(answers) / sizeof(answers[0]);
	for (uint64_t i = 0; i < *n && !asked; i++)
		__cpuid_count(answers[i][0], answers[i][1], answers[i][2], answers[i][3], answers[i][4], answers[i][5]);
	asked = true;
	return answers[0];
}

#endif							/* PGSTD_CONTEXT_AMD64_H */
