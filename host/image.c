/*-------------------------------------------------------------------------
 *
 * image.c
 *	  Images of objects that the dynamic loader does not make.
 *
 * Two worlds of one object at the same time need two copies of its writable
 * data, at addresses of their own.  The dynamic loader maps a file only once, so
 * further images are mapped here: the same file, the same pages of code, private
 * data.  That takes little, as the Go part of an object refers to nothing outside
 * of it: its relocations only add the image's address.  An object that comes as a
 * file of its own is mapped here from the start: it can be unmapped again, and
 * nothing in it runs before it is asked to.
 *
 * Where the object is part of a module, an image has a copy of the host in it.
 * That is never run: Go code reaches the host through hooks, which are those of
 * the loaded module.
 *
 * Relocations copy each page that they write to.  Where these are many, an image can be
 * linked beforehand: its writable segments are saved, relocated for one place, and
 * other processes map them there.  Then a page is copied when Go code writes to it,
 * and a world that starts again has the kernel read those pages anew, so that
 * nobody keeps a copy of them.
 *
 *-------------------------------------------------------------------------
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world.h"

const char pgstd_image_no_memory[] = "there is no memory, or no address space, to map it";

#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE	0x100000
#endif

/* What the dynamic loader knows of the file that an address lies in. */
typedef struct Loaded
{
	uint64_t	address;		/* in: what to look for */
	uint64_t	base;			/* 0: the loader has nothing to do with the file */
	const ElfW(Phdr) *headers;
	int			nheaders;
	const char *path;
	uint64_t	span;			/* bytes from base to the end of the last segment */
	uint64_t	room;			/* bytes behind that which are to be kept free */
	uint64_t	place;			/* where it has to lie; 0: anywhere */
	int			linked;			/* file with its writable segments, linked for that place; -1: none */
	uint64_t	linked_used;	/* bytes of it that have been mapped */
	const ElfW(Dyn) *dynamic;
	uint64_t	ndynamic;		/* entries */
} Loaded;

static uint64_t
page_down(uint64_t n)
{
	return n & ~(pgstd_page_size() - 1);
}

static uint64_t
page_up(uint64_t n)
{
	return page_down(n + pgstd_page_size() - 1);
}

static int
find_loaded(struct dl_phdr_info *info, size_t size, void *arg)
{
	Loaded	   *loaded = arg;
	bool		found = false;

	(void) size;
	for (int i = 0; i < info->dlpi_phnum; i++)
	{
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];
		uint64_t	start = info->dlpi_addr + h->p_vaddr;

		if (h->p_type == PT_LOAD && loaded->address >= start && loaded->address < start + h->p_memsz)
			found = true;
	}
	if (!found)
		return 0;
	loaded->base = info->dlpi_addr;
	loaded->headers = info->dlpi_phdr;
	loaded->nheaders = info->dlpi_phnum;
	loaded->path = info->dlpi_name;
	for (int i = 0; i < info->dlpi_phnum; i++)
	{
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type == PT_LOAD && h->p_vaddr + h->p_memsz > loaded->span)
			loaded->span = h->p_vaddr + h->p_memsz;
		if (h->p_type == PT_DYNAMIC)
		{
			loaded->dynamic = (const ElfW(Dyn) *) (info->dlpi_addr + h->p_vaddr);
			loaded->ndynamic = h->p_memsz / sizeof(ElfW(Dyn));
		}
	}
	return 1;
}

/*
 * Maps a writable segment that is linked already, and ends with whole pages in its file.
 */
static bool
map_linked(Loaded *loaded, const ElfW(Phdr) *h, uint64_t base)
{
	uint64_t	start = page_down(h->p_vaddr);
	uint64_t	filled = page_up(h->p_vaddr + h->p_filesz) - start;
	struct stat info;
	off_t		offset = (off_t) loaded->linked_used;

	loaded->linked_used += filled;
	return fstat(loaded->linked, &info) == 0 && (uint64_t) info.st_size >= loaded->linked_used &&
		mmap((void *) (base + start), filled, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_FIXED, loaded->linked, offset) != MAP_FAILED;
}

