/*-------------------------------------------------------------------------
 *
 * context_arm64.h
 *	  Where an interrupted thread stands, and how to make it go on elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CONTEXT_ARM64_H
#define PGSTD_CONTEXT_ARM64_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <ucontext.h>

/* As in the names of targets. */
#define PGSTD_ARCH			"arm64"

/* The relocation that adds the image's address. */
#define PGSTD_R_RELATIVE	R_AARCH64_RELATIVE

#define CONTEXT_FP			29
#define CONTEXT_LR			30

static inline uint64_t
context_pc(const ucontext_t *context)
{
	return context->uc_mcontext.pc;
}

static inline uint64_t
context_sp(const ucontext_t *context)
{
	return context->uc_mcontext.sp;
}

/* Where the frame pointer and the return address of the function lie, in Go code. */
static inline uint64_t
context_fp(const ucontext_t *context)
{
	return context->uc_mcontext.regs[CONTEXT_FP];
}

static inline void
context_resume_at(ucontext_t *context, const void *pc)
{
	context->uc_mcontext.pc = (uint64_t) pc;
}

/* What context_call writes below the stack pointer. */
#define CONTEXT_CALL_ROOM	24

/*
 * Makes it look as if the interrupted code had called target.  The link register
 * may hold the return address of a function without a frame, so it goes to the
 * stack, in the form in which Go's unwinder looks for it below sigpanic: the
 * stack pointer stays a multiple of 16, and the frame pointer lies below it.  If
 * the thread stands where no code is, by a call of something else, then the link
 * register points behind that call already.  The caller has checked that there
 * is room on the stack.
 */
static inline void
context_call(ucontext_t *context, const void *target, bool in_code)
{
	mcontext_t *registers = &context->uc_mcontext;
	uint64_t	sp = registers->sp - 16;

	*(uint64_t *) sp = registers->regs[CONTEXT_LR];
	*(uint64_t *) (sp - sizeof(uint64_t)) = registers->regs[CONTEXT_FP];
	registers->sp = sp;
	if (in_code)
		registers->regs[CONTEXT_LR] = registers->pc;
	context_resume_at(context, target);
}

/* What the processor can do: there is no instruction to ask it. */
static inline uint64_t
context_hwcap(void)
{
	return getauxval(AT_HWCAP);
}

static inline const uint32_t *
context_answers(uint64_t *n)
{
	*n = 0;
	return NULL;
}

#endif							/* PGSTD_CONTEXT_ARM64_H */
