/*-------------------------------------------------------------------------
 *
 * code_arm64.h
 *	  How code refers to places outside of it, and becomes executable.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CODE_ARM64_H
#define PGSTD_CODE_ARM64_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* As files say for which machine they are. */
#define CODE_MACHINE		EM_AARCH64

/*
 * Where what refers to other places can begin, and how far away they can be: a
 * call has 26 bits for words.
 */
#define CODE_ALIGN			4
#define CODE_REACH			(UINT64_C(1) << 27)

/* Address space for modules; what lies out of reach from it, stays empty. */
#define CODE_ROOM			CODE_REACH

#define CODE_PAGE			12	/* bits of an address that ADRP leaves to other instructions */

/*
 * Has an instruction refer to an address: B and BL count words from where they
 * are, ADRP pages.  False if that is too far away, or it is another instruction.
 */
static inline bool
code_refer(char *at, uint64_t address)
{
	uint32_t	code;
	int64_t		distance;

	memcpy(&code, at, sizeof(code));
	if ((code & 0x7c000000) == 0x14000000)
	{
		distance = (int64_t) (address - (uint64_t) at);
		if (distance % 4 != 0 || distance < -(int64_t) CODE_REACH || distance >= (int64_t) CODE_REACH)
			return false;
		code = (code & 0xfc000000) | ((uint32_t) (distance / 4) & 0x03ffffff);
	}
	else if ((code & 0x9f000000) == 0x90000000)
	{
		distance = (int64_t) ((address >> CODE_PAGE) - ((uint64_t) at >> CODE_PAGE));
		if (distance < -(INT64_C(1) << 20) || distance >= INT64_C(1) << 20)
			return false;
		code = (code & 0x9f00001f) | ((uint32_t) distance & 3) << 29 | ((uint32_t) (distance >> 2) & 0x7ffff) << 5;
	}
	else
		return false;
	memcpy(at, &code, sizeof(code));
	return true;
}

/*
 * Tells the processor that code has been written: it fetches instructions past what
 * it has of the data, and may have at hand what was at these addresses before.
 * Compilers' __builtin___clear_cache would be a call of a library.
 */
static inline void
code_written(char *start, size_t size)
{
	uint64_t	lines;
	uint64_t	end = (uint64_t) start + size;
	uint64_t	line;

	__asm__ ("mrs %0, ctr_el0" : "=r" (lines));
	line = UINT64_C(4) << (lines >> 16 & 15);
	for (uint64_t at = (uint64_t) start & ~(line - 1); at < end; at += line)
		__asm__ volatile ("dc cvau, %0" : : "r" (at) : "memory");
	__asm__ volatile ("dsb ish" : : : "memory");
	line = UINT64_C(4) << (lines & 15);
	for (uint64_t at = (uint64_t) start & ~(line - 1); at < end; at += line)
		__asm__ volatile ("ic ivau, %0" : : "r" (at) : "memory");
	__asm__ volatile ("dsb ish\n\tisb" : : : "memory");
}

#endif							/* PGSTD_CODE_ARM64_H */
