package cells

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/target"
	"golang.org/x/sys/unix"
)

// TestDeath has code that makes system calls run in real cells: the kernel ends these, and the
// session says so. Of any other death of a cell it says what is known of it.
func TestDeath(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the machine code that makes the calls is for amd64")
	}
	s := withHole(t, "hole", target.Options{})
	if _, err := s.Query(t.Context(), "create extension pgstd"); err != nil {
		t.Fatal(err)
	}
	conn, at := s.session(t, "cell")
	cell := func() (pid int) {
		if _, err := value(t, conn, "select lives()::text"); err != nil {
			t.Fatal(err)
		}
		got, err := value(t, conn, "select max(pid)::text from pgstd.worlds where isolation = 'cell'")
		if _, err2 := fmt.Sscan(got, &pid); err != nil || err2 != nil {
			t.Fatal(got, err, err2)
		}
		return pid
	}
	kernel := func(call ...int64) string {
		call = append(call, 0, 0, 0)
		return fmt.Sprintf("select kernel(%d, %d, %d, %d, %d)::text", entry(t, cell()), call[0], call[1], call[2], call[3])
	}
	// One of the table works.
	pid := cell()
	if got, err := value(t, conn, kernel(unix.SYS_GETPID)); got != fmt.Sprint(pid) {
		t.Fatalf("getpid of cell %d: %q, %v", pid, got, err)
	}
	dies := func(what, sql, code, detail string) {
		t.Helper()
		_, err := value(t, conn, sql)
		e, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || e.Severity != "ERROR" || e.Code != code || e.Message != "the cell that runs Go code of this role has ended" ||
			!strings.HasPrefix(e.Detail, detail) || !strings.Contains(e.Hint, "next call has a new cell") {
			t.Errorf("%s: %#v", what, err)
		}
	}
	backend := int64(conn.PgConn().PID())
	for _, call := range [][]int64{
		{unix.SYS_GETPPID}, {unix.SYS_KILL, backend, int64(syscall.SIGKILL)}, {unix.SYS_KILL, int64(s.Pid()), int64(syscall.SIGQUIT)},
		{unix.SYS_OPENAT, unix.AT_FDCWD, int64(at)}, {unix.SYS_SOCKET, unix.AF_INET, unix.SOCK_STREAM}, {unix.SYS_PTRACE, unix.PTRACE_ATTACH, backend},
		{unix.SYS_WRITE, 1, int64(at), 8}, {unix.SYS_FORK}, {unix.SYS_SHMAT}, {unix.SYS_PRLIMIT64, 0, unix.RLIMIT_NOFILE}, {unix.SYS_SECCOMP}, {1 << 30}, {-1},
	} {
		dies(fmt.Sprint("system call ", call[0]), kernel(call...), "38000", "The kernel has ended it for a system call that no cell may make.")
	}
	for signal, want := range map[syscall.Signal][2]string{
		syscall.SIGKILL: {"58000", "It was killed by somebody, by the kernel for lack of memory, or since it had taken more than its limit."},
		syscall.SIGTERM: {"38000", "It was ended by signal 15."},
		syscall.SIGHUP:  {"38000", "It was ended by signal 1."},
	} {
		if err := syscall.Kill(cell(), signal); err != nil {
			t.Fatal(err)
		}
		dies(signal.String(), "select lives()::text", want[0], want[1])
	}
	dies("exit_group", kernel(unix.SYS_EXIT_GROUP, 3), "38000", "It has exited with status 3.")
	s.alive(t)
}

// entry finds an instruction of a cell's program that enters the kernel, in front of what looks at
// the result and returns.
func entry(t *testing.T, pid int) uint64 {
	t.Helper()
	maps := mappings(t, pid)
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		t.Skip("a cell lets nobody but root look at it: ", err)
	}
	defer memory.Close()
	for line := range strings.Lines(maps) {
		var from, to uint64
		if _, err := fmt.Sscanf(line, "%x-%x", &from, &to); err != nil || !strings.Contains(line, "r-xp") || !strings.Contains(line, pgstd.CellProgram) {
			continue
		}
		text := make([]byte, to-from)
		if _, err := memory.ReadAt(text, int64(from)); err != nil {
			t.Fatal(err)
		}
		// syscall; ret, or syscall; cmp rax, -4095, as the C library's syscall() has it.
		for _, want := range []string{"\x0f\x05\xc3", "\x0f\x05\x48\x3d\x01\xf0\xff\xff\x73\x01\xc3"} {
			if i := strings.Index(string(text), want); i >= 0 {
				return from + uint64(i)
			}
		}
	}
	t.Fatalf("nothing in a cell's program enters the kernel and returns:\n%s", maps)
	return 0
}
