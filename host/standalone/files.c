/*-------------------------------------------------------------------------
 *
 * files.c
 *	  Files for test builds.
 *
 * Tests read their testdata and write into a temporary folder.  What they may
 * reach is named on the command line, folder by folder; without any, every
 * system call fails with EPERM, as it does in PostgreSQL, whose host has
 * nothing of what is here.
 *
 * A path is resolved by the kernel to a descriptor that gives no access
 * (O_PATH), and the kernel is then asked what was found: links and ".." are
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
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "files.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2	452		/* newer than some C libraries; the same everywhere */
#endif

#define MAX_FOLDERS		16

typedef struct Folder
{
	char	   *path;			/* as the kernel calls it, without a link */
	size_t		size;
	bool		writable;
} Folder;

static Folder folders[MAX_FOLDERS];
static int	nfolders;

/* The world's current folder. */
static char current[PATH_MAX];

/* What is known of a descriptor. */
typedef struct Descriptor
{
	bool		opened;			/* for the world */
	bool		changeable;		/* the world may change what it leads to */
} Descriptor;

/* By number; as many as there have been. */
static Descriptor *descriptors;
static int	ndescriptors;

/*
 * As many descriptors as the administrator allows, as in any Go program: the
 * lower limit is one for programs that use select().
 */
static void
raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max)
	{
		limit.rlim_cur = limit.rlim_max;
		(void) setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Lets the world reach a folder.  The first one is its current folder. */
bool
pgstd_files_add(const char *folder, bool writable)
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
	{
		snprintf(current, sizeof(current), "%s", path);
		raise_limit();
	}
	return true;
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

static bool
is_open(int64_t fd)
{
	return fd >= 0 && fd < ndescriptors && descriptors[fd].opened;
}

/* Hands a descriptor to the world, or says why not. */
static int64_t
give(int fd, bool writable)
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
static bool
name_of(int fd, char *path)
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

/* What a caller of find() is about to do. */
typedef enum Purpose
{
	LOOK,						/* ask what it is: also of folders further up */
	READ,
	CHANGE
} Purpose;

static bool
allowed(const char *name, Purpose purpose)
{
	const Folder *folder = folder_of(name);
	size_t		size = strlen(name);

	if (folder != NULL && (folder->writable || purpose != CHANGE))
		return true;
	if (purpose == LOOK)
		for (int i = 0; i < nfolders; i++)
			if (size == 1 || (strncmp(folders[i].path, name, size) == 0 && folders[i].path[size] == '/'))
				return true;
	return strcmp(name, "/dev/null") == 0;
}

/*
 * Finds a file and returns a descriptor that gives no access, or -errno.
 */
static int
find(int64_t dirfd, const char *path, bool nofollow, Purpose purpose)
{
	char		absolute[2 * PATH_MAX];
	char		name[PATH_MAX];
	int			fd;

	if (nfolders == 0)
		return -EPERM;
	if (dirfd == AT_FDCWD || path[0] == '/')
	{
		if (path[0] == '\0')
			return -ENOENT;
		if (path[0] != '/')
		{
			snprintf(absolute, sizeof(absolute), "%s/%s", current, path);
			path = absolute;
		}
		dirfd = AT_FDCWD;
	}
	else if (!is_open(dirfd))
		return -EBADF;
	fd = openat((int) dirfd, path, O_PATH | O_CLOEXEC | (nofollow ? O_NOFOLLOW : 0));
	if (fd < 0)
		return -errno;
	if (name_of(fd, name) && allowed(name, purpose))
		return fd;
	close(fd);
	return -EPERM;
}

/*
 * Finds the folder that holds the last part of a path, which need not exist.
 * Slashes at its end stay: the calls that this is for know what they mean, and
 * follow no link because of them.
 */
static int
find_parent(int64_t dirfd, const char *path, char *last)
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
	return find(dirfd, parent, false, CHANGE);
}

/* Closes a descriptor of find() and passes a result of the C library on. */
static int64_t
done(int fd, int64_t result)
{
	int			error = errno;

	close(fd);
	return result < 0 ? -error : result;
}

/*
 * Where a link in a folder leads to, as a path from the root; false if it is no
 * link.
 */
static bool
follow(int where, const char *last, char *path)
{
	char		target[PATH_MAX];
	char		folder[PATH_MAX];
	ssize_t		n = readlinkat(where, last, target, sizeof(target) - 1);
	int			size;

	if (n <= 0)
		return false;
	target[n] = '\0';
	if (target[0] == '/')
		size = snprintf(path, PATH_MAX, "%s", target);
	else
		size = name_of(where, folder) ? snprintf(path, PATH_MAX, "%s/%s", folder, target) : PATH_MAX;
	return size < PATH_MAX;
}

/* Links that lead to links, at most. */
#define MAX_LINKS		40

