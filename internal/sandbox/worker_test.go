package sandbox

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// workerName is the test's first argument where it is a worker.
const workerName = "sandbox-test-worker"

// testWorker is what the worker of the tests answers.
func testWorker() {
	var kept [][]byte
	err := Serve(func(request []byte) (any, error) {
		var r string
		if err := json.Unmarshal(request, &r); err != nil {
			return nil, err
		}
		switch r {
		case "arguments":
			return os.Args[2:], nil
		case "fail":
			return nil, errors.New("there is no answer")
		case "end":
			fmt.Fprintln(os.Stderr, "that was it")
			os.Exit(3)
		case "spin":
			for {
			}
		case "grow":
			for {
				kept = append(kept, make([]byte, 1<<20))
			}
		case "print":
			for {
				fmt.Fprintln(os.Stderr, strings.Repeat("x", 1<<20))
			}
		}
		return "not " + r, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// worker starts a worker, and returns a runner for what is to be done in it.
func worker(t *testing.T, r *Runner, args ...string) (*Runner, *Worker) {
	t.Helper()
	w, err := r.Worker("/", []string{"A=1"}, append([]string{workerName}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	return r.In(w), w
}

func TestWorker(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		dir := t.TempDir()
		r, w := worker(t, r.With(nil, []string{dir}), "one", "two")
		var list []string
		if err := r.Ask(t.Context(), "arguments", &list); err != nil || strings.Join(list, " ") != "one two" {
			t.Error(list, err)
		}
		for _, tt := range []struct{ script, want string }{
			{"echo x >" + dir + "/file; echo out; echo err >&2", "out\nerr"},
			{"cat " + dir + "/file; ls /proc/self/fd; umask; read x || echo no input", "x\n0\n1\n2\n3\n0022\nno input"},
			{"/usr/bin/env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=", "B=2"},
			{"grep NoNewPrivs /proc/self/status", "NoNewPrivs:\t1"},
		} {
			if out, err := sh(t, r, []string{"B=2"}, tt.script); err != nil || out != tt.want {
				t.Errorf("%s: %q, want %q, %v", tt.script, out, tt.want, err)
			}
		}
		var answer string
		if err := r.Ask(t.Context(), "never", &answer); err != nil || answer != "not never" {
			t.Error(answer, err)
		}
		if err := r.Ask(t.Context(), "fail", &answer); err == nil || err.Error() != "there is no answer" {
			t.Error(err)
		}
		_, err := sh(t, r, nil, "exit 7")
		if exit := (Exited)(nil); !errors.As(err, &exit) || exit.ExitCode() != 7 || err.Error() != "exit status 7" {
			t.Error(err)
		}
		err = r.Command(t.Context(), "/", nil, "/nowhere/tool").Run()
		if err == nil || !strings.Contains(err.Error(), "running /nowhere/tool: cannot be run: ") || !strings.Contains(err.Error(), "/nowhere/tool: no such file") {
			t.Error(err)
		}
		if !w.Alive() {
			t.Error("the worker has ended")
		}
		if err := r.Ask(t.Context(), "end", &answer); err == nil || !strings.Contains(err.Error(), "has ended: exit status 3: EOF: that was it") || w.Alive() {
			t.Error(err)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestWorkerView: a worker sees what a command of its runner does, and may do no more.
func TestWorkerView(t *testing.T) {
	if modes(t)[0] == Off {
		t.Skip("no namespaces here")
	}
	r, err := New(Require, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	r, _ = worker(t, r.With(nil, []string{dir}))
	for _, tt := range []struct{ script, want string }{
		{"ls -d /home /root /etc/passwd /var /sys /run 2>/dev/null; echo only that", "only that"},
		{"echo x 2>/dev/null >/usr/new || echo refused", "refused"},
		{"echo x >" + dir + "/new; cat " + dir + "/new", "x"},
		{"ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | grep -v ' lo:'; echo no network", "no network"},
		{"grep -E '^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs)' /proc/self/status", privileges()},
		{"grep -E '^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs)' /proc/1/status", privileges()},
		{"mount -t tmpfs none /usr 2>/dev/null || echo refused", "refused"},
		{"chroot / /bin/true 2>/dev/null || echo refused", "refused"},
	} {
		if out, err := sh(t, r, []string{"PATH=/usr/bin:/bin:/usr/sbin"}, tt.script); out != tt.want {
			t.Errorf("%s: %q, want %q, %v", tt.script, out, tt.want, err)
		}
	}
}

// TestWorkerLimits: limits that are lower than those with which a worker has been started hold for what
// it is told then, the program itself and tools.
func TestWorkerLimits(t *testing.T) {
	for _, tt := range []struct {
		ask, script, want string
		limits            Limits
	}{
		{"", "while :; do :; done", "sh was ended: it took more than 1s of processor time; if the source is worth it, raise the limit with --limit-cpu", Limits{CPU: time.Second}},
		{"", "head -c 2000000 /dev/zero >$DIR/big", "sh was ended: it took more than 1 MB of space for one file; if the source is worth it, raise the limit with --limit-output", Limits{Output: 1 << 20}},
		{"", "sleep 1000", "sh was ended: it took more than 1s of time; if the source is worth it, raise the limit with --timeout", Limits{Timeout: time.Second}},
		{"", "while :; do echo $LONG; done", "sh was ended: it took more than 64 MB of output", Limits{}},
		// The worker itself has more than a gigabyte of addresses, by the threads that it happens to have.
		{"", "dd if=/dev/zero of=/dev/null bs=5000M count=1", "sh was ended: it took more than 4000 MB of memory; if the source is worth it, raise the limit with --limit-memory", Limits{Memory: 4000 << 20}},
		{"spin", "", "sandbox.test was ended: it took more than 1s of processor time; if the source is worth it, raise the limit with --limit-cpu", Limits{CPU: time.Second}},
		{"spin", "", "sandbox.test was ended: it took more than 1s of time; if the source is worth it, raise the limit with --timeout", Limits{Timeout: time.Second}},
		{"grow", "", "sandbox.test was ended: it took more than 1500 MB of memory; if the source is worth it, raise the limit with --limit-memory", Limits{Memory: 1500 << 20}},
		{"grow", "", "sandbox.test was ended: it took more than 64 MB of memory; if the source is worth it, raise the limit with --limit-memory", Limits{Memory: 64 << 20}},
		{"print", "", "sandbox.test was ended: it took more than 64 MB of output", Limits{}},
	} {
		t.Run(tt.ask+tt.want, func(t *testing.T) {
			each(t, Limits{}, func(t *testing.T, r *Runner) {
				dir := t.TempDir()
				r, _ = worker(t, r.With(nil, []string{dir}))
				if out, err := sh(t, r, nil, "echo before"); err != nil || out != "before" {
					t.Fatal(out, err)
				}
				var err error
				if tt.ask != "" {
					err = r.Within(tt.limits).Ask(t.Context(), tt.ask, new(string))
				} else {
					_, err = sh(t, r.Within(tt.limits), []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "DIR=" + dir, "LONG=" + strings.Repeat("x", 60000)}, tt.script)
				}
				if limit := (*LimitError)(nil); !errors.As(err, &limit) || err.Error() != tt.want {
					t.Errorf("%v, want %q", err, tt.want)
				}
			})
		})
	}
}

// A worker's end is that of all that runs in it, whoever brings it about.
func TestWorkerEndsAll(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		for _, way := range []string{"cancel", "close", "kill"} {
			script, word := family()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			end := cancel
			if way == "kill" {
				self, err := os.Executable()
				if err != nil {
					t.Fatal(err)
				}
				starter := exec.Command(self)
				starter.Env = append(os.Environ(), "SANDBOX_TEST_MODE="+string(r.mode), "SANDBOX_TEST_SCRIPT="+script, "SANDBOX_TEST_WORKER=1")
				if err := starter.Start(); err != nil {
					t.Fatal(err)
				}
				go func() { done <- starter.Wait() }()
				end = func() { starter.Process.Kill() }
			} else {
				in, w := worker(t, r)
				go func() {
					_, err := in.Command(ctx, "/", nil, "/bin/sh", "-c", script).CombinedOutput()
					done <- err
				}()
				if way == "close" {
					end = func() { w.Close() }
				}
			}
			until(t, word, 3)
			end()
			if err := <-done; err == nil || way == "cancel" && err != context.Canceled {
				t.Error(way, err)
			}
			until(t, word, 0)
		}
	})
}

// Where namespaces are refused, a worker that has to have them is not started.
func TestWorkerRefused(t *testing.T) {
	r, err := New(Require, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r.kernel.refuse = errors.New("operation not permitted")
	if _, err := r.Worker("/", nil, workerName); err == nil || !strings.Contains(err.Error(), "no sandbox for "+filepath.Base(os.Args[0])+": ") {
		t.Error(err)
	}
}
