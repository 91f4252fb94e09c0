/*-------------------------------------------------------------------------
 *
 * places.c
 *	  Which files a test build may reach.
 *
 * Folders are named on the command line; the world has descriptors and a current
 * folder of its own.  A path is resolved by the kernel to a descriptor that gives no
 * access (O_PATH), and the kernel is then asked what was found: links and ".." are
 * thereby followed before, not after, the place is compared with the folders.
 * What is used afterwards is that same descriptor, so nothing can be exchanged
 * in between.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "places.h"

#define MAX_FOLDERS		32

typedef struct Folder
{
	char	   *path;			/* as the kernel calls it, without a link */
	size_t		size;
	bool		writable;
} Folder;

static Folder folders[MAX_FOLDERS];
static int	nfolders;

/* The world's current folder, which gives no access: its path can be too long for a name. */
static int	current = -1;

/* What is known of a descriptor. */
typedef struct Descriptor
{
	bool		opened;			/* for the world */
	bool		changeable;		/* the world may change what it leads to */
} Descriptor;

/* By number; as many as there have been. */
static Descriptor *descriptors;
static int	ndescriptors;

/* Lets the world reach a folder.  The first one is its current folder. */
bool
pgstd_places_add(const char *folder, bool writable)
{
	char	   *path = realpath(folder, NULL);

	if (path == NULL || nfolders == MAX_FOLDERS)
	{
		fprintf(stderr, "pgstd-run: cannot use folder %s: %s\n", folder,
				path == NULL ? strerror(errno) : "there are too many");
		free(path);
		return false;
	}
	folders[nfolders++] = (Folder) {path, strlen(path), writable};
	if (nfolders == 1)
		current = open(path, O_PATH | O_CLOEXEC);
	return true;
}

/* Is there anything that the world may reach? */
bool
pgstd_places_any(void)
{
	return nfolders > 0;
}

/* The folder that holds a path, or NULL.  The one with the longest name decides. */
static const Folder *
folder_of(const char *path)
{
	const Folder *found = NULL;

	for (int i = 0; i < nfolders; i++)
	{
		const Folder *f = &folders[i];

		if (strncmp(path, f->path, f->size) == 0 &&
			(path[f->size] == '/' || path[f->size] == '\0') &&
			(found == NULL || f->size > found->size))
			found = f;
	}
	return found;
}

bool
pgstd_place_is_open(int64_t fd)
{
	return fd >= 0 && fd < ndescriptors && descriptors[fd].opened;
}

/* May the world change what it leads to?  It is open. */
bool
pgstd_place_is_changeable(int fd)
{
	return descriptors[fd].changeable;
}

/* The world has closed it. */
void
pgstd_place_forget(int fd)
{
	descriptors[fd].opened = false;
}

/* Hands a descriptor to the world, or says why not. */
int64_t
pgstd_place_give(int fd, bool writable)
{
	if (fd < 0)
		return -errno;
	if (fd >= ndescriptors)
	{
		int			size = fd < 512 ? 1024 : 2 * fd;
		Descriptor *more = realloc(descriptors, (size_t) size * sizeof(Descriptor));

		if (more == NULL)
		{
			close(fd);
			return -ENOMEM;
		}
		memset(more + ndescriptors, 0, (size_t) (size - ndescriptors) * sizeof(Descriptor));
		descriptors = more;
		ndescriptors = size;
	}
	descriptors[fd] = (Descriptor) {true, writable};
	return fd;
}

/* What the kernel calls a descriptor's file. */
bool
pgstd_place_name(int fd, char *path)
{
	char		link[64];
	ssize_t		n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n <= 0)
		return false;
	path[n] = '\0';
	return true;
}

