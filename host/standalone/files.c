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
 * Which place a path leads to, and whether it may be reached, says places.c; what is used
 * afterwards is the descriptor that it has found.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "files.h"
#include "places.h"
#include "processes.h"
#include "signals.h"
#include "sockets.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2	452		/* newer than some C libraries; the same everywhere */
#endif

/* Closes a descriptor of pgstd_place_find() and passes a result of the C library on. */
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
		size = pgstd_place_name(where, folder) ? snprintf(path, PATH_MAX, "%s/%s", folder, target) : PATH_MAX;
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

	flags |= O_CLOEXEC | O_NOCTTY;
	fd = pgstd_place_find(dirfd, path, (flags & O_NOFOLLOW) != 0, change ? PLACE_CHANGE : PLACE_READ);
	if (fd == -ENOENT && (flags & O_CREAT))
	{
		where = pgstd_place_find_parent(dirfd, path, last);
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
		return fd < 0 ? fd : pgstd_place_give(fd, true);
	}
	if (fd < 0)
		return fd;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
	{
		close(fd);
		return -EEXIST;
	}
	if (flags & O_PATH)
		return pgstd_place_give(fd, false);
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
	/* An end of a named pipe would wait for the other one, and with it the only thread. */
	where = open(link, (flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW)) | O_NONBLOCK);
	if (where >= 0 && !(flags & O_NONBLOCK))
		(void) fcntl(where, F_SETFL, flags);
	fd = (int) done(fd, where);
	return fd < 0 ? fd : pgstd_place_give(fd, change);
}

static int64_t
stat_file(int64_t dirfd, const char *path, struct stat *info, int flags)
{
	int			fd;

	if (path[0] == '\0' && (flags & AT_EMPTY_PATH) && pgstd_place_is_open(dirfd))
		return fstat((int) dirfd, info) < 0 ? -errno : 0;
	fd = pgstd_place_find(dirfd, path, (flags & AT_SYMLINK_NOFOLLOW) != 0, PLACE_LOOK);
	if (fd < 0)
		return fd;
	return done(fd, fstatat(fd, "", info, AT_EMPTY_PATH));
}

