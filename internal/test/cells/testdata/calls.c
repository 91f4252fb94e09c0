/*
 * Makes each system call in a process of its own that is locked as a cell is, as code would
 * that has taken the cell over.  Prints a line for each: the form, the number, and what
 * became of the process, the signal that ended it or "went on".
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "../../../../host/cell/lock.c"

#define LAST	600
#define X32		0x40000000L

typedef enum Form
{
	NATIVE,
	OTHER_WIDTH,				/* x32: the same instruction, another number */
	OLD_GATE					/* int $0x80: i386's numbers */
} Form;

static const char *const names[] = {"native", "x32", "i386"};

/* Arguments that mean nothing: a call that is let through fails, or does what harms none. */
static void
make_call(Form form, long number)
{
	if (form == NATIVE)
		(void) syscall(number, -1L, -1L, -1L, -1L, -1L, -1L);
#if defined(__x86_64__)
	else if (form == OTHER_WIDTH)
		(void) syscall(number | X32, -1L, -1L, -1L, -1L, -1L, -1L);
	else
		__asm__ volatile ("int $0x80" : : "a"(number), "b"(-1), "c"(-1), "d"(-1) : "memory");
#endif
}

static void
try_call(Form form, long number)
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
		make_call(form, number);
		(void) syscall(SYS_exit_group, 0);
	}
	if (waitpid(pid, &status, 0) != pid)
		exit(1);
	if (WIFSIGNALED(status))
		(void) printf("%s %ld %d\n", names[form], number, WTERMSIG(status));
	else if (WEXITSTATUS(status) == PGSTD_CELL_EXIT_START || WEXITSTATUS(status) == PGSTD_CELL_EXIT_SECCOMP)
		exit(WEXITSTATUS(status));
	else
		(void) printf("%s %ld went on\n", names[form], number);
}

int
main(void)
{
	for (long number = 0; number < LAST; number++)
		try_call(NATIVE, number);
#if defined(__x86_64__)
	for (long number = 0; number < LAST; number++)
		try_call(OTHER_WIDTH, number);
	for (long number = 0; number < LAST; number++)
		try_call(OLD_GATE, number);
#endif
	return 0;
}
