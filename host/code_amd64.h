/*-------------------------------------------------------------------------
 *
 * code_amd64.h
 *	  How code refers to places outside of it, and becomes executable.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_CODE_AMD64_H
#define PGSTD_CODE_AMD64_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* As files say for which machine they are. */
#define CODE_MACHINE		EM_X86_64

/* Where what refers to other places can begin, and how far away they can be. */
#define CODE_ALIGN			1
#define CODE_REACH			(UINT64_C(1) << 31)

/* Address space for modules: with a base, less than that. */
#define CODE_ROOM			(UINT64_C(1) << 30)

/* Has code refer to an address: 32 bits of it are the distance.  False if that is too far away. */
static inline bool
code_refer(char *at, uint64_t address)
{
	int64_t		distance = (int64_t) (address - (uint64_t) at);
	int32_t		written = (int32_t) distance;

	memcpy(at, &written, sizeof(written));
	return distance == written;
}

/* Tells the processor that code has been written; this one notices. */
static inline void
code_written(char *start, size_t size)
{
	(void) start;
	(void) size;
}

#endif							/* PGSTD_CODE_AMD64_H */
