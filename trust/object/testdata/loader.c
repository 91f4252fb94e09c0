/*
 * Gives the host's loader a file with changes: on standard input, lines of
 * "OFFSET VALUE" (eight bytes, decimal), and "go", which opens the file and takes the
 * changes back.  Writes what the loader says, or "mapped".
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "world.h"

#define MAX_CHANGES	64

int
main(int argc, char **argv)
{
	struct stat info;
	int			fd = argc == 2 ? open(argv[1], O_RDWR) : -1;
	char	   *file;
	uint64_t	offset[MAX_CHANGES];
	uint64_t	saved[MAX_CHANGES];
	int			changes = 0;
	char		word[32];

	if (fd < 0 || fstat(fd, &info) != 0)
		return 2;
	file = mmap(NULL, (size_t) info.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (file == MAP_FAILED)
		return 2;
	while (scanf("%31s", word) == 1)
	{
		PgstdImage	image = {0};
		char		buf[256];
		const char *problem;

		if (strcmp(word, "go") != 0)
		{
			uint64_t	value;

			if (changes == MAX_CHANGES || scanf("%" SCNu64, &value) != 1)
				return 2;
			offset[changes] = strtoull(word, NULL, 10);
			if (offset[changes] > (uint64_t) info.st_size - 8)
				return 2;
			memcpy(&saved[changes], file + offset[changes], 8);
			memcpy(file + offset[changes], &value, 8);
			changes++;
			continue;
		}
		problem = pgstd_image_open(fd, &image);
		if (problem == NULL)
			problem = pgstd_object_check(image.object, buf, sizeof(buf));
		printf("%s\n", problem != NULL ? problem : "mapped");
		fflush(stdout);
		pgstd_image_close(&image);
		while (changes > 0)
		{
			changes--;
			memcpy(file + offset[changes], &saved[changes], 8);
		}
	}
	return 0;
}