/* Maps what a writable segment has behind what the file has of it. */
static bool
map_zero(const ElfW(Phdr) *h, uint64_t base)
{
	uint64_t	filled = page_up(h->p_vaddr + h->p_filesz);
	uint64_t	end = page_up(h->p_vaddr + h->p_memsz);

	return end == filled ||
		mmap((void *) (base + filled), end - filled, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
}

/*
 * Maps one segment of the file, writable for now.  If there is a loaded image, code
 * and constants have to be the same: the file may have been replaced.
 */
static bool
map_segment(Loaded *loaded, const ElfW(Phdr) *h, int fd, uint64_t file_size, uint64_t base)
{
	uint64_t	start = page_down(h->p_vaddr);
	uint64_t	file_end = h->p_vaddr + h->p_filesz;
	bool		writable = (h->p_flags & PF_W) != 0;

	if (writable && loaded->linked >= 0)
		return map_linked(loaded, h, base) && map_zero(h, base);
	if (h->p_offset + h->p_filesz > file_size ||
		mmap((void *) (base + start), page_up(file_end) - start,
			 writable ? PROT_READ | PROT_WRITE : PROT_READ | ((h->p_flags & PF_X) ? PROT_EXEC : 0),
			 MAP_PRIVATE | MAP_FIXED, fd, (off_t) page_down(h->p_offset)) == MAP_FAILED)
		return false;
	if (!writable)
		return loaded->base == 0 || memcmp((void *) (base + h->p_vaddr), (void *) (loaded->base + h->p_vaddr), h->p_filesz) == 0;
	memset((void *) (base + file_end), 0, page_up(file_end) - file_end);
	return map_zero(h, base);
}

/*
 * Is this range, relative to the image, in a part of it that is mapped with such
 * rights?
 */
static bool
in_segment(const Loaded *loaded, uint64_t start, uint64_t size, uint32_t flags)
{
	for (int i = 0; i < loaded->nheaders; i++)
	{
		const ElfW(Phdr) *h = &loaded->headers[i];

		if (h->p_type == PT_LOAD && (h->p_flags & flags) == flags &&
			start >= h->p_vaddr && size <= h->p_memsz && start - h->p_vaddr <= h->p_memsz - size)
			return true;
	}
	return false;
}

/*
 * Relocates an image.  What refers to other files concerns the host's copy only,
 * and is taken over from the loaded image.
 */
static bool
relocate(const Loaded *loaded, uint64_t base)
{
	const ElfW(Rela) *rela[2] = {NULL, NULL};
	uint64_t	size[2] = {0, 0};

	/* glibc has turned the addresses of a loaded image into absolute ones. */
	uint64_t	offset = loaded->base == 0 ? base : 0;

	for (const ElfW(Dyn) *d = loaded->dynamic; d < loaded->dynamic + loaded->ndynamic && d->d_tag != DT_NULL; d++)
	{
		if (d->d_tag == DT_RELA)
			rela[0] = (const ElfW(Rela) *) (d->d_un.d_ptr + offset);
		else if (d->d_tag == DT_RELASZ)
			size[0] = d->d_un.d_val;
		else if (d->d_tag == DT_JMPREL)
			rela[1] = (const ElfW(Rela) *) (d->d_un.d_ptr + offset);
		else if (d->d_tag == DT_PLTRELSZ)
			size[1] = d->d_un.d_val;
		else if (d->d_tag == DT_REL || d->d_tag == DT_RELR || d->d_tag == DT_TEXTREL)
			return false;		/* the driver does not link so */
	}
	for (int i = 0; i < 2; i++)
	{
		uint64_t	table = (uint64_t) rela[i] - offset;

		/* The loader has looked at its own, but nobody at this one. */
		if (loaded->base == 0 && size[i] > 0 &&
			(table % sizeof(uint64_t) != 0 || !in_segment(loaded, table, size[i], PF_R)))
			return false;
		for (uint64_t n = 0; n < size[i] / sizeof(ElfW(Rela)); n++)
		{
			uint64_t   *at = (uint64_t *) (base + rela[i][n].r_offset);

			if (loaded->base == 0 &&
				(rela[i][n].r_offset % sizeof(uint64_t) != 0 ||
				 !in_segment(loaded, rela[i][n].r_offset, sizeof(uint64_t), PF_W)))
				return false;
			if (ELF64_R_TYPE(rela[i][n].r_info) == PGSTD_R_RELATIVE)
				*at = base + (uint64_t) rela[i][n].r_addend;
			else if (loaded->base != 0)
				*at = *(const uint64_t *) (loaded->base + rela[i][n].r_offset);
			else
				return false;	/* an object refers to nothing but itself */
		}
	}
	return true;
}

static bool
fill_image(Loaded *loaded, int fd, uint64_t base)
{
	struct stat info;
	uint64_t	dynamic = (uint64_t) loaded->dynamic;

	if (fstat(fd, &info) != 0)
		return false;
	for (int i = 0; i < loaded->nheaders; i++)
		if (loaded->headers[i].p_type == PT_LOAD &&
			!map_segment(loaded, &loaded->headers[i], fd, (uint64_t) info.st_size, base))
			return false;
	if (loaded->base == 0)
		loaded->dynamic = (const ElfW(Dyn) *) (base + dynamic);
	if (loaded->linked < 0 && !relocate(loaded, base))
		return false;
	for (int i = 0; i < loaded->nheaders; i++)
	{
		const ElfW(Phdr) *h = &loaded->headers[i];

		if (h->p_type == PT_GNU_RELRO &&
			mprotect((void *) (base + page_down(h->p_vaddr)),
					 page_down(h->p_vaddr + h->p_memsz) - page_down(h->p_vaddr), PROT_READ) != 0)
			return false;
	}
	return true;
}

/* Makes an image of the file and returns its address, or 0. */
static uint64_t
make_image(Loaded *loaded, int fd, const PgstdImage *image)
{
	uint64_t	size = page_up(loaded->span) + loaded->room;
	int			fixed = loaded->place != 0 ? MAP_FIXED_NOREPLACE : 0;
	void	   *space = image->place != NULL ? image->place(size) :
		mmap((void *) loaded->place, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | fixed, -1, 0);

	if (space == MAP_FAILED)
		return 0;
	/* To kernels that do not know the flag, the place is a wish. */
	if ((loaded->place == 0 || (uint64_t) space == loaded->place) && fill_image(loaded, fd, (uint64_t) space))
		return (uint64_t) space;
	munmap(space, size);
	return 0;
}

/* How much of the segment that begins so is read-only after relocation. */
static uint64_t
sealed(const Loaded *loaded, uint64_t start)
{
	for (int i = 0; i < loaded->nheaders; i++)
	{
		const ElfW(Phdr) *h = &loaded->headers[i];

		if (h->p_type == PT_GNU_RELRO && page_down(h->p_vaddr) == start)
			return page_down(h->p_vaddr + h->p_memsz) - start;
	}
	return 0;
}

static bool
note_part(PgstdImage *image, const PgstdImagePart *part)
{
	if (image->nparts == PGSTD_IMAGE_PARTS)
		return false;
	image->parts[image->nparts++] = *part;
	return true;
}

/*
 * Notes what an image consists of, for another process that maps the same.  Of a segment that
 * is linked, what nobody writes to any more is a part by itself.
 */
static bool
note_parts(const Loaded *loaded, uint64_t base, PgstdImage *image)
{
	uint64_t	linked = 0;

	image->space = (void *) base;
	image->span = page_up(loaded->span) + loaded->room;
	image->nparts = 0;
	for (int i = 0; i < loaded->nheaders; i++)
	{
		const ElfW(Phdr) *h = &loaded->headers[i];
		uint64_t	start = page_down(h->p_vaddr);

		PgstdImagePart part = {
			.address = base + start,
			.size = page_up(h->p_vaddr + h->p_memsz) - start,
			.offset = page_down(h->p_offset),
			.filled = page_up(h->p_vaddr + h->p_filesz) - start,
			.writable = (h->p_flags & PF_W) != 0,
			.executable = (h->p_flags & PF_X) != 0,
			.sealed = sealed(loaded, start),
		};

		if (h->p_type != PT_LOAD)
			continue;
		if (part.writable && loaded->linked >= 0)
		{
			PgstdImagePart constants = {
				.address = part.address,
				.size = part.sealed,
				.offset = linked,
				.filled = part.sealed,
				.linked = 1,
			};

			linked += part.filled;
			if (part.sealed > part.filled || (part.sealed > 0 && !note_part(image, &constants)))
				return false;
			part.address += part.sealed;
			part.size -= part.sealed;
			part.filled -= part.sealed;
			part.sealed = 0;
		}
		if (!note_part(image, &part))
			return false;
	}
	return true;
}

static bool
keep_files(int fd, int linked, PgstdImage *image)
{
	image->linked = -1;
	if (!image->wants_file)
		return true;
	image->file = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (image->file < 0)
		return false;
	if (linked < 0)
		return true;
	image->linked = fcntl(linked, F_DUPFD_CLOEXEC, 0);
	if (image->linked < 0)
		close(image->file);
	return image->linked >= 0;
}

/*
 * Makes a further image of a loaded object.  False if there is no memory or the file is
 * no longer the one that was loaded.
 */
bool
pgstd_image_again(const PgstdObject *object, PgstdImage *image)
{
	Loaded		loaded = {.address = (uint64_t) object, .linked = -1};
	uint64_t	base;
	int			fd;

	if (dl_iterate_phdr(find_loaded, &loaded) == 0 || loaded.dynamic == NULL)
		return false;
	fd = open(loaded.path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	base = make_image(&loaded, fd, image);
	if (base != 0 && !(note_parts(&loaded, base, image) && keep_files(fd, -1, image)))
	{
		munmap((void *) base, page_up(loaded.span));
		base = 0;
	}
	close(fd);
	image->object = (const PgstdObject *) (base + (uint64_t) object - loaded.base);
	return base != 0;
}

/*
 * Makes a further image of a loaded object and returns its descriptor, or NULL
 * if there is no memory or the file is no longer the one that was loaded.  An
 * image stays for the life of the process.
 */
const PgstdObject *
pgstd_image_clone(const PgstdObject *object)
{
	PgstdImage	image = {.wants_file = false};

	return pgstd_image_again(object, &image) ? image.object : NULL;
}

/* An object's file has few segments, and is not larger than this in memory. */
#define MAX_HEADERS		PGSTD_IMAGE_PARTS
#define MAX_SPAN		(UINT64_C(1) << 31)

/*
 * Finds out from a file's headers what the loader would know.  They are taken at
 * their word only as far as no address leaves the image.
 */
static bool
read_headers(int fd, Loaded *loaded, ElfW(Phdr) *headers, uint64_t *entry)
{
	ElfW(Ehdr) file;
	size_t		size;

	if (pread(fd, &file, sizeof(file), 0) != (ssize_t) sizeof(file) ||
		file.e_phnum == 0 || file.e_phnum > MAX_HEADERS)
		return false;
	size = file.e_phnum * sizeof(ElfW(Phdr));
	if (pread(fd, headers, size, (off_t) file.e_phoff) != (ssize_t) size)
		return false;
	loaded->headers = headers;
	loaded->nheaders = file.e_phnum;
	*entry = file.e_entry;
	for (int i = 0; i < file.e_phnum; i++)
	{
		const ElfW(Phdr) *h = &headers[i];

		if (h->p_vaddr > MAX_SPAN || h->p_memsz > MAX_SPAN || h->p_filesz > h->p_memsz)
			return false;
		/* Else the page behind the file's last could get mapped. */
		if (h->p_type == PT_LOAD && ((h->p_offset ^ h->p_vaddr) & (pgstd_page_size() - 1)) != 0)
			return false;
		if (h->p_type == PT_LOAD && h->p_vaddr + h->p_memsz > loaded->span)
			loaded->span = h->p_vaddr + h->p_memsz;
	}
	for (int i = 0; i < file.e_phnum; i++)
	{
		const ElfW(Phdr) *h = &headers[i];

		if (h->p_vaddr + h->p_memsz > loaded->span)
			return false;
		if (h->p_type != PT_DYNAMIC)
			continue;
		if (h->p_vaddr % sizeof(uint64_t) != 0 || !in_segment(loaded, h->p_vaddr, h->p_memsz, PF_R))
			return false;
		loaded->dynamic = (const ElfW(Dyn) *) h->p_vaddr;
		loaded->ndynamic = h->p_memsz / sizeof(ElfW(Dyn));
	}
	return loaded->dynamic != NULL && *entry % sizeof(uint64_t) == 0 &&
		in_segment(loaded, *entry, sizeof(PgstdObject), PF_R);
}

/*
 * Finds the pages of a linked image that Go code writes to, and whether the kernel takes
 * such pages back.
 */
static bool
find_fresh(PgstdImage *image)
{
	for (int i = 0; i < image->nparts; i++)
	{
		const PgstdImagePart *part = &image->parts[i];

		if (!part->writable)
			continue;
		if (image->fresh.end != 0)
			return false;		/* the kit links one such segment */
		image->fresh = (PgstdRange) {part->address, part->address + part->size};
	}
	return image->fresh.end > image->fresh.start && pgstd_memory_renew(&image->fresh);
}

/*
 * Makes an image of an object's own file, whose ELF entry is the object's
 * descriptor.  Says what is wrong, or NULL if *image is there.
 */
const char *
pgstd_image_open(int fd, PgstdImage *image)
{
	return pgstd_image_open_at(fd, 0, -1, image);
}

/*
 * The same at a place, if that is not 0.  "linked" is a file of the writable parts that an
 * image there had before anything ran in it, one after the other, or -1: that it is such a
 * file is for the caller to know.
 */
const char *
pgstd_image_open_at(int fd, uint64_t place, int linked, PgstdImage *image)
{
	ElfW(Phdr) headers[MAX_HEADERS];
	Loaded		loaded = {.place = place, .linked = linked};
	uint64_t	entry;
	uint64_t	base;
	const char *problem = pgstd_file_check_fd(fd);

	if (problem != NULL)
		return problem;
	if (!read_headers(fd, &loaded, headers, &entry))
		return "its headers are damaged";
	loaded.room = page_up(image->room);
	errno = 0;
	base = make_image(&loaded, fd, image);
	if (base == 0)
		return errno == ENOMEM ? pgstd_image_no_memory : "it cannot be mapped";
	image->fresh = (PgstdRange) {0};
	if (!note_parts(&loaded, base, image) || (linked >= 0 && !find_fresh(image)) || !keep_files(fd, linked, image))
	{
		munmap((void *) base, page_up(loaded.span) + loaded.room);
		image->space = NULL;
		return "its file cannot be kept";
	}
	image->object = (const PgstdObject *) (base + entry);
	return NULL;
}

/* Unmaps an image.  No world of it may be left. */
void
pgstd_image_close(PgstdImage *image)
{
	if (image->space != NULL)
	{
		munmap(image->space, image->span);
		if (image->wants_file)
			close(image->file);
		if (image->wants_file && image->linked >= 0)
			close(image->linked);
	}
	*image = (PgstdImage) {0};
}
