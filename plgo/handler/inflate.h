/*-------------------------------------------------------------------------
 *
 * inflate.h
 *	  Data that are compressed as RFC 1951 (DEFLATE) and RFC 1952 (gzip) say.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PLGO_INFLATE_H
#define PLGO_INFLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether data begin as those that "gzip" makes do, and how many bytes they say they hold. */
extern bool plgo_gzip_holds(const void *data, size_t size, size_t *holds);

/*
 * Writes what such data hold to "out", which has just that many bytes.  False if it is not that many, or
 * the data are damaged otherwise.  Their checksum is not looked at.  Blocks that hold nothing take long, for
 * data of their size: "between" is called before each block, and need not return.
 */
extern bool plgo_gzip_read(const void *data, size_t size, void *out, size_t holds, void (*between) (void));

#endif							/* PLGO_INFLATE_H */
