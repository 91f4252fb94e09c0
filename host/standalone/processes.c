/*-------------------------------------------------------------------------
 *
 * processes.c
 *	  Programs that a test build starts.
 *
 * There is one: its own.  A test that starts itself gets a further process of this host, with
 * the same object, the same limits and the same folders, so that it can do nothing that
 * its parent cannot.  What belongs to the child alone comes as options, see inherit.c.
 * The child ends with its parent.
 *
 * Programs that are named on the command line (-x) are run as they are.  They are under no
 * control: who names one trusts the test.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "inherit.h"
#include "places.h"
#include "processes.h"

#define MAX_CHILDREN	256

/* What a child can have of its own. */
#define NAMESPACES		(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWTIME)

static pid_t children[MAX_CHILDREN];
static int	nchildren;

static bool
same_file(int fd, const char *path)
{
	struct stat a;
	struct stat b;

	return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/* Is it an object of the folder of objects?  Notes its name. */
static bool
is_object(int fd, char *path)
{
	char		link[64];
	size_t		size = strlen(pgstd_starts.objects);
	int			file;
	bool		good;

	if (size == 0 || !pgstd_place_name(fd, path) || strncmp(path, pgstd_starts.objects, size) != 0 || path[size] != '/')
		return false;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	file = open(link, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	good = file >= 0 && pgstd_file_check_fd(file) == NULL;
	if (file >= 0)
		close(file);
	return good;
}

/*
 * What is to be run, of what the world has asked for from a folder: this host, for its own
 * object or one that it may run, too, or one of the programs that it may start.
 */
static int64_t
find_program(const char *where, const char *path, Program *found)
{
	char		absolute[2 * PATH_MAX];
	int			fd;

	found->path = NULL;
	if (path[0] == '\0')
		return -ENOENT;
	snprintf(absolute, sizeof(absolute), "%s/%s", path[0] == '/' ? "" : where, path);
	fd = pgstd_place_find(AT_FDCWD, absolute, false, PLACE_LOOK);
	if (fd < 0)
		return fd;
	if (same_file(fd, pgstd_starts.object))
	{
		found->path = pgstd_starts.host;
		snprintf(found->object, sizeof(found->object), "%s", pgstd_starts.object);
	}
	else if (is_object(fd, found->object))
		found->path = pgstd_starts.host;
	for (int i = 0; found->path == NULL && i < pgstd_starts.nprograms; i++)
		if (same_file(fd, pgstd_starts.programs[i]))
			found->path = pgstd_starts.programs[i];
	close(fd);
	return found->path == NULL ? -EPERM : 0;
}

static size_t
count(char *const *list)
{
	size_t		n = 0;

	while (list != NULL && list[n] != NULL)
		n++;
	return n;
}

/*
 * The command line of a program: as the world says, or of a host that runs the object with
 * that one.
 */
static const char **
make_arguments(const Program *program, char *const *argv, char *const *envp, const char *where, size_t nfiles)
{
	static char number[24];
	size_t		nargs = count(argv);
	size_t		nenv = count(envp);
	const char **list = calloc((size_t) pgstd_starts.noptions + nargs + 2 * nenv + 16, sizeof(char *));
	size_t		n = 0;

	if (list == NULL)
		return NULL;
	if (program->path != pgstd_starts.host)
	{
		memcpy(list, argv, nargs * sizeof(char *));
		return list;
	}
	if (pgstd_starts.emulator != NULL)
		list[n++] = pgstd_starts.emulator;
	list[n++] = pgstd_starts.host;
	for (int i = 0; i < pgstd_starts.noptions; i++)
		list[n++] = pgstd_starts.options[i];
	snprintf(number, sizeof(number), "%zu", nfiles);
	list[n++] = "-c";
	list[n++] = number;
	list[n++] = "-w";
	list[n++] = where;
	list[n++] = "-a";
	list[n++] = nargs > 0 ? argv[0] : "";
	for (size_t i = 0; i < nenv; i++)
	{
		list[n++] = "-e";
		list[n++] = envp[i];
	}
	list[n++] = program->object;
	list[n++] = "main";
	for (size_t i = 1; i < nargs; i++)
		list[n++] = argv[i];
	return list;
}

/* May a child have it? */
static bool
may_inherit(int fd)
{
	return fd == -1 || pgstd_place_is_open(fd) || (!pgstd_process_is_child() && fd >= 0 && fd <= STDERR_FILENO);
}

/*
 * The folder in which a program is to begin: the one that is named, or the world's current one.
 */
static int64_t
find_folder(const char *dir, char *where)
{
	struct stat info;
	int			fd = pgstd_place_find(AT_FDCWD, dir != NULL ? dir : ".", false, PLACE_LOOK);
	int64_t		result = 0;

	if (fd < 0)
		return fd;
	if (fstat(fd, &info) < 0 || !S_ISDIR(info.st_mode))
		result = -ENOTDIR;
	else if (!pgstd_place_name(fd, where))
		result = -ENOENT;
	close(fd);
	return result;
}

/*
 * Starts a program and returns its number.  It is there, or its number is not known: what is
 * wrong with it has been found out.
 */
static int64_t
start(const PgstdProcess *wanted)
{
	Child		child = {.wanted = wanted, .parent = getpid()};
	int64_t		result;

	if (nchildren == MAX_CHILDREN)
		return -EAGAIN;
	if (wanted->nfiles > PGSTD_CHILD_FILES)
		return -EINVAL;
	for (size_t i = 0; i < wanted->nfiles; i++)
		if (!may_inherit(wanted->files[i]))
			return -EBADF;
	/* Not to share memory or descriptors with this process, above all. */
	if ((wanted->clone_flags | wanted->unshare_flags) & ~(uint64_t) NAMESPACES)
		return -EPERM;
	if (wanted->cgroup >= 0 && !pgstd_place_is_open(wanted->cgroup))
		return -EBADF;
	result = find_folder(wanted->dir, child.where);
	if (result == 0)
		result = find_program(child.where, wanted->path, &child.program);
	if (result < 0)
		return result;
	child.arguments = make_arguments(&child.program, wanted->argv, wanted->envp, child.where, wanted->nfiles);
	if (child.arguments == NULL)
		return -ENOMEM;
	result = pgstd_child_start(&child);
	free(child.arguments);
	if (result > 0)
		children[nchildren++] = (pid_t) result;
	return result;
}

/* Becomes another program, which keeps the standard files. */
static int64_t
become(const char *path, char *const *argv, char *const *envp)
{
	static const int files[] = {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO};
	const int	nfiles = (int) (sizeof(files) / sizeof(files[0]));
	char		where[PATH_MAX];
	Program		program;
	const char **arguments;
	int64_t		result = find_folder(NULL, where);

	if (result == 0)
		result = find_program(where, path, &program);
	if (result < 0)
		return result;
	arguments = make_arguments(&program, argv, envp, where, (size_t) nfiles);
	if (arguments == NULL)
		return -ENOMEM;
	for (int fd = 0; fd < nfiles; fd++)
		(void) fcntl(fd, F_SETFD, 0);
	pgstd_child_execute(&program, arguments, envp, where);
	result = -errno;
	free(arguments);
	return result;
}

static int
child_index(int64_t pid)
{
	for (int i = 0; i < nchildren; i++)
		if (children[i] == pid)
			return i;
	return -1;
}

bool
pgstd_process_has_child(int64_t pid)
{
	return child_index(pid) >= 0;
}

/*
 * Is it a descriptor of a process?  The world has those of its children alone; the kernel would take a
 * folder of /proc for one, too.
 */
static bool
is_process(int64_t fd)
{
	char		name[PATH_MAX];

	return pgstd_place_is_open(fd) && pgstd_place_name((int) fd, name) &&
		(strcmp(name, "anon_inode:[pidfd]") == 0 || strncmp(name, "pidfd:", strlen("pidfd:")) == 0);
}

/* wait4(): for one child, or for any. */
static int64_t
wait_for(int64_t pid, int *status, int flags, void *usage)
{
	int64_t		result;

	if (pid == -1 ? nchildren == 0 : child_index(pid) < 0)
		return -ECHILD;
	result = syscall(SYS_wait4, pid, status, flags, usage);
	if (result < 0)
		return -errno;
	if (result > 0 && (status == NULL || WIFEXITED(*status) || WIFSIGNALED(*status)))
		children[child_index(result)] = children[--nchildren];
	return result;
}

/*
 * System calls about other programs: none but those that have been started here can be
 * waited for; sent a signal, they can be, and this process itself.
 */
int64_t
pgstd_process_system(int64_t number, const uint64_t *a)
{
	int64_t		result;

	switch (number)
	{
		case PGSTD_SYSTEM_START:
			return start((const PgstdProcess *) a[0]);
		case PGSTD_SYSTEM_WRITE:
			if (!pgstd_process_is_child() || (a[0] != STDOUT_FILENO && a[0] != STDERR_FILENO))
				return -EPERM;
			pgstd_process_write((int) a[0], (const char *) a[1], a[2]);
			return 0;
		case SYS_execve:
			return become((const char *) a[0], (char *const *) a[1], (char *const *) a[2]);
		case SYS_wait4:
			return wait_for((int) a[0], (int *) a[1], (int) a[2], (void *) a[3]);
		case SYS_waitid:
			/* It only looks: wait4() is what takes a child away. */
			if (a[0] != P_PID || child_index((int64_t) a[1]) < 0)
				return -ECHILD;
			result = syscall(SYS_waitid, a[0], a[1], a[2], a[3] | WNOWAIT, a[4]);
			break;
		case SYS_pidfd_open:
			if (child_index((int64_t) a[0]) < 0)
				return -EPERM;
			return pgstd_place_give((int) syscall(SYS_pidfd_open, a[0], a[1]), false);
		case SYS_pidfd_send_signal:
			if (!is_process((int64_t) a[0]))
				return -EBADF;
			result = syscall(SYS_pidfd_send_signal, a[0], a[1], a[2], a[3]);
			break;
		default:
			if (a[0] != (uint64_t) getpid() && child_index((int64_t) a[0]) < 0)
				return -EPERM;
			result = kill((pid_t) a[0], (int) a[1]);
	}
	return result < 0 ? -errno : result;
}
