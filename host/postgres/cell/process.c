/*-------------------------------------------------------------------------
 *
 * process.c
 *	  The process of a cell: begun, and ended.
 *
 *-------------------------------------------------------------------------
 */
#include "cell.h"
#include "../session/worlds.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands/dbcommands.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* What a cell has to forget a world. */
#define FORGET_NS	INT64CONST(1000000000)

/* Private memory of the program itself; a world has of it what the runtime keeps books in. */
#define OWN_MEMORY	(UINT64CONST(64) << 20)

/* The program, beside the module that this host is in. */
#define PROGRAM		"pgstd_cell.so"

static char *
program_path(void)
{
	Dl_info		info;
	const char *slash;

	if (dladdr((const void *) program_path, &info) == 0 || info.dli_fname == NULL ||
		(slash = strrchr(info.dli_fname, '/')) == NULL)
		elog(ERROR, "could not find the folder of this module");
	return psprintf("%.*s/" PROGRAM, (int) (slash - info.dli_fname), info.dli_fname);
}

/*
 * Memory that can be passed to a cell.  It never grows; it shrinks to nothing when the
 * backend takes it back, which a cell has no call for.
 */
int
pgstd_cell_memory(const char *name, uint64 size)
{
	int			fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return -1;
	if (ftruncate(fd, (off_t) size) == 0 &&
		fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0)
		return fd;
	close(fd);
	return -1;
}

/* What its process is called. */
static char *
title(void)
{
	const char *role = GetUserNameFromId(GetUserId(), true);
	const char *database = OidIsValid(MyDatabaseId) ? get_database_name(MyDatabaseId) : NULL;

	return psprintf("pgstd cell: %s %s backend %d", role != NULL ? role : "?", database != NULL ? database : "?", MyProcPid);
}

/* It does not raise: its caller has descriptors to close. */
static pid_t
spawn(const char *path, char *title, int memory, int socket, bool alone)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t	own,
				all;
	char		parent[16];
	char	   *argv[3] = {title, parent, NULL};
	char	   *envp[1] = {NULL};
	pid_t		pid = 0;
	int			why;

	snprintf(parent, sizeof(parent), "%d", MyProcPid);
	/* It takes that one when it has a handler. */
	sigemptyset(&own);
	sigaddset(&own, PGSTD_CELL_SIGNAL);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawn_file_actions_adddup2(&actions, memory, PGSTD_CELL_CHANNEL);
	posix_spawn_file_actions_adddup2(&actions, socket, PGSTD_CELL_SOCKET);
	posix_spawnattr_setsigmask(&attributes, &own);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/*
	 * What the postmaster sends to the backend's group is not for the cell.  A session of its
	 * own it has since kernels give each session an equal part of a processor (autogroup): two
	 * that watch for each other would share one.  Those who yield to each other have to.
	 */
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
							 (alone ? POSIX_SPAWN_SETPGROUP : POSIX_SPAWN_SETSID));
	why = posix_spawn(&pid, path, &actions, &attributes, argv, envp);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	errno = why;
	return why == 0 ? pid : -1;
}

/* Makes the process; what it takes is closed again if that fails. */
static void
begin(PgstdCell *cell)
{
	char	   *path = program_path();
	char	   *called = title();
	bool		alone = pgstd_cell_is_alone();
	int			memory = -1;
	int			sockets[2];
	void	   *channel;

	cell->place = pgstd_cell_count();
	memory = pgstd_cell_memory("pgstd cell", sizeof(PgstdCellChannel));
	if (memory < 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not make memory for a cell: %m")));
	channel = mmap(NULL, sizeof(PgstdCellChannel), PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (channel == MAP_FAILED || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) != 0)
	{
		int			why = errno;

		if (channel != MAP_FAILED)
			munmap(channel, sizeof(PgstdCellChannel));
		close(memory);
		errno = why;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not make a channel to a cell: %m")));
	}
	cell->channel = channel;
	cell->channel->version = PGSTD_CELL_VERSION;
	cell->channel->alone = alone;
	cell->watch.spin = alone ? 0 : PGSTD_SPIN_MIN;
	cell->socket = sockets[0];
	cell->pid = spawn(path, called, memory, sockets[1], alone);
	close(memory);
	close(sockets[1]);
	if (cell->pid < 0)
	{
		int			why = errno;

		munmap(channel, sizeof(PgstdCellChannel));
		close(sockets[0]);
		errno = why;
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not start the program of a cell, \"%s\": %m", path),
				 why == EAGAIN || why == ENOMEM ?
				 errhint("The kernel, or the container, limits the processes or the memory of the server's user.") :
				 errhint("It is installed with the language and with each extension; or set \"pgstd.isolation\" to \"backend\".")));
	}
}

/* What is known of how a cell has ended. */
static ErrorData *
make_error(int status)
{
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	ErrorData  *edata = palloc0(sizeof(ErrorData));
	int			signo = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	edata->elevel = ERROR;
	edata->output_to_server = edata->output_to_client = true;
	edata->sqlerrcode = ERRCODE_EXTERNAL_ROUTINE_EXCEPTION;
	edata->message = pstrdup("the cell that runs Go code of this role has ended");
	edata->assoc_context = TopMemoryContext;
	if (signo == SIGSYS)
		edata->detail = pstrdup("The kernel has ended it for a system call that no cell may make.");
	else if (signo == SIGKILL)
	{
		edata->sqlerrcode = ERRCODE_SYSTEM_ERROR;
		edata->detail = pstrdup("It was killed by somebody, by the kernel for lack of memory, or since it had taken more than its limit.");
	}
	else if (signo != 0)
		edata->detail = psprintf("It was ended by signal %d.", signo);
	else if (WEXITSTATUS(status) == PGSTD_CELL_EXIT_SECCOMP)
	{
		edata->sqlerrcode = ERRCODE_FEATURE_NOT_SUPPORTED;
		edata->message = pstrdup("this kernel, or the container, does not let a cell have a filter of system calls");
		edata->hint = pstrdup("Without it, a cell would be no wall. Allow seccomp, or set \"pgstd.isolation\" to \"backend\".");
	}
	else
		edata->detail = psprintf("It has exited with status %d.", WEXITSTATUS(status));
	if (edata->hint == NULL)
		edata->hint = pstrdup("What Go code kept in memory is gone; the next call has a new cell.");
	MemoryContextSwitchTo(caller);
	return edata;
}