static bool
is_allowed(const char *name, PlacePurpose purpose)
{
	const Folder *folder = folder_of(name);
	size_t		size = strlen(name);

	if (folder != NULL && (folder->writable || purpose != PLACE_CHANGE))
		return true;
	if (purpose == PLACE_LOOK)
		for (int i = 0; i < nfolders; i++)
			if (size == 1 || (strncmp(folders[i].path, name, size) == 0 && folders[i].path[size] == '/'))
				return true;
	return strcmp(name, "/dev/null") == 0;
}

/*
 * May the world use for a purpose what a descriptor leads to?  A folder whose path the kernel cannot tell,
 * as it is too long, may be what the first one above it may that has one.
 */
static bool
allowed(int fd, PlacePurpose purpose)
{
	char		name[PATH_MAX];
	int			up = fd;
	int			next;

	while (!pgstd_place_name(up, name))
	{
		next = errno == ENAMETOOLONG ? openat(up, "..", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
		if (up != fd)
			close(up);
		if (next < 0)
			return false;
		up = next;
	}
	if (up != fd)
		close(up);
	return is_allowed(name, purpose);
}

/*
 * Finds a file and returns a descriptor that gives no access, or -errno.
 */
int
pgstd_place_find(int64_t dirfd, const char *path, bool nofollow, PlacePurpose purpose)
{
	int			fd;

	if (nfolders == 0)
		return -EPERM;
	if (dirfd == AT_FDCWD || path[0] == '/')
	{
		if (path[0] == '\0')
			return -ENOENT;
		dirfd = current;
	}
	else if (!pgstd_place_is_open(dirfd))
		return -EBADF;
	fd = openat((int) dirfd, path, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0));
	if (fd < 0)
		return -errno;
	if (allowed(fd, purpose))
		return fd;
	close(fd);
	return -EPERM;
}

/*
 * Finds the folder that holds the last part of a path, which need not exist.
 * Slashes at its end stay: the calls that this is for know what they mean, and
 * follow no link because of them.
 */
int
pgstd_place_find_parent(int64_t dirfd, const char *path, char *last)
{
	char		parent[PATH_MAX];
	size_t		size = strlen(path);
	size_t		start;
	size_t		end = size;

	if (size == 0)
		return -ENOENT;
	if (size >= PATH_MAX)
		return -ENAMETOOLONG;
	while (end > 0 && path[end - 1] == '/')
		end--;
	start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (start == end || (end - start == 1 && path[start] == '.') ||
		(end - start == 2 && strncmp(path + start, "..", 2) == 0))
		return -EINVAL;
	strcpy(last, path + start);
	memcpy(parent, path, start);
	strcpy(parent + start, start == 0 ? "." : "");
	return pgstd_place_find(dirfd, parent, false, PLACE_CHANGE);
}

int64_t
pgstd_place_get_current(char *buf, size_t size)
{
	char		name[PATH_MAX];
	struct stat info;
	size_t		n;

	if (nfolders == 0)
		return -EPERM;
	if (fstat(current, &info) == 0 && info.st_nlink == 0)
		return -ENOENT;
	if (!pgstd_place_name(current, name))
		return -errno;
	n = strlen(name) + 1;
	if (size < n)
		return -ERANGE;
	memcpy(buf, name, n);
	return (int64_t) n;
}

/* The process stays where it is; only the world's idea of the folder changes. */
int64_t
pgstd_place_change_current(int fd)
{
	struct stat info;

	if (fd < 0)
		return fd;
	if (fstat(fd, &info) != 0 || !S_ISDIR(info.st_mode))
	{
		close(fd);
		return -ENOTDIR;
	}
	close(current);
	current = fd;
	return 0;
}

/* Goes to the world's current folder, and returns the process's own to go back to. */
int
pgstd_place_enter_current(void)
{
	int			before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (before >= 0 && fchdir(current) == 0)
		return before;
	if (before >= 0)
		close(before);
	return -errno;
}

/* Goes back.  Names of folders on the command line begin there. */
void
pgstd_place_leave_current(int before)
{
	if (fchdir(before) < 0)
		abort();
	close(before);
}
