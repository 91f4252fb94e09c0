/*-------------------------------------------------------------------------
 *
 * pages.c
 *	  Anonymous memory for test builds.
 *
 * Some tests look for reads beyond the end of a slice by placing it before a
 * page that cannot be touched.  They get pages of their own and may change the
 * protection of these, but never make them executable.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "files.h"

#define MAX_MAPPINGS	64

static struct
{
	uint64_t	addr;
	uint64_t	size;
}			mappings[MAX_MAPPINGS];

/* The mapping that a range lies in, or -1. */
static int
mapping_of(uint64_t addr, uint64_t size)
{
	for (int i = 0; i < MAX_MAPPINGS; i++)
		if (mappings[i].size > 0 && addr >= mappings[i].addr &&
			size <= mappings[i].size && addr - mappings[i].addr <= mappings[i].size - size)
			return i;
	return -1;
}

static int64_t
map(const uint64_t *a)
{
	int			flags = (int) a[3];
	void	   *addr;
	int			i = 0;

	while (i < MAX_MAPPINGS && mappings[i].size > 0)
		i++;
	if (i == MAX_MAPPINGS)
		return -ENOMEM;
	if (a[0] != 0 || (a[2] & PROT_EXEC) != 0 ||
		(flags != (MAP_PRIVATE | MAP_ANONYMOUS) && flags != (MAP_SHARED | MAP_ANONYMOUS)))
		return -EPERM;
	addr = mmap(NULL, a[1], (int) a[2], flags, -1, 0);
	if (addr == MAP_FAILED)
		return -errno;
	mappings[i].addr = (uint64_t) addr;
	mappings[i].size = a[1];
	return (int64_t) addr;
}

/* One of mmap, munmap and mprotect. */
int64_t
pgstd_pages_system(int64_t number, const uint64_t *a)
{
	int			i;

	if (number == SYS_mmap)
		return map(a);
	i = mapping_of(a[0], a[1]);
	if (i < 0)
		return -EPERM;
	if (number == SYS_mprotect)
	{
		if (a[2] & PROT_EXEC)
			return -EPERM;
		return mprotect((void *) a[0], a[1], (int) a[2]) < 0 ? -errno : 0;
	}
	/* Only as a whole, so that the table stays true. */
	if (a[0] != mappings[i].addr || a[1] != mappings[i].size)
		return -EPERM;
	mappings[i].size = 0;
	return munmap((void *) a[0], a[1]) < 0 ? -errno : 0;
}
