/*-------------------------------------------------------------------------
 *
 * file.c
 *	  A look at an object's file before the dynamic loader gets it.
 *
 * The loader maps what the headers say.  Where the file is shorter than that,
 * the process dies of SIGBUS when it touches the missing part.
 *
 *-------------------------------------------------------------------------
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world.h"

#define MAX_HEADERS		64

/* Says what is wrong with a file, or NULL if the loader can be given it. */
const char *
pgstd_file_check_fd(int fd)
{
	struct stat info;
	Elf64_Ehdr	file;
	Elf64_Phdr	headers[MAX_HEADERS];

	if (fstat(fd, &info) != 0)
		return strerror(errno);
	if (pread(fd, &file, sizeof(file), 0) != (ssize_t) sizeof(file) ||
		memcmp(file.e_ident, ELFMAG, SELFMAG) != 0 ||
		file.e_ident[EI_CLASS] != ELFCLASS64 || file.e_phentsize != sizeof(Elf64_Phdr))
		return "it is not a 64-bit ELF file";
	if (file.e_phnum == 0 || file.e_phnum > MAX_HEADERS ||
		pread(fd, headers, file.e_phnum * sizeof(Elf64_Phdr), (off_t) file.e_phoff) !=
		(ssize_t) (file.e_phnum * sizeof(Elf64_Phdr)))
		return "its program headers are damaged";
	for (int i = 0; i < file.e_phnum; i++)
		if (headers[i].p_offset > (uint64_t) info.st_size ||
			headers[i].p_filesz > (uint64_t) info.st_size - headers[i].p_offset)
			return "it has been cut short";
	return NULL;
}

/* The same for a file that has yet to be opened. */
const char *
pgstd_file_check(const char *path)
{
	const char *problem;
	int			fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return strerror(errno);
	problem = pgstd_file_check_fd(fd);
	close(fd);
	return problem;
}
