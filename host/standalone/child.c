/*-------------------------------------------------------------------------
 *
 * child.c
 *	  The first steps of a process that a test build starts.
 *
 * Between fork and exec a child becomes what syscall.SysProcAttr asks for, in the order of
 * stock Go, as far as that takes nothing away from this host: a child ends with its
 * parent, and is not traced.
 *
 *-------------------------------------------------------------------------
 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "inherit.h"
#include "places.h"
#include "signals.h"

/* What parent and child tell each other. */
typedef struct Talk
{
	int			go[2];			/* to the child: it is mapped; 0, or what is wrong */
	int			problem[2];		/* from it: what is wrong */
} Talk;

/* Writes a file of /proc about a process, which may be the one that runs. */
static int
write_about(pid_t pid, const char *name, const char *text)
{
	char		path[64];
	int			fd;
	int			error = 0;

	if (text == NULL)
		return 0;
	if (pid == 0)
		snprintf(path, sizeof(path), "/proc/self/%s", name);
	else
		snprintf(path, sizeof(path), "/proc/%d/%s", (int) pid, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* Tells the kernel who is who in a user namespace. */
static int
map_users(pid_t pid, const PgstdProcess *wanted)
{
	int			error = write_about(pid, "setgroups", wanted->setgroups);

	if (error == 0)
		error = write_about(pid, "gid_map", wanted->gid_map);
	if (error == 0)
		error = write_about(pid, "uid_map", wanted->uid_map);
	return error;
}

static bool
is_mapped_by_parent(const PgstdProcess *wanted)
{
	return (wanted->uid_map != NULL || wanted->gid_map != NULL) && !(wanted->unshare_flags & CLONE_NEWUSER);
}

static int
unshare_parts(const PgstdProcess *wanted)
{
	int			error = 0;

	if (wanted->unshare_flags == 0)
		return 0;
	if (syscall(SYS_unshare, wanted->unshare_flags) < 0)
		return errno;
	if (wanted->unshare_flags & CLONE_NEWUSER)
		error = map_users(0, wanted);
	/* What is mounted in it is not to show outside. */
	if (error == 0 && (wanted->unshare_flags & CLONE_NEWNS) && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		error = errno;
	return error;
}

/* By the kernel's calls: those of the C library are about threads, too. */
static int
take_credential(const PgstdProcess *wanted)
{
	if (wanted->groups != NULL && syscall(SYS_setgroups, wanted->ngroups, wanted->groups) < 0)
		return errno;
	if (wanted->credential != NULL &&
		(syscall(SYS_setgid, wanted->credential[1]) < 0 || syscall(SYS_setuid, wanted->credential[0]) < 0))
		return errno;
	return 0;
}

/* A capability is ambient only where it is permitted and inherited, too. */
static int
take_capabilities(const PgstdProcess *wanted)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (wanted->ncaps == 0)
		return 0;
	if (syscall(SYS_capget, &header, data) < 0)
		return errno;
	for (uint64_t i = 0; i < wanted->ncaps; i++)
	{
		uint64_t	cap = wanted->caps[i];

		if (cap >= 32 * _LINUX_CAPABILITY_U32S_3)
			return EINVAL;
		data[cap / 32].permitted |= UINT32_C(1) << cap % 32;
		data[cap / 32].inheritable |= UINT32_C(1) << cap % 32;
	}
	if (syscall(SYS_capset, &header, data) < 0)
		return errno;
	for (uint64_t i = 0; i < wanted->ncaps; i++)
		if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, wanted->caps[i], 0, 0) < 0)
			return errno;
	return 0;
}

/* Becomes what the test has asked for. */
static int
become(const PgstdProcess *wanted)
{
	int			error;

	if (wanted->ncaps > 0 && prctl(PR_SET_KEEPCAPS, 1) < 0)
		return errno;
	if (wanted->session && setsid() < 0)
		return errno;
	if (wanted->group >= 0 && setpgid(0, (pid_t) wanted->group) < 0)
		return errno;
	error = unshare_parts(wanted);
	if (error == 0)
		error = take_credential(wanted);
	if (error == 0)
		error = take_capabilities(wanted);
	return error;
}

/*
 * In the child: puts its descriptors where they belong, the way to say what is wrong behind
 * them.  Nothing else of this process stays open, as everything has O_CLOEXEC.
 */
static int
place_files(const int *files, int nfiles, int *problem)
{
	static int	moved[PGSTD_CHILD_FILES];
	int			above = nfiles > STDERR_FILENO ? nfiles : STDERR_FILENO + 1;

	*problem = fcntl(*problem, F_DUPFD_CLOEXEC, above);
	if (*problem < 0)
		return errno;
	for (int i = 0; i < nfiles; i++)
	{
		moved[i] = files[i] < 0 ? -1 : fcntl(files[i], F_DUPFD_CLOEXEC, above);
		if (files[i] >= 0 && moved[i] < 0)
			return errno;
	}
	for (int i = 0; i < above; i++)
		if (i >= nfiles || moved[i] < 0)
			close(i);
		else if (dup2(moved[i], i) < 0)
			return errno;
	return 0;
}