void
pgstd_cell_kill(PgstdCell *cell)
{
	kill(cell->pid, SIGKILL);
}

/*
 * Limits the memory that a cell has to itself.  What it shares, the backend watches; the
 * filter lets it share nothing else.
 */
void
pgstd_cell_allow(const PgstdCell *cell)
{
	struct rlimit limits;
	uint64		most = OWN_MEMORY;

	for (const PgstdCellWorld *cw = cell->worlds; cw != NULL; cw = cw->next)
		most += Max(cw->max_memory, cw->bw->world.memory_limit);
	if (prlimit(cell->pid, RLIMIT_DATA, NULL, &limits) != 0)
		return;
	limits.rlim_cur = Min(most, limits.rlim_max);
	(void) prlimit(cell->pid, RLIMIT_DATA, &limits, NULL);
}

/*
 * Ends a cell, and with it all of its worlds; that of bw the caller discards himself.
 * Says how it has ended, in memory of its own.
 */
ErrorData *
pgstd_cell_end(PgstdCell *cell, const BackendWorld *but)
{
	PgstdCell **link = &pgstd_shared->cells;
	ErrorData  *edata;
	int			status = 0;

	while (*link != NULL && *link != cell)
		link = &(*link)->next;
	if (*link != NULL)
		*link = cell->next;
	pgstd_cell_kill(cell);
	while (waitpid(cell->pid, &status, 0) < 0 && errno == EINTR)
		;
	edata = make_error(status);
	munmap(cell->channel, sizeof(PgstdCellChannel));
	close(cell->socket);
	close(cell->place);
	while (cell->worlds != NULL)
	{
		PgstdCellWorld *cw = cell->worlds;

		cell->worlds = cw->next;
		cw->process = NULL;
		if (cw->bw != but && cw->bw->world.state != PGSTD_WORLD_NEW)
			cw->bw->module->discard(cw->bw);
	}
	pfree(cell);
	return edata;
}

static bool
is_read_only(int fd)
{
	int			flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & O_ACCMODE) == O_RDONLY;
}

/*
 * Sends a cell a description of what it is to map, which is the next thing that it takes from the socket, and
 * descriptors.  The first of several is of memory that both share.
 *
 * Invariant: any other is open for reading only.  Other sessions map that file, too; who has taken over
 * a cell could else write to it.
 */
bool
pgstd_cell_send(const PgstdCell *cell, const void *description, size_t size, const int *fds, int n)
{
	union
	{
		struct cmsghdr header;
		char		space[CMSG_SPACE(PGSTD_CELL_FILES * sizeof(int))];
	}			control = {.space = {0}};
	struct iovec part = {unconstify(void *, description), size};
	struct msghdr message = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = CMSG_SPACE(n * sizeof(int)),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	ssize_t		sent;

	if (header == NULL || n > PGSTD_CELL_FILES)
		return false;
	for (int i = n > 1 ? 1 : 0; i < n; i++)
		if (!is_read_only(fds[i]))
			return false;
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(n * sizeof(int));
	memcpy(CMSG_DATA(header), fds, n * sizeof(int));
	/* There is room, unless the cell has not taken what it has said to have mapped. */
	while ((sent = sendmsg(cell->socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT)) < 0 && errno == EINTR)
		;
	return sent == (ssize_t) size;
}

/* A world of a cell is no more. */
void
pgstd_cell_leave(PgstdCellWorld *cw)
{
	PgstdCell  *cell = cw->process;
	PgstdCellCommand drop = {.op = PGSTD_CELL_DROP, .slot = cw->slot};
	PgstdCellAnswer answer;

	if (cell == NULL)
		return;
	for (PgstdCellWorld **link = &cell->worlds; *link != NULL; link = &(*link)->next)
		if (*link == cw)
		{
			*link = cw->next;
			break;
		}
	cw->process = NULL;
	if (cell->worlds != NULL)
	{
		pgstd_cell_command(cell, &drop);
		if (pgstd_cell_await(cell, NULL, FORGET_NS, &answer) == CELL_ANSWERED)
			return;
	}
	FreeErrorData(pgstd_cell_end(cell, NULL));
}

static PgstdCell *
make_cell(Oid user)
{
	PgstdCell  *const cell = MemoryContextAllocZero(TopMemoryContext, sizeof(PgstdCell));

	pgstd_cell_rest();
	cell->user = user;
	cell->place = -1;
	PG_TRY();
	{
		begin(cell);
	}
	PG_CATCH();
	{
		if (cell->place >= 0)
			close(cell->place);
		pfree(cell);
		PG_RE_THROW();
	}
	PG_END_TRY();
	cell->next = pgstd_shared->cells;
	pgstd_shared->cells = cell;
	return cell;
}

/* The cell of a role, which may have begun just now: what becomes of it shows when it is to answer. */
PgstdCell *
pgstd_cell_process(Oid user)
{
	PgstdCell  *cell;

	for (cell = pgstd_shared->cells; cell != NULL; cell = cell->next)
		if (cell->user == user)
			return cell;
	return make_cell(user);
}
