/*-------------------------------------------------------------------------
 *
 * transport.c
 *	  Talking to a compiler: a command that runs for one request, or a server
 *	  on this machine that speaks HTTP.
 *
 * All waiting can be interrupted.  A command runs in a process group of its own,
 * which ends with the wait, however that ends; if this backend is killed, the
 * kernel ends the command.
 *
 *-------------------------------------------------------------------------
 */
#include "plgo.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

/* An answer holds an object for each target, in base64. */
#define MAX_ANSWER	(256 * 1024 * 1024)
/* What a command may say on its standard error. */
#define MAX_SAID	(64 * 1024)
/* Milliseconds between the limit that a compiler knows and the end of patience. */
#define GRACE		INT64CONST(2000)

typedef struct Talk
{
	pid_t		pid;			/* 0: a server */
	pgsocket	to;				/* -1: all has been written */
	pgsocket	from;
	pgsocket	said;			/* standard error, or -1 */
	StringInfoData answer;
	StringInfoData errors;
	int			seconds;		/* that it may take */
	TimestampTz deadline;
} Talk;

static void
set_nonblocking(int fd)
{
	int			flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		ereport(ERROR,
				(errcode_for_socket_access(),
				 errmsg("could not talk to the compiler: %m")));
}

static void
end_talk(Talk *talk, bool failed)
{
	if (talk->to >= 0)
		close(talk->to);
	if (talk->from >= 0 && talk->from != talk->to)
		close(talk->from);
	if (talk->said >= 0)
		close(talk->said);
	talk->to = talk->from = talk->said = -1;
	if (talk->pid > 0 && failed)
	{
		kill(-talk->pid, SIGKILL);
		waitpid(talk->pid, NULL, 0);
		talk->pid = 0;
	}
}

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

static void
make_pipe(int fds[2])
{
	if (pipe2(fds, O_CLOEXEC) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not create a pipe to the compiler: %m")));
}

static void
start_command(Talk *talk, const char *command)
{
	int			in[2],
				out[2],
				err[2];
	char	  **envp = environment();
	char	   *argv[] = {"sh", "-c", psprintf("exec %s", command), NULL};
	pid_t		parent = getpid();
	sigset_t	all,
				before;

	make_pipe(in);
	make_pipe(out);
	make_pipe(err);
	/* No handler of the server's may run in the child. */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	talk->pid = fork();
	if (talk->pid == 0)
		become_compiler(argv, envp, in[0], out[1], err[1], parent);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(in[0]);
	close(out[1]);
	close(err[1]);
	talk->to = in[1];
	talk->from = out[0];
	talk->said = err[0];
	if (talk->pid < 0)
	{
		talk->pid = 0;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("could not start the compiler: %m")));
	}
	setpgid(talk->pid, talk->pid);
}

static void
connect_server(Talk *talk, const char *address)
{
	struct sockaddr_un local = {.sun_family = AF_UNIX};
	struct sockaddr_in inet = {.sin_family = AF_INET};
	struct sockaddr *where = (struct sockaddr *) &local;
	socklen_t	size = sizeof(local);

	if (strncmp(address, "unix:", 5) == 0)
	{
		if (snprintf(local.sun_path, sizeof(local.sun_path), "%s", address + 5) >= (int) sizeof(local.sun_path))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("the path in \"plgo.compiler\" is too long for a socket")));
	}
	else
	{
		where = (struct sockaddr *) &inet;
		size = sizeof(inet);
		inet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		inet.sin_port = htons((uint16) atoi(strrchr(address, ':') + 1));
	}
	talk->from = socket(where->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	talk->to = talk->from;
	if (talk->from < 0 || connect(talk->from, where, size) != 0)
	{
		int			saved = errno;

		ereport(LOG,
				(errmsg("could not connect to the compiler at \"%s\": %m", address)));
		errno = saved;
		ereport(ERROR,
				(errcode(ERRCODE_CONNECTION_FAILURE),
				 errmsg("could not connect to the compiler: %m"),
				 errhint("A superuser can start it with \"pgbuild serve\", or set \"plgo.compiler\".")));
	}
}

/* Waits until a file can be read from or written to, but not for long: milliseconds. */
static void
await(Talk *talk, long longest)
{
	long		left = TimestampDifferenceMilliseconds(GetCurrentTimestamp(), talk->deadline);
	WaitEventSet *set;
	WaitEvent	event;

	if (left <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("compiling the function took longer than %d s", talk->seconds),
				 errhint("A superuser can increase \"plgo.compile_timeout\".")));
	set = pgstd_make_wait_set(5);
	AddWaitEventToSet(set, WL_LATCH_SET, PGINVALID_SOCKET, MyLatch, NULL);
	AddWaitEventToSet(set, WL_EXIT_ON_PM_DEATH, PGINVALID_SOCKET, NULL, NULL);
	if (talk->to >= 0 && talk->to != talk->from)
		AddWaitEventToSet(set, WL_SOCKET_WRITEABLE, talk->to, NULL, NULL);
	if (talk->from >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE | (talk->to == talk->from ? WL_SOCKET_WRITEABLE : 0),
						  talk->from, NULL, NULL);
	if (talk->said >= 0)
		AddWaitEventToSet(set, WL_SOCKET_READABLE, talk->said, NULL, NULL);
	WaitEventSetWait(set, Min(left, longest), &event, 1, PG_WAIT_EXTENSION);
	FreeWaitEventSet(set);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/* Reads what is there.  Returns false at the end. */