static int64_t
open_file(int64_t dirfd, const char *path, int flags, mode_t mode, int links)
{
	bool		change = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) != 0;
	char		link[64];
	char		last[PATH_MAX];
	char		link_to[PATH_MAX];
	int			fd;
	int			where;

	flags |= O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
	fd = find(dirfd, path, (flags & O_NOFOLLOW) != 0, change ? CHANGE : READ);
	if (fd == -ENOENT && (flags & O_CREAT))
	{
		where = find_parent(dirfd, path, last);
		if (where < 0)
			return where;
		fd = openat(where, last, flags | O_EXCL | O_NOFOLLOW, mode);
		if (fd < 0 && errno == EEXIST && (flags & (O_EXCL | O_NOFOLLOW)) == 0 && follow(where, last, link_to))
		{
			/* a link to what is not there yet */
			close(where);
			return links == 0 ? -ELOOP : open_file(AT_FDCWD, link_to, flags, mode, links - 1);
		}
		fd = (int) done(where, fd);
		return fd < 0 ? fd : give(fd, true);
	}
	if (fd < 0)
		return fd;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
	{
		close(fd);
		return -EEXIST;
	}
	if (flags & O_PATH)
		return give(fd, false);
	if (flags & O_NOFOLLOW)
	{
		struct stat info;

		if (fstat(fd, &info) == 0 && S_ISLNK(info.st_mode))
		{
			close(fd);
			return -ELOOP;
		}
	}
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	where = open(link, flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW));
	fd = (int) done(fd, where);
	return fd < 0 ? fd : give(fd, change);
}

static int64_t
stat_file(int64_t dirfd, const char *path, struct stat *info, int flags)
{
	int			fd;

	if (path[0] == '\0' && (flags & AT_EMPTY_PATH) && is_open(dirfd))
		return fstat((int) dirfd, info) < 0 ? -errno : 0;
	fd = find(dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, LOOK);
	if (fd < 0)
		return fd;
	return done(fd, fstatat(fd, "", info, AT_EMPTY_PATH));
}

static int64_t
get_current(char *buf, size_t size)
{
	size_t		n = strlen(current) + 1;

	if (nfolders == 0)
		return -EPERM;
	if (size < n)
		return -ERANGE;
	memcpy(buf, current, n);
	return (int64_t) n;
}

/* The process stays where it is; only the world's idea of the folder changes. */
static int64_t
change_current(int fd)
{
	struct stat info;
	char		name[PATH_MAX];

	if (fd < 0)
		return fd;
	if (fstat(fd, &info) != 0 || !S_ISDIR(info.st_mode) || !name_of(fd, name))
	{
		close(fd);
		return -ENOTDIR;
	}
	close(fd);
	strcpy(current, name);
	return 0;
}

static int64_t
descriptor_control(int fd, int command, int64_t argument)
{
	switch (command)
	{
		case F_GETFL:
		case F_GETFD:
			{
				int			flags = fcntl(fd, command);

				return flags < 0 ? -errno : flags & ~O_NONBLOCK;
			}
		case F_SETFD:
		case F_SETFL:
			return 0;
		case F_DUPFD:
		case F_DUPFD_CLOEXEC:
			return give(fcntl(fd, F_DUPFD_CLOEXEC, (int) argument), descriptors[fd].changeable);
	}
	return -EPERM;
}

/* Calls on something in a folder, named by the folder and its last part. */
static int64_t
change_folder(int64_t number, const uint64_t *a)
{
	bool		second = number == SYS_symlinkat;
	const char *path = (const char *) a[second ? 2 : 1];
	char		last[PATH_MAX];
	int			fd = find_parent((int) a[second ? 1 : 0], path, last);

	if (fd == -EINVAL && number == SYS_mkdirat)
	{
		/* something that ends in "." is there, or its folder is not */
		fd = find((int) a[0], path, false, LOOK);
		if (fd < 0)
			return fd;
		close(fd);
		return -EEXIST;
	}
	if (fd < 0)
		return fd;
	switch (number)
	{
		case SYS_mkdirat:
			return done(fd, mkdirat(fd, last, (mode_t) a[2]));
		case SYS_unlinkat:
			return done(fd, unlinkat(fd, last, (int) a[2]));
		default:
			return done(fd, symlinkat((const char *) a[0], fd, last));
	}
}

/* Calls that name two places. */
static int64_t
rename_or_link(int64_t number, const uint64_t *a)
{
	char		last[2][PATH_MAX];
	int			from,
				to;
	int64_t		result;

	from = find_parent((int) a[0], (const char *) a[1], last[0]);
	if (from < 0)
		return from;
	to = find_parent((int) a[2], (const char *) a[3], last[1]);
	if (to < 0)
	{
		close(from);
		return to;
	}
	if (number == SYS_linkat)
		result = linkat(from, last[0], to, last[1], 0);
	else
		result = renameat(from, last[0], to, last[1]);
	result = done(to, result);
	close(from);
	return result;
}

/* Calls on a file, named by its path, that change what is said of it. */
static int64_t
change_file(int64_t number, const uint64_t *a)
{
	char		link[64];
	int			flags = number == SYS_fchownat ? (int) a[4] : number == SYS_fchmodat ? 0 : (int) a[3];
	int			fd = find((int) a[0], (const char *) a[1], (flags & AT_SYMLINK_NOFOLLOW) != 0, CHANGE);

	if (fd < 0)
		return fd;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	switch (number)
	{
		case SYS_utimensat:
			return done(fd, utimensat(AT_FDCWD, link, (const struct timespec *) a[2], 0));
		case SYS_fchownat:
			return done(fd, fchownat(fd, "", (uid_t) a[2], (gid_t) a[3], AT_EMPTY_PATH));
		default:
			return done(fd, chmod(link, (mode_t) a[2]));
	}
}

