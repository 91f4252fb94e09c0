package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestMain lets the test be a process that starts a command and does not end.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == workerName {
		testWorker()
	}
	if mode := os.Getenv("SANDBOX_TEST_MODE"); mode != "" {
		r, err := New(Mode(mode), Limits{})
		if err != nil {
			panic(err)
		}
		if os.Getenv("SANDBOX_TEST_WORKER") != "" {
			w, err := r.Worker("/", nil, workerName)
			if err != nil {
				panic(err)
			}
			r = r.In(w)
		}
		panic(r.Command(context.Background(), "/", nil, "/bin/sh", "-c", os.Getenv("SANDBOX_TEST_SCRIPT")).Run())
	}
	os.Exit(m.Run())
}

// processes counts those whose command line has the word.
func processes(t *testing.T, word string) (n int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		text, _ := os.ReadFile(name) // gone meanwhile
		if strings.HasPrefix(string(text), "sleep\x00"+word) || strings.HasPrefix(string(text), "/bin/sleep\x00"+word) {
			n++
		}
	}
	return n
}

// until waits for a number of such processes.
func until(t *testing.T, word string, n int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); processes(t, word) != n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d processes, want %d", processes(t, word), n)
		}
	}
}

// family is a script of three processes that wait for one another: children, and
// one whose parent has gone.
func family() (script, word string) {
	word = fmt.Sprintf("%d.%d", 100000+os.Getpid(), time.Now().UnixNano()%1e9)
	return "(/bin/sleep " + word + " & ) ; /bin/sleep " + word + " & /bin/sleep " + word + "; :", word
}

func TestCancelEndsAll(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		script, word := family()
		ctx, cancel := context.WithCancel(t.Context())
		cmd := r.Command(ctx, "/", nil, "/bin/sh", "-c", script)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, word, 3)
		cancel()
		if err := cmd.Wait(); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		until(t, word, 0)
	})
}

func TestTimeoutEndsAll(t *testing.T) {
	each(t, Limits{Timeout: 2 * time.Second}, func(t *testing.T, r *Runner) {
		script, word := family()
		_, err := sh(t, r, nil, script)
		if limit := (*LimitError)(nil); !errors.As(err, &limit) || limit.Flag != "--timeout" {
			t.Error(err)
		}
		until(t, word, 0)
	})
}

// A process that is killed can do nothing any more; the kernel ends its commands.
func TestKillEndsAll(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		script, word := family()
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		starter := exec.Command(self)
		starter.Env = append(os.Environ(), "SANDBOX_TEST_MODE="+string(r.mode), "SANDBOX_TEST_SCRIPT="+script)
		if err := starter.Start(); err != nil {
			t.Fatal(err)
		}
		until(t, word, 3)
		if err := starter.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		starter.Wait()
		until(t, word, 0)
	})
}

// TestAsNobody is about the sandbox of those who are not root.
func TestAsNobody(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the other tests are run by an ordinary user")
	}
	const nobody = 65534
	dir, err := os.MkdirTemp("", "sandbox-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(dir, "test")
	if err := errors.Join(os.WriteFile(program, self, 0o755), os.Chown(dir, nobody, nobody)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=Environment|Inherited|Errors|View|CancelEnds|KillEnds|Worker$|WorkerView|WorkerEnds", "-test.v")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "TMPDIR="+dir, "HOME="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || modes(t)[0] == Require && !strings.Contains(string(out), "--- PASS: TestView") {
		t.Errorf("%v: %s", err, out)
	}
}

// Where namespaces are refused, Auto goes on without them and Require does not.
func TestRefused(t *testing.T) {
	refusing := func(m Mode) *Runner {
		r, err := New(m, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		r.kernel.refuse = errors.New("operation not permitted")
		return r
	}
	out, err := sh(t, refusing(Auto), nil, "echo it runs")
	if err != nil || out != "it runs" {
		t.Errorf("%q, %v", out, err)
	}
	if ok, why := refusing(Auto).Sandboxed(t.Context()); ok || why == nil || !strings.Contains(why.Error(), "operation not permitted") {
		t.Error(ok, why)
	}
	_, err = sh(t, refusing(Require), nil, "echo it runs")
	if err == nil || !strings.Contains(err.Error(), "no sandbox for sh: ") || !strings.Contains(err.Error(), "or do without one with --sandbox=auto") {
		t.Error(err)
	}
}

func TestSizes(t *testing.T) {
	for _, tt := range []struct {
		text string
		want int64
	}{
		{"1B", 1}, {"4 GB", 4 << 30}, {"512MB", 512 << 20}, {"8kB", 8 << 10}, {"2TB", 2 << 40}, {"0B", 0},
		{"", -1}, {"4", -1}, {"4gb", -1}, {"-1GB", -1}, {"1.5GB", -1}, {"GB", -1}, {"9999999TB", -1}, {"4GBGB", -1}, {"0x4GB", -1},
	} {
		got, err := ParseSize(tt.text)
		if tt.want < 0 {
			if err == nil || !strings.Contains(err.Error(), "write a whole number with a unit") {
				t.Errorf("%q is read as %d, %v", tt.text, got, err)
			}
			continue
		}
		if err != nil || got != tt.want {
			t.Errorf("%q is read as %d, %v", tt.text, got, err)
		}
		if again, err := ParseSize(FormatSize(got)); got > 0 && (err != nil || again != got) {
			t.Errorf("%q is written as %q", tt.text, FormatSize(got))
		}
	}
}