static bool
take(int fd, StringInfo into, int limit)
{
	char		buffer[65536];
	ssize_t		n = read(fd, buffer, sizeof(buffer));

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n > 0 && into->len + n > limit)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("the compiler says more than %d MB", limit >> 20)));
	appendBinaryStringInfo(into, buffer, (int) n);
	return n > 0;
}

static void
exchange(Talk *talk, const char *request, size_t size)
{
	size_t		written = 0;

	set_nonblocking(talk->from);
	if (talk->to != talk->from)
		set_nonblocking(talk->to);
	if (talk->said >= 0)
		set_nonblocking(talk->said);
	while (talk->from >= 0 || talk->said >= 0)
	{
		await(talk, 60000);
		if (talk->to >= 0)
		{
			ssize_t		n = send(talk->to, request + written, size - written, MSG_NOSIGNAL);

			if (n < 0 && errno == ENOTSOCK)
				n = write(talk->to, request + written, size - written);
			if (n > 0)
				written += (size_t) n;
			/* Whoever does not read all of it will say why. */
			if (written == size || (n < 0 && errno != EAGAIN && errno != EINTR))
			{
				if (talk->to != talk->from)
					close(talk->to);
				talk->to = -1;
			}
		}
		if (talk->from >= 0 && !take(talk->from, &talk->answer, MAX_ANSWER))
		{
			if (talk->to == talk->from)
				talk->to = -1;
			close(talk->from);
			talk->from = -1;
		}
		if (talk->said >= 0 && !take(talk->said, &talk->errors, MAX_SAID))
		{
			close(talk->said);
			talk->said = -1;
		}
	}
}

/*
 * Waits for the end of a command.  One that has said nothing has failed, for a
 * reason that is for the administrator: it may name paths of the server.
 */
static void
reap(Talk *talk, const char *command)
{
	int			status = 0;
	pid_t		ended;

	/* It may have closed its files and run on: the wait must be one that ends. */
	for (long pause = 1; (ended = waitpid(talk->pid, &status, WNOHANG)) == 0; pause = Min(2 * pause, 100))
		await(talk, pause);
	if (ended < 0)
		status = 0;
	talk->pid = 0;
	if (talk->answer.len > 0)
		return;
	ereport(LOG,
			(errmsg("the compiler of plgo failed"),
			 errdetail_internal("Command: %s\nIt said: %s", command, talk->errors.data)));
	ereport(ERROR,
			(errcode(ERRCODE_SYSTEM_ERROR),
			 WIFEXITED(status) && WEXITSTATUS(status) == 127 ?
			 errmsg("the compiler of plgo could not be found") :
			 errmsg("the compiler of plgo failed"),
			 errdetail("The server's log has what it said."),
			 errhint("A superuser can set \"plgo.compiler\": a command such as \"/usr/local/bin/pgbuild compile --json\", or the address of \"pgbuild serve\".")));
}

/* Cuts the head off an HTTP response. */
static void
unwrap(StringInfo answer)
{
	char	   *body = strstr(answer->data, "\r\n\r\n");
	int			head;

	if (strncmp(answer->data, "HTTP/1.", 7) != 0 || body == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("what listens at the address in \"plgo.compiler\" is no compiler of plgo")));
	head = (int) (body + 4 - answer->data);
	answer->len -= head;
	memmove(answer->data, body + 4, answer->len + 1);
}

/*
 * Sends a request about some functions to a compiler and returns its answer, both
 * JSON.  The compiler knows how long each of them may take and can say better what is
 * wrong, so it gets a moment more for its answer.
 */
StringInfo
plgo_ask(const char *compiler, const StringInfoData *request, int functions)
{
	bool		server = strncmp(compiler, "unix:", 5) == 0 || strncmp(compiler, "http://", 7) == 0;
	Talk	   *talk = palloc0(sizeof(Talk));
	StringInfoData message;

	talk->to = talk->from = talk->said = -1;
	initStringInfo(&talk->answer);
	initStringInfo(&talk->errors);
	initStringInfo(&message);
	if (server)
		appendStringInfo(&message, "POST /v1/compile HTTP/1.0\r\nHost: localhost\r\n"
						 "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n", request->len);
	appendBinaryStringInfo(&message, request->data, request->len);
	talk->seconds = plgo_compile_timeout * functions;
	talk->deadline = TimestampTzPlusMilliseconds(GetCurrentTimestamp(), talk->seconds * INT64CONST(1000) + GRACE);

	PG_TRY();
	{
		if (server)
			connect_server(talk, compiler);
		else
			start_command(talk, compiler);
		exchange(talk, message.data, (size_t) message.len);
		if (server)
			unwrap(&talk->answer);
		else
			reap(talk, compiler);
	}
	PG_CATCH();
	{
		end_talk(talk, true);
		PG_RE_THROW();
	}
	PG_END_TRY();
	end_talk(talk, false);
	return &talk->answer;
}
