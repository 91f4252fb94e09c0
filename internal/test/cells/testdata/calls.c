/*
 * Makes system calls in processes of their own, each locked as a cell is, as code would that has
 * taken the cell over: every number, in each form in which a call can be made; and by name, with
 * arguments that would do harm.  Prints a line for each: the form, the number or name, and what
 * became of the process, the signal that ended it or "went on".
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "../../../../host/cell/lock.c"

#define LAST	600
#define X32		0x40000000L

typedef enum Form
{
	NATIVE,
	INJECTED,					/* from machine code that the process has made itself */
	OTHER_WIDTH,				/* x32: the same instruction, another number */
	OLD_GATE					/* int $0x80: i386's numbers */
} Form;

static const char *const names[] = {"native", "injected", "x32", "i386"};

/* The instruction, and the return from it. */
static const unsigned char code[] = {
#if defined(__x86_64__)
	0x0f, 0x05, 0xc3
#else
	0x01, 0x00, 0x00, 0xd4, 0xc0, 0x03, 0x5f, 0xd6
#endif
};

/* What the other process of a call by name is. */
static pid_t victim;

/* Runs "code" with a number, and arguments that mean nothing. */
static void
inject(long number)
{
	void	   *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return;
	memcpy(page, code, sizeof(code));
	__builtin___clear_cache((char *) page, (char *) page + sizeof(code));
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC) != 0)
		return;
#if defined(__x86_64__)
	__asm__ volatile ("mov $-1, %%rdx; mov $0, %%r10; mov $-1, %%r8; mov $-1, %%r9; call *%1"
					  : "+a"(number) : "r"(page), "D"(-1L), "S"(-1L) : "rcx", "rdx", "r8", "r9", "r10", "r11", "memory");
#else
	{
		register long x8 __asm__("x8") = number;
		register long x0 __asm__("x0") = -1;
		register long x1 __asm__("x1") = -1;
		register long x2 __asm__("x2") = -1;
		register long x3 __asm__("x3") = 0;

		__asm__ volatile ("blr %1" : "+r"(x0) : "r"(page), "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "x30", "memory");
	}
#endif
}

/* A call that is let through fails, or does what harms none.  The fourth argument would be mmap's flags. */
static void
make_call(Form form, long number)
{
	if (form == NATIVE)
		(void) syscall(number, -1L, -1L, -1L, 0L, -1L, -1L);
	else if (form == INJECTED)
		inject(number);
#if defined(__x86_64__)
	else if (form == OTHER_WIDTH)
		(void) syscall(number | X32, -1L, -1L, -1L, -1L, -1L, -1L);
	else
		__asm__ volatile ("int $0x80" : : "a"(number), "b"(-1), "c"(-1), "d"(-1) : "memory");
#endif
}

