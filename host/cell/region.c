/*-------------------------------------------------------------------------
 *
 * region.c
 *	  A region: mapped as the backend has it, and a world in it.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cell.h"

/* Takes what the backend has sent: a description, and descriptors.  Returns how many of these there are; 0: it is something else. */
static uint32_t
receive(void *description, size_t size, int *fds)
{
	union
	{
		struct cmsghdr header;
		char		space[CMSG_SPACE(PGSTD_CELL_FILES * sizeof(int))];
	}			control;
	struct iovec part = {description, size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *header;
	ssize_t		n;

	while ((n = recvmsg(PGSTD_CELL_SOCKET, &message, 0)) < 0 && errno == EINTR)
		;
	header = CMSG_FIRSTHDR(&message);
	if (n != (ssize_t) size || header == NULL)
		return 0;
	memcpy(fds, CMSG_DATA(header), header->cmsg_len - CMSG_LEN(0));
	return (uint32_t) ((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
}

static void
close_all(const int *fds, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		close(fds[i]);
}

static bool
map(uint64_t at, uint64_t size, int protection, int flags, int fd, uint64_t offset)
{
	return mmap((void *) at, size, protection, flags, fd, (off_t) offset) == (void *) at;
}

/* The address space is free, and if it were not, what is there would not be lost. */
static bool
map_all(const PgstdCellRegion *region, const int *fds)
{
	uint64_t	offset = 0;

	if (!map(region->base - region->call_area, region->size + region->call_area, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED_NOREPLACE, fds[0], region->offset))
		return false;
	if (region->room.end > region->room.start &&
		!map(region->room.start, region->room.end - region->room.start, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_FIXED_NOREPLACE, fds[0], region->offset + region->call_area + region->size))
		return false;
	for (uint32_t i = 0; i < region->nparts; i++)
	{
		const PgstdImagePart *part = &region->parts[i];

		if (part->writable)
		{
			if (!map(part->address, part->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED_NOREPLACE, fds[0], offset) ||
				(part->sealed > 0 && mprotect((void *) part->address, part->sealed, PROT_READ) != 0))
				return false;
			offset += part->size;
		}
		else if (!map(part->address, part->filled, PROT_READ | (part->executable ? PROT_EXEC : 0),
					  MAP_PRIVATE | MAP_FIXED_NOREPLACE, fds[part->linked ? 2 : 1], part->offset))
			return false;
	}
	return true;
}

/* Maps the region that comes by the socket.  NULL: errno says why not. */
CellWorld *
pgstd_cell_map(void)
{
	CellWorld  *cw = calloc(1, sizeof(*cw));
	int			fds[PGSTD_CELL_FILES];
	uint32_t	n;
	bool		mapped;
	int			why;

	if (cw == NULL)
		return NULL;
	n = receive(&cw->region, sizeof(cw->region), fds);
	if (n == 0 || n != cw->region.nfiles)
	{
		close_all(fds, n);
		free(cw);
		errno = EPROTO;
		return NULL;
	}
	mapped = map_all(&cw->region, fds);
	why = errno;
	close_all(fds, n);
	if (!mapped)
	{
		free(cw);
		errno = why;
		return NULL;
	}
	pgstd_world_init(&cw->world, cw->region.object, &pgstd_cell_platform, cw);
	cw->world.once = true;
	cw->world.settings = cw->region.settings;
	cw->heap.start = cw->region.base;
	cw->heap.end = cw->region.base + cw->region.size;
	cw->world.next = pgstd_cell_worlds;
	pgstd_cell_worlds = &cw->world;
	return cw;
}

/*
 * Maps the module that comes by the socket.  The file is the one that the backend has looked at,
 * so that both know where it comes to lie.
 */
PgstdModuleProblem
pgstd_cell_load(CellWorld *cw, PgstdModule **module)
{
	PgstdModuleFile file;
	int			fds[PGSTD_CELL_FILES];
	uint32_t	n = receive(&file, sizeof(file), fds);
	PgstdModuleProblem problem = PGSTD_MODULE_UNMAPPABLE;

	if (n == 1)
	{
		file.fd = fds[0];
		problem = pgstd_module_map(&cw->world, &file, module);
	}
	close_all(fds, n);
	return problem;
}

/* Nothing is left of a world but the address space, which another may have. */
void
pgstd_cell_unmap(CellWorld *cw)
{
	PgstdWorld **link = &pgstd_cell_worlds;
	PgstdRegion *reservation;

	while (*link != &cw->world)
		link = &(*link)->next;
	*link = cw->world.next;
	while ((reservation = cw->world.reservations) != NULL)
	{
		cw->world.reservations = reservation->next;
		munmap(reservation->addr, reservation->size);
	}
	pgstd_modules_drop(&cw->world);
	pgstd_heap_drop(&cw->heap);
	pgstd_output_drop(&cw->world);
	pgstd_world_end(&cw->world);
	munmap((void *) (cw->region.base - cw->region.call_area), cw->region.size + cw->region.call_area);
	munmap((void *) cw->region.room.start, cw->region.room.end - cw->region.room.start);
	for (uint32_t i = 0; i < cw->region.nparts; i++)
		munmap((void *) cw->region.parts[i].address, cw->region.parts[i].size);
	free(cw);
}
