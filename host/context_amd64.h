/*-------------------------------------------------------------------------
 *
 * context_amd64.h
 *	  Where an interrupted thread stands, and how to make it go on elsewhere.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CONTEXT_AMD64_H
#define PGSTD_CONTEXT_AMD64_H

#include <stdint.h>
#include <ucontext.h>

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

static inline void
context_resume_at(ucontext_t *context, const void *pc)
{
	context->uc_mcontext.gregs[REG_RIP] = (greg_t) pc;
}

/*
 * Makes it look as if the code at return_pc had called target.  The caller has
 * checked that there is room on the stack.
 */
static inline void
context_push_call(ucontext_t *context, const void *target, uint64_t return_pc)
{
	uint64_t	sp = context_sp(context) - sizeof(uint64_t);

	*(uint64_t *) sp = return_pc;
	context->uc_mcontext.gregs[REG_RSP] = (greg_t) sp;
	context_resume_at(context, target);
}

#endif							/* PGSTD_CONTEXT_AMD64_H */