/* Calls on a descriptor. */
static int64_t
use_descriptor(int64_t number, const uint64_t *a)
{
	int			fd = (int) a[0];
	int64_t		result;

	if (!is_open(fd))
		return nfolders == 0 ? -EPERM : -EBADF;
	switch (number)
	{
		case SYS_close:
			descriptors[fd].opened = false;
			result = close(fd);
			break;
		case SYS_read:
			result = read(fd, (void *) a[1], a[2]);
			break;
		case SYS_pread64:
			result = pread(fd, (void *) a[1], a[2], (off_t) a[3]);
			break;
		case SYS_fstat:
			result = fstat(fd, (struct stat *) a[1]);
			break;
		case SYS_getdents64:
			result = syscall(SYS_getdents64, fd, a[1], a[2]);
			break;
		case SYS_lseek:
			result = lseek(fd, (off_t) a[1], (int) a[2]);
			break;
		case SYS_fcntl:
			return descriptor_control(fd, (int) a[1], (int64_t) a[2]);
		default:
			if (!descriptors[fd].changeable)
				return -EPERM;
			switch (number)
			{
				case SYS_write:
					result = write(fd, (const void *) a[1], a[2]);
					break;
				case SYS_pwrite64:
					result = pwrite(fd, (const void *) a[1], a[2], (off_t) a[3]);
					break;
				case SYS_ftruncate:
					result = ftruncate(fd, (off_t) a[1]);
					break;
				case SYS_fchmod:
					result = fchmod(fd, (mode_t) a[1]);
					break;
				case SYS_fchown:
					result = fchown(fd, (uid_t) a[1], (gid_t) a[2]);
					break;
				default:
					result = fsync(fd);
					break;
			}
	}
	return result < 0 ? -errno : result;
}

static int64_t
answer(int64_t number, const uint64_t *a)
{
	long		result = syscall(number, a[0], a[1]);

	return result < 0 ? -errno : result;
}

/*
 * The leaf hook.  What is not listed is refused.
 */
int64_t
pgstd_files_system(PgstdWorld *world, int64_t number, const uint64_t *a)
{
	char		link[64];
	int			fd;

	(void) world;
	switch (number)
	{
		case SYS_openat:
			return open_file((int) a[0], (const char *) a[1], (int) a[2], (mode_t) a[3], MAX_LINKS);
		case SYS_newfstatat:
			return stat_file((int) a[0], (const char *) a[1], (struct stat *) a[2], (int) a[3]);
		case SYS_faccessat:
			fd = find((int) a[0], (const char *) a[1], false, LOOK);
			if (fd < 0)
				return fd;
			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			return done(fd, access(link, (int) a[2]));
		case SYS_readlinkat:
			fd = find((int) a[0], (const char *) a[1], true, READ);
			if (fd < 0)
				return fd;
			return done(fd, readlinkat(fd, "", (char *) a[2], a[3]));
		case SYS_getcwd:
			return get_current((char *) a[0], a[1]);
		case SYS_chdir:
			return change_current(find(AT_FDCWD, (const char *) a[0], false, LOOK));
		case SYS_fchdir:
			if (!is_open((int64_t) a[0]))
				return -EBADF;
			return change_current(dup((int) a[0]));
		case SYS_mkdirat:
		case SYS_unlinkat:
		case SYS_symlinkat:
			return change_folder(number, a);
		case SYS_renameat:
		case SYS_linkat:
			return rename_or_link(number, a);
		case SYS_truncate:
			fd = find(AT_FDCWD, (const char *) a[0], false, CHANGE);
			if (fd < 0)
				return fd;
			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			return done(fd, truncate(link, (off_t) a[1]));
		case SYS_utimensat:
		case SYS_fchmodat:
		case SYS_fchmodat2:
		case SYS_fchownat:
			return change_file(number, a);
		case SYS_getuid:
		case SYS_geteuid:
		case SYS_getgid:
		case SYS_getegid:
		case SYS_getgroups:
		case SYS_uname:
			/* what a process is, not what it can do */
			return nfolders == 0 ? -EPERM : answer(number, a);
		case SYS_mmap:
		case SYS_munmap:
		case SYS_mprotect:
			return nfolders == 0 ? -EPERM : pgstd_pages_system(number, a);
		case SYS_close:
		case SYS_read:
		case SYS_pread64:
		case SYS_fstat:
		case SYS_getdents64:
		case SYS_lseek:
		case SYS_fcntl:
		case SYS_write:
		case SYS_pwrite64:
		case SYS_ftruncate:
		case SYS_fchmod:
		case SYS_fchown:
		case SYS_fsync:
			return use_descriptor(number, a);
	}
	return -EPERM;
}