static int64_t
descriptor_control(int fd, int command, int64_t argument)
{
	int			flags;

	switch (command)
	{
		case F_GETFL:
		case F_GETFD:
			flags = fcntl(fd, command);
			return flags < 0 ? -errno : flags;
		case F_SETFL:
			return fcntl(fd, F_SETFL, (int) argument) < 0 ? -errno : 0;
		case F_SETFD:
			return 0;
		case F_GETLK:
		case F_SETLK:
			if (!pgstd_place_is_changeable(fd))
				return -EPERM;
			return fcntl(fd, command, argument) < 0 ? -errno : 0;
		case F_DUPFD:
		case F_DUPFD_CLOEXEC:
			return pgstd_place_give(fcntl(fd, F_DUPFD_CLOEXEC, (int) argument), pgstd_place_is_changeable(fd));
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
	int			fd;

	/* Of special files there are named pipes. */
	if (number == SYS_mknodat && (a[2] & S_IFMT) != S_IFIFO)
		return -EPERM;
	fd = pgstd_place_find_parent((int) a[second ? 1 : 0], path, last);
	if (fd == -EINVAL && number == SYS_mkdirat)
	{
		/* something that ends in "." is there, or its folder is not */
		fd = pgstd_place_find((int) a[0], path, false, PLACE_LOOK);
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
		case SYS_mknodat:
			return done(fd, mkfifoat(fd, last, (mode_t) a[2] & ~S_IFMT));
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

	from = pgstd_place_find_parent((int) a[0], (const char *) a[1], last[0]);
	if (from < 0)
		return from;
	to = pgstd_place_find_parent((int) a[2], (const char *) a[3], last[1]);
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
	int			fd = pgstd_place_find((int) a[0], (const char *) a[1], (flags & AT_SYMLINK_NOFOLLOW) != 0, PLACE_CHANGE);

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

	if (!pgstd_place_is_open(fd))
	{
		if (!pgstd_places_any())
			return -EPERM;
		/* What the standard files are, but no more of them. */
		if (number == SYS_fstat && fd >= 0 && fd <= STDERR_FILENO)
			return fstat(fd, (struct stat *) a[1]) < 0 ? -errno : 0;
		return -EBADF;
	}
	switch (number)
	{
		case SYS_close:
			pgstd_place_forget(fd);
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
			if (!pgstd_place_is_changeable(fd))
				return -EPERM;
			switch (number)
			{
				case SYS_write:
					result = write(fd, (const void *) a[1], a[2]);
					break;
				case SYS_writev:
					result = writev(fd, (const struct iovec *) a[1], (int) a[2]);
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

/* What os.Executable() asks. */
static int64_t
read_program(char *buf, size_t size)
{
	const char *program = pgstd_process_program();
	size_t		n = program == NULL ? 0 : strlen(program);

	if (n == 0)
		return -EPERM;
	if (n > size)
		n = size;
	memcpy(buf, program, n);
	return (int64_t) n;
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
			fd = pgstd_place_find((int) a[0], (const char *) a[1], false, PLACE_LOOK);
			if (fd < 0)
				return fd;
			snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
			return done(fd, access(link, (int) a[2]));
		case SYS_readlinkat:
			if (strcmp((const char *) a[1], "/proc/self/exe") == 0)
				return read_program((char *) a[2], a[3]);
			fd = pgstd_place_find((int) a[0], (const char *) a[1], true, PLACE_READ);
			if (fd < 0)
				return fd;
			return done(fd, readlinkat(fd, "", (char *) a[2], a[3]));
		case SYS_getcwd:
			return pgstd_place_get_current((char *) a[0], a[1]);
		case SYS_chdir:
			return pgstd_place_change_current(pgstd_place_find(AT_FDCWD, (const char *) a[0], false, PLACE_LOOK));
		case SYS_fchdir:
			if (!pgstd_place_is_open((int64_t) a[0]))
				return -EBADF;
			return pgstd_place_change_current(dup((int) a[0]));
		case SYS_mkdirat:
		case SYS_mknodat:
		case SYS_unlinkat:
		case SYS_symlinkat:
			return change_folder(number, a);
		case SYS_renameat:
		case SYS_linkat:
			return rename_or_link(number, a);
		case SYS_truncate:
			fd = pgstd_place_find(AT_FDCWD, (const char *) a[0], false, PLACE_CHANGE);
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
		case SYS_getpid:
		case SYS_getppid:
		case SYS_getpgid:
		case SYS_getsid:
		case SYS_uname:
		case SYS_gettimeofday:
		case SYS_capget:
		case SYS_prctl:
		case SYS_prlimit64:
			return !pgstd_places_any() ? -EPERM : pgstd_self_system(number, a);
		case SYS_mmap:
		case SYS_munmap:
		case SYS_mprotect:
			return !pgstd_places_any() ? -EPERM : pgstd_pages_system(number, a);
		case SYS_pipe2:
		case SYS_eventfd2:
		case SYS_epoll_create1:
		case SYS_epoll_ctl:
		case SYS_epoll_pwait:
		case SYS_sendfile:
		case SYS_splice:
		case SYS_copy_file_range:
			return !pgstd_places_any() ? -EPERM : pgstd_pipes_system(number, a);
		case SYS_socket:
		case SYS_socketpair:
		case SYS_bind:
		case SYS_connect:
		case SYS_listen:
		case SYS_accept4:
		case SYS_shutdown:
		case SYS_getsockname:
		case SYS_getpeername:
		case SYS_setsockopt:
		case SYS_getsockopt:
		case SYS_sendto:
		case SYS_recvfrom:
		case SYS_sendmsg:
		case SYS_recvmsg:
			return !pgstd_places_any() ? -EPERM : pgstd_sockets_system(number, a);
		case PGSTD_SYSTEM_START:
		case PGSTD_SYSTEM_WRITE:
		case SYS_execve:
		case SYS_wait4:
		case SYS_waitid:
		case SYS_pidfd_open:
		case SYS_pidfd_send_signal:
		case SYS_kill:
			return !pgstd_places_any() ? -EPERM : pgstd_process_system(number, a);
		case PGSTD_SYSTEM_SIGPIPE:
		case PGSTD_SYSTEM_SIGNAL:
		case PGSTD_SYSTEM_NOTED:
			return !pgstd_places_any() ? -EPERM : pgstd_signals_system(number, a);
		case SYS_close:
		case SYS_read:
		case SYS_pread64:
		case SYS_fstat:
		case SYS_getdents64:
		case SYS_lseek:
		case SYS_fcntl:
		case SYS_write:
		case SYS_writev:
		case SYS_pwrite64:
		case SYS_ftruncate:
		case SYS_fchmod:
		case SYS_fchown:
		case SYS_fsync:
			return use_descriptor(number, a);
	}
	return -EPERM;
}