/* In a process that is locked: a call by name if there is one, else by number. */
static void
attempt(const char *form, const char *name, void (*call) (void), Form how, long number)
{
	int			parent = getpid();
	int			status;
	pid_t		pid;

	(void) fflush(stdout);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (pid == 0)
	{
		pgstd_cell_lock(parent);
		if (call != NULL)
			call();
		else
			make_call(how, number);
		(void) syscall(SYS_exit_group, 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		exit(1);
	if (!WIFSIGNALED(status) &&
		(WEXITSTATUS(status) == PGSTD_CELL_EXIT_START || WEXITSTATUS(status) == PGSTD_CELL_EXIT_SECCOMP))
		exit(WEXITSTATUS(status));
	if (name != NULL)
		(void) printf("%s %s ", form, name);
	else
		(void) printf("%s %ld ", form, number);
	if (WIFSIGNALED(status))
		(void) printf("%d\n", WTERMSIG(status));
	else
		(void) printf("went on\n");
}

static void
try_all(Form form)
{
	for (long number = 0; number < LAST; number++)
		attempt(names[form], NULL, NULL, form, number);
}

#define CALL(name, ...) \
	static void name(void) { (void) syscall(__VA_ARGS__); }

CALL(open_memory, SYS_openat, AT_FDCWD, "/proc/self/mem", O_RDWR, 0)
CALL(open_other_memory, SYS_openat, AT_FDCWD, "/proc/1/mem", O_RDWR, 0)
CALL(open_file, SYS_openat, AT_FDCWD, "/etc/passwd", O_RDONLY, 0)
CALL(make_file, SYS_openat, AT_FDCWD, "/tmp/pgstd-cell-was-here", O_WRONLY | O_CREAT, 0600)
CALL(read_file, SYS_read, 0, &victim, sizeof(victim))
CALL(write_file, SYS_write, 1, "out", 3)
CALL(signal_parent, SYS_kill, victim, SIGKILL)
CALL(signal_thread, SYS_tgkill, victim, victim, SIGKILL)
CALL(signal_self, SYS_kill, 0, SIGSTOP)
CALL(trace_parent, SYS_ptrace, PTRACE_ATTACH, victim, 0, 0)
CALL(read_parent, SYS_process_vm_readv, victim, 0, 0, 0, 0, 0)
CALL(write_parent, SYS_process_vm_writev, victim, 0, 0, 0, 0, 0)
CALL(take_segment, SYS_shmget, 0, 4096, 0600)
CALL(use_segment, SYS_shmat, 0, 0, 0)
CALL(take_semaphores, SYS_semget, 0, 1, 0600)
CALL(open_network, SYS_socket, 2, 1, 0)
CALL(open_local, SYS_socket, 1, 1, 0)
CALL(send_out, SYS_sendmsg, 1, 0, 0)
CALL(start_program, SYS_execve, "/bin/sh", 0, 0)
CALL(start_process, SYS_clone, SIGCHLD, 0, 0, 0, 0)
CALL(new_namespace, SYS_unshare, CLONE_NEWUSER)
CALL(be_dumpable, SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0)
CALL(outlive_parent, SYS_prctl, PR_SET_PDEATHSIG, 0, 0, 0, 0)
CALL(raise_limit, SYS_setrlimit, RLIMIT_DATA, 0)
CALL(resize_memory, SYS_ftruncate, 0, 0)
CALL(seal_memory, SYS_fcntl, 0, 1033, 0)
CALL(another_filter, SYS_seccomp, 1, 0, 0)
CALL(load_program, SYS_bpf, 0, 0, 0)
CALL(make_ring, SYS_io_uring_setup, 1, 0)
CALL(take_keys, SYS_keyctl, 0, 0, 0, 0, 0)
CALL(share_memory, SYS_mmap, 0L, 4096L, (long) PROT_READ, (long) (MAP_SHARED | MAP_ANONYMOUS), -1L, 0L)
CALL(growing_memory, SYS_mmap, 0L, 4096L, (long) PROT_READ, (long) (MAP_PRIVATE | MAP_ANONYMOUS | MAP_GROWSDOWN), -1L, 0L)

#define BY_NAME(name)	{#name, name}

static const struct
{
	const char *name;
	void		(*call) (void);
}			by_name[] = {
	BY_NAME(open_memory), BY_NAME(open_other_memory), BY_NAME(open_file), BY_NAME(make_file), BY_NAME(read_file),
	BY_NAME(write_file), BY_NAME(signal_parent), BY_NAME(signal_thread), BY_NAME(signal_self), BY_NAME(trace_parent),
	BY_NAME(read_parent), BY_NAME(write_parent), BY_NAME(take_segment), BY_NAME(use_segment), BY_NAME(take_semaphores),
	BY_NAME(open_network), BY_NAME(open_local), BY_NAME(send_out), BY_NAME(start_program), BY_NAME(start_process),
	BY_NAME(new_namespace), BY_NAME(be_dumpable), BY_NAME(outlive_parent), BY_NAME(raise_limit),
	BY_NAME(resize_memory), BY_NAME(seal_memory), BY_NAME(another_filter), BY_NAME(load_program), BY_NAME(make_ring),
	BY_NAME(take_keys), BY_NAME(share_memory), BY_NAME(growing_memory),
};

/* What becomes of the lock where the kernel takes no filter: an older one does not let it. */
static void
try_without(void)
{
	static struct sock_filter refuse[] = {
		{0x20, 0, 0, 0},		/* the number of the call */
		{0x15, 0, 1, SYS_seccomp},
		{0x06, 0, 0, SECCOMP_RET_ERRNO | EINVAL},
		{0x06, 0, 0, SECCOMP_RET_ALLOW},
	};
	static const struct sock_fprog program = {.len = 4, .filter = refuse};
	int			parent = getpid();
	int			status;
	pid_t		pid;

	(void) fflush(stdout);
	pid = fork();
	if (pid < 0)
		exit(1);
	if (pid == 0)
	{
		(void) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
			_exit(PGSTD_CELL_EXIT_SECCOMP);
		pgstd_cell_lock(parent);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		exit(1);
	(void) printf("without %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}

int
main(void)
{
	victim = getpid();
	try_without();
	try_all(NATIVE);
	try_all(INJECTED);
#if defined(__x86_64__)
	try_all(OTHER_WIDTH);
	try_all(OLD_GATE);
#endif
	for (size_t i = 0; i < sizeof(by_name) / sizeof(by_name[0]); i++)
		attempt("named", by_name[i].name, by_name[i].call, NATIVE, 0);
	return 0;
}