/* Comes back, with errno, if it cannot. */
void
pgstd_child_execute(const Program *program, const char **arguments, char *const *envp, const char *where)
{
	static char *const nothing[] = {NULL};

	/* The host stays where it is, so that its folders keep their names. */
	if (program->path == pgstd_starts.host)
		execve(arguments[0], (char *const *) arguments, nothing);
	else if (chdir(where) == 0)
		execve(program->path, (char *const *) arguments, envp);
}

/* The limit that this process has raised for itself, unless somebody has changed it since. */
static int
restore_limit(const PgstdProcess *wanted)
{
	struct rlimit limit;

	if (wanted->nofile == NULL || (getrlimit(RLIMIT_NOFILE, &limit) == 0 &&
								   (limit.rlim_cur != wanted->nofile[1] - 1 || limit.rlim_max != wanted->nofile[1])))
		return 0;
	limit = (struct rlimit) {wanted->nofile[0], wanted->nofile[1]};
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? errno : 0;
}

/* What a child does. */
static void
run(const Child *child, Talk *talk)
{
	const PgstdProcess *wanted = child->wanted;
	int			error = 0;

	pgstd_signals_leave();
	pgstd_signals_let_go();
	close(talk->go[1]);
	if (is_mapped_by_parent(wanted) && read(talk->go[0], &error, sizeof(error)) != (ssize_t) sizeof(error))
		error = EINVAL;
	if (error == 0)
		error = become(wanted);
	/* Last, as it does not outlast a change of user; in a namespace of its own it sees no parent. */
	if (error == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) < 0)
		error = errno;
	if (getppid() != child->parent && !(wanted->clone_flags & CLONE_NEWPID))
		_exit(EXIT_FAILURE);
	if (error == 0)
		error = place_files(wanted->files, (int) wanted->nfiles, &talk->problem[1]);
	if (error == 0)
		error = restore_limit(wanted);
	if (error == 0)
	{
		pgstd_child_execute(&child->program, child->arguments, wanted->envp, child->where);
		error = errno;
	}
	(void) !write(talk->problem[1], &error, sizeof(error));
	_exit(EXIT_FAILURE);
}

/*
 * Makes the process.  The newer call is for what the older one does not have: not every
 * emulator knows it.
 */
static pid_t
fork_process(const PgstdProcess *wanted, int *pidfd)
{
	uint64_t	flags = wanted->clone_flags | (wanted->pidfd != NULL ? CLONE_PIDFD : 0);
	struct clone_args args = {.flags = flags, .exit_signal = SIGCHLD, .pidfd = (uint64_t) pidfd};

	if (wanted->cgroup < 0 && !(flags & CLONE_NEWTIME))
		return (pid_t) syscall(SYS_clone, flags | SIGCHLD, NULL, pidfd, NULL, 0);
	if (wanted->cgroup >= 0)
	{
		args.flags |= CLONE_INTO_CGROUP;
		args.cgroup = (uint64_t) wanted->cgroup;
	}
	return (pid_t) syscall(SYS_clone3, &args, sizeof(args));
}

/* What the child says is wrong, 0 once its program runs, which closes the other end. */
static int
wait_for_program(pid_t pid, const PgstdProcess *wanted, Talk *talk)
{
	int			error = 0;

	if (is_mapped_by_parent(wanted))
	{
		error = map_users(pid, wanted);
		(void) !write(talk->go[1], &error, sizeof(error));
	}
	close(talk->problem[1]);
	if (read(talk->problem[0], &error, sizeof(error)) != (ssize_t) sizeof(error))
		return 0;
	(void) waitpid(pid, NULL, 0);
	return error;
}

/* Starts the program and returns its number. */
int64_t
pgstd_child_start(Child *child)
{
	const PgstdProcess *wanted = child->wanted;
	Talk		talk;
	int			pidfd = -1;
	int			error;
	pid_t		pid;

	if (pipe2(talk.go, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(talk.problem, O_CLOEXEC) < 0)
	{
		error = errno;
		close(talk.go[0]);
		close(talk.go[1]);
		return -error;
	}
	pgstd_signals_hold();
	pid = fork_process(wanted, &pidfd);
	if (pid == 0)
		run(child, &talk);
	error = pid < 0 ? errno : 0;
	pgstd_signals_let_go();
	if (pid > 0)
		error = wait_for_program(pid, wanted, &talk);
	else
		close(talk.problem[1]);
	close(talk.problem[0]);
	close(talk.go[0]);
	close(talk.go[1]);
	if (error != 0 && pidfd >= 0)
		close(pidfd);
	if (error != 0)
		return -error;
	if (wanted->pidfd != NULL)
		*wanted->pidfd = (int32_t) pgstd_place_give(pidfd, false);
	return pid;
}
