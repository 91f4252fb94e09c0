/*-------------------------------------------------------------------------
 *
 * command.c
 *	  A compiler that is a command, which runs for one request.
 *
 * It runs in a process group of its own, which ends with the wait, however that
 * ends; if this backend is killed, the kernel ends the command.
 *
 *-------------------------------------------------------------------------
 */
#include "transport.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The child's side of a fork.  Only async-signal-safe calls: this is a copy of a
 * backend that must not do anything a backend does.
 */
pg_noreturn static void
become_compiler(char *const *argv, char *const *envp, int in, int out, int err, pid_t parent)
{
	sigset_t	none;

	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(127);
	for (int signo = 1; signo < NSIG; signo++)
		signal(signo, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(127);
	for (int fd = 3; fd < 65536; fd++)
		close(fd);
	if (chdir("/") != 0)
		_exit(127);
	execve("/bin/sh", argv, envp);
	_exit(127);
}

/* What a command gets to see of the server's environment. */
static char **
environment(void)
{
	static const char *const passed[] = {"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME", "USER", "LOGNAME"};
	char	  **env = palloc0(sizeof(char *) * (lengthof(passed) + 2));
	int			n = 0;

	for (int i = 0; i < (int) lengthof(passed); i++)
	{
		const char *value = getenv(passed[i]);

		if (value != NULL)
			env[n++] = psprintf("%s=%s", passed[i], value);
	}
	env[n++] = "LC_ALL=C";
	return env;
}

/* Standard input, output and error of a command, from both sides. */
static void
make_pipes(int pipes[3][2])
{
	for (int i = 0; i < 3; i++)
	{
		int			why;

		if (pipe2(pipes[i], O_CLOEXEC) == 0)
			continue;
		why = errno;
		while (--i >= 0)
		{
			close(pipes[i][0]);
			close(pipes[i][1]);
		}
		errno = why;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not create a pipe to the compiler: %m")));
	}
}

void
plgo_command_start(Talk *talk, const char *command)
{
	int			pipes[3][2];
	char	  **envp = environment();
	char	   *argv[] = {"sh", "-c", psprintf("exec %s", command), NULL};
	pid_t		parent = getpid();
	sigset_t	all,
				before;

	make_pipes(pipes);
	/* No handler of the server's may run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	talk->pid = fork();
	if (talk->pid == 0)
		become_compiler(argv, envp, pipes[0][0], pipes[1][1], pipes[2][1], parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(pipes[0][0]);
	close(pipes[1][1]);
	close(pipes[2][1]);
	talk->to = pipes[0][1];
	talk->from = pipes[1][0];
	talk->said = pipes[2][0];
	if (talk->pid < 0)
	{
		talk->pid = 0;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not start the compiler: %m")));
	}
	setpgid(talk->pid, talk->pid);
}

/*
 * Waits for the end of a command.  One that has said nothing has failed, for a
 * reason that is for the administrator: it may name paths of the server.
 */
void
plgo_command_reap(Talk *talk, const char *command)
{
	int			status = 0;
	pid_t		ended;

	/* It may have closed its files and run on: the wait must be one that ends. */
	for (long pause = 1; (ended = waitpid(talk->pid, &status, WNOHANG)) == 0; pause = Min(2 * pause, 100))
		plgo_talk_await(talk, pause);
	if (ended < 0)
		status = 0;
	talk->pid = 0;
	if (talk->answer.len > 0)
		return;
	while (talk->errors.len > 0 && talk->errors.data[talk->errors.len - 1] == '\n')
		talk->errors.data[--talk->errors.len] = '\0';
	/* Any bytes, of which a message, and who keeps it, wants characters. */
	if (!pg_verify_mbstr(GetDatabaseEncoding(), talk->errors.data, talk->errors.len, true))
		for (int i = 0; i < talk->errors.len; i++)
			if (IS_HIGHBIT_SET(talk->errors.data[i]))
				talk->errors.data[i] = '?';
	ereport(LOG,
			(errmsg("the compiler of plgo failed"),
			 errdetail_internal("Command: %s\nIt said: %s", command, talk->errors.data)));
	ereport(ERROR,
			(errcode(ERRCODE_SYSTEM_ERROR),
			 WIFEXITED(status) && WEXITSTATUS(status) == 127 ?
			 errmsg("the compiler of plgo could not be found") :
			 errmsg("the compiler of plgo failed"),
			 superuser() ? errdetail_internal("It said: %s", talk->errors.data) : errdetail("The server's log has what it said."),
			 errhint("A superuser can set \"plgo.compiler\": a command such as \"/usr/local/bin/pgbuild compile --json\", or the address of \"pgbuild serve\".")));
}
