/*-------------------------------------------------------------------------
 *
 * signature.h
 *	  Whether a file may be loaded: see signature.c.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_SIGNATURE_H
#define PGSTD_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PGSTD_KEYS_SIZE	64

extern bool pgstd_signature_wanted(void);
extern void pgstd_signature_require(const char *what, const void *data, size_t size,
									const char *signature, size_t signature_size, const char *about);
extern void pgstd_signature_require_open(const char *path, int fd, const char *about);
extern void pgstd_signature_require_file(const char *path);
extern bool pgstd_signature_keys(uint8_t digest[PGSTD_KEYS_SIZE]);
extern bool pgstd_signature_says(const char *path, const char *about);

#endif							/* PGSTD_SIGNATURE_H */
