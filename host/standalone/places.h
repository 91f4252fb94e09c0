/*-------------------------------------------------------------------------
 *
 * places.h
 *	  Which files a test build may reach; see places.c.
 *
 * What returns a number returns -errno instead where something is wrong.
 *
 *-------------------------------------------------------------------------
 */
#ifndef PGSTD_PLACES_H
#define PGSTD_PLACES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a caller of pgstd_place_find() is about to do. */
typedef enum PlacePurpose
{
	PLACE_LOOK,					/* ask what it is: also of folders further up */
	PLACE_READ,
	PLACE_CHANGE
} PlacePurpose;

extern bool pgstd_places_add(const char *folder, bool writable);
extern bool pgstd_places_any(void);

/* By path; last has room for PATH_MAX bytes, as path of pgstd_place_name(). */
extern int	pgstd_place_find(int64_t dirfd, const char *path, bool nofollow, PlacePurpose purpose);
extern int	pgstd_place_find_parent(int64_t dirfd, const char *path, char *last);
extern bool pgstd_place_name(int fd, char *path);
extern int64_t pgstd_place_get_current(char *buf, size_t size);
extern int64_t pgstd_place_change_current(int fd);
extern int	pgstd_place_enter_current(void);
extern void pgstd_place_leave_current(int before);

/* The world's descriptors. */
extern int64_t pgstd_place_give(int fd, bool writable);
extern bool pgstd_place_is_open(int64_t fd);
extern bool pgstd_place_is_changeable(int fd);
extern void pgstd_place_forget(int fd);

#endif							/* PGSTD_PLACES_H */
