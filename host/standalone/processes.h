/*-------------------------------------------------------------------------
 *
 * processes.h
 *	  Programs that a test build starts; see processes.c and inherit.c.
 *
 * What returns a number returns -errno instead where something is wrong.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_PROCESSES_H
#define PGSTD_PROCESSES_H

#include "../world.h"

/*
 * What a host tells one that it starts, besides its own options: how many descriptors it has
 * inherited (c), the world's current folder (w), its name (a) and its environment (e).
 */
#define PGSTD_CHILD_OPTIONS	"c:w:a:e:"

extern bool pgstd_process_option(int option, char *value);
extern bool pgstd_process_begin(const char *program);
extern bool pgstd_process_is_child(void);
extern const char *pgstd_process_name(const char *program);
extern const char *pgstd_process_program(void);
extern bool pgstd_process_has_child(int64_t pid);
extern void pgstd_process_write(int fd, const char *data, size_t size);
extern int64_t pgstd_process_system(int64_t number, const uint64_t *args);

#endif							/* PGSTD_PROCESSES_H */
