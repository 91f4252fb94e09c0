package faults

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
)

// kinds are what Work of testdata/faults does.
var kinds = []string{"deep", "tiny", "heap", "numbers", "hash", "timers"}

// storm is how many signals are sent.
const storm = 20_000

// Signals of all kinds rain on a backend that runs Go code, on deep stacks and
// on the smallest, beside another extension of ours and others in C that have
// handlers of their own, installed before ours or after.
func TestSignals(t *testing.T) {
	for _, order := range []string{"before", "after", "before and after"} {
		t.Run(order, func(t *testing.T) {
			server := start(t)
			s := server.connect(t)
			second := server.copyModule(t, 2)
			s.must(`create function second_tally() returns bigint language c as '` + second + `', 'pgstd_fn_tally';
				create function second_work(text) returns bigint language c as '` + second + `', 'pgstd_fn_work';
				create function second_fault(text) returns text language c as '` + second + `', 'pgstd_fn_fault'`)
			var handlers []string
			install := func(name string) {
				module := server.compile(t, "handlers", name)
				s.must(`create function ` + name + `() returns void language c as '` + module + `', 'install_handlers';
					create function ` + name + `_handled(bool) returns int language c as '` + module + `', 'handled';
					select ` + name + `()`)
				s.before = processStatus(t, s.PgConn().PID())
				handlers = append(handlers, name)
			}
			if order != "after" {
				install("early")
			}
			s.must("select tally()")
			if order != "before" {
				s.must("select second_tally()")
				install("late")
			}
			s.must("select tally(), second_tally()")

			var sender sync.WaitGroup
			var over atomic.Bool
			pid := s.PgConn().PID()
			sender.Go(func() {
				rain(t, pid, storm)
				over.Store(true)
			})
			for !over.Load() && !t.Failed() {
				for _, kind := range kinds {
					s.want("select work('"+kind+"'), second_work('"+kind+"')", "1", "1")
				}
			}
			sender.Wait()

			if s.tally() < 2 {
				t.Error("the world has not survived")
			}
			for i, name := range handlers {
				for _, chained := range []string{"true", "false"} {
					// The last one to come has a signal for itself.
					want := storm / len(signals)
					if chained == "false" && i < len(handlers)-1 {
						want = 0
					}
					if n, _ := strconv.Atoi(s.one("select " + name + "_handled(" + chained + ")")); n < want {
						t.Errorf("%s: a handler ran %d times, want %d", name, n, want)
					}
				}
			}
			s.checkProcess()
			other := server.connect(t)
			for _, call := range []string{"fault('loop')", "second_fault('loop')"} {
				for _, w := range ways[:2] {
					if err := s.ended(call, w.end, other); err == nil || err.Code != w.code {
						t.Errorf("%s of %s: %s", w.does, call, describe(err))
					}
				}
			}
			for _, call := range []string{"fault('nil_read')", "second_fault('divide')", "fault('exit_0')", "second_fault('goroutine_nil')"} {
				if err := s.run("select " + call); err == nil || err.Code != external {
					t.Errorf("%s: %s", call, describe(err))
				}
			}
			s.want("select tally(), second_tally()", "1", "1")
			s.checkProcess()
		})
	}
}

// signals leave a backend as it is.
var signals = []syscall.Signal{syscall.SIGUSR1, syscall.SIGWINCH, syscall.SIGALRM, syscall.SIGUSR2, syscall.SIGPIPE, syscall.SIGCHLD, syscall.SIGURG, syscall.SIGHUP}

// rain sends signals as fast as the process takes them: one of each, then it
// waits until none of them is pending, as they would become one. SIGURG is, until the
// statement has ended: the server blocks it and reads it where it waits.
func rain(t *testing.T, pid uint32, storm int) {
	const waited = ^uint64(1 << (syscall.SIGURG - 1))
	for range storm / len(signals) {
		for _, signal := range signals {
			if err := syscall.Kill(int(pid), signal); err != nil {
				t.Errorf("sending a signal: %v", err)
				return
			}
		}
		for left := waited; left&waited != 0; {
			var err error
			if left, err = pending(pid); err != nil {
				t.Error(err)
				return
			}
		}
	}
}

// pending tells which signals wait for a process, one a bit.
func pending(pid uint32) (signals uint64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "\nShdPnd:\t")
	value, _, _ := strings.Cut(after, "\n")
	return strconv.ParseUint(value, 16, 64)
}

// The stack of signal handlers is one's own again when other code has changed it.
func TestStackTaken(t *testing.T) {
	for _, small := range []string{"false", "true"} {
		server := start(t)
		s := server.connect(t)
		module := server.compile(t, "handlers", "taker")
		s.must("create function take_stack(bool) returns void language c as '" + module + "';" +
			"create function install_handlers() returns void language c as '" + module + "'; select install_handlers(), tally()")
		s.before = processStatus(t, s.PgConn().PID())
		s.must("select take_stack(" + small + ")")
		// In a world that is there already, on the smallest of stacks.
		var sender sync.WaitGroup
		var over atomic.Bool
		sender.Go(func() {
			rain(t, s.PgConn().PID(), storm/10)
			over.Store(true)
		})
		for !over.Load() && !t.Failed() {
			s.want("select work('tiny')", "1")
		}
		sender.Wait()
		s.want("select recovered('nil_read')", nilPointer)
		other := server.connect(t)
		for _, w := range ways[:2] {
			if err := s.ended("fault('loop')", w.end, other); err == nil || err.Code != w.code {
				t.Errorf("%s: %s", w.does, describe(err))
			}
		}
		s.checkProcess()
	}
}

// Cancels that come while nothing runs, or too late, cancel nothing else.
func TestLateCancels(t *testing.T) {
	s := start(t).connect(t)
	s.must("select tally()")
	for range 1000 {
		syscall.Kill(int(s.PgConn().PID()), syscall.SIGINT)
		// A cancel on its way may end this statement, but no later one.
		s.run("select 1")
		s.want("select work('numbers')", "1")
	}
	if s.tally() != 2 {
		t.Error("the world has not survived")
	}
	s.checkProcess()
}

// compile makes a module of internal/test/faults/testdata/SOURCE.c in the server's
// folder, and returns its path.
func (s *server) compile(t *testing.T, source, name string) string {
	t.Helper()
	module := filepath.Join(s.Dir(), name+".so")
	gcc := "gcc"
	if s.emulated {
		gcc = "aarch64-linux-gnu-gcc"
	}
	cmd := exec.Command(gcc, "-O2", "-fPIC", "-shared", "-I"+s.pg.IncludeDirServer, "-o", module, filepath.Join("testdata", source+".c"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, out)
	}
	return module
}

// copyModule copies the module of testdata/faults under another name, and
// returns the path: to the server, it is another extension's module.
func (s *server) copyModule(t testing.TB, n int) string { return s.copyFile(t, "faults", n) }

// copySmallModule does it with one of which there can be very many.
func (s *server) copySmallModule(t testing.TB, n int) string { return s.copyFile(t, "small", n) }

func (s *server) copyFile(t testing.TB, name string, n int) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(buildDir, name+".so"))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(s.Dir(), fmt.Sprintf("%s%d.so", name, n))
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	s.copyCell(t)
	return path
}

// copyCell puts the program of cells beside what has been copied, if there is one.
func (s *server) copyCell(t testing.TB) {
	t.Helper()
	program := filepath.Join(s.View().Dir(pgstd.CellProgram), pgstd.CellProgram)
	if err := atomicfile.Copy(filepath.Join(s.Dir(), pgstd.CellProgram), program, 0o755); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
}
