package sandbox

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// modes are those that this machine has.
func modes(t *testing.T) []Mode {
	t.Helper()
	r, err := New(Auto, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if ok, why := r.Sandboxed(t.Context()); !ok {
		t.Logf("no namespaces: %v", why)
		return []Mode{Off}
	}
	return []Mode{Require, Off}
}

// each runs a test in every mode.
func each(t *testing.T, limits Limits, f func(t *testing.T, r *Runner)) {
	for _, m := range modes(t) {
		t.Run(string(m), func(t *testing.T) {
			r, err := New(m, limits)
			if err != nil {
				t.Fatal(err)
			}
			f(t, r)
		})
	}
}

// sh runs a shell script and returns what it prints.
func sh(t *testing.T, r *Runner, env []string, script string) (string, error) {
	t.Helper()
	out, err := r.Command(t.Context(), "/", env, "/bin/sh", "-c", script).CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

func TestEnvironmentIsGiven(t *testing.T) {
	t.Setenv("LD_PRELOAD", "/nowhere/evil.so")
	t.Setenv("SECRET", "yes")
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		out, err := sh(t, r, []string{"A=1"}, "/usr/bin/env | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=")
		if err != nil || out != "A=1" {
			t.Errorf("%q, %v", out, err)
		}
		out, _ = sh(t, r, nil, "/usr/bin/env | grep -c -e SECRET -e LD_PRELOAD")
		if out != "0" {
			t.Errorf("without an environment it is %q", out)
		}
	})
}

func TestNothingIsInherited(t *testing.T) {
	f, err := os.Open("/etc/hostname")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		out, err := sh(t, r, nil, "ls /proc/self/fd; umask; ulimit -c; read x || echo no input")
		if want := "0\n1\n2\n3\n0022\n0\nno input"; err != nil || out != want {
			t.Errorf("%q, want %q, %v", out, want, err)
		}
	})
}

func TestErrors(t *testing.T) {
	each(t, Limits{}, func(t *testing.T, r *Runner) {
		_, err := sh(t, r, nil, "exit 7")
		if exit := (*exec.ExitError)(nil); !errors.As(err, &exit) || exit.ExitCode() != 7 {
			t.Errorf("exit 7: %v", err)
		}
		err = r.Command(t.Context(), "/", nil, "/nowhere/tool").Run()
		if err == nil || !strings.Contains(err.Error(), "running /nowhere/tool: cannot be run: exec /nowhere/tool: no such file") {
			t.Errorf("no tool: %v", err)
		}
		err = r.Command(t.Context(), "/nowhere", nil, "/bin/true").Run()
		if err == nil || !strings.Contains(err.Error(), "cannot be run: chdir /nowhere: no such file") {
			t.Errorf("no folder: %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := r.Command(ctx, "/", nil, "/bin/true").Run(); err != context.Canceled {
			t.Errorf("cancelled before: %v", err)
		}
	})
	if _, err := New("maybe", Limits{}); err == nil || err.Error() != `no sandbox mode "maybe"; there is auto, require, off` {
		t.Error(err)
	}
}

func TestView(t *testing.T) {
	if modes(t)[0] == Off {
		t.Skip("no namespaces here")
	}
	dir := t.TempDir()
	for _, name := range []string{"ro", "rw", "rw/deep", "secret"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"ro/file", "secret/file"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(name+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, l := range [][2]string{{"ro", "link"}, {dir + "/link", "link2"}} {
		if err := os.Symlink(l[0], filepath.Join(dir, l[1])); err != nil {
			t.Fatal(err)
		}
	}
	r, err := New(Require, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r = r.With([]string{dir + "/link2", dir + "/absent", dir + "/rw", "/"}, []string{dir + "/rw"})
	for _, tt := range []struct{ script, want string }{
		{"ls " + dir, "link\nlink2\nro\nrw"},
		{"cat " + dir + "/link2/file", "ro/file"},
		{"cat " + dir + "/ro/file", "ro/file"},
		{"echo x 2>/dev/null >" + dir + "/ro/file || echo refused", "refused"},
		{"echo x 2>/dev/null >" + dir + "/new || echo refused", "refused"},
		{"echo x >" + dir + "/rw/deep/new; cat " + dir + "/rw/deep/new", "x"},
		{"echo x 2>/dev/null >/usr/new || echo refused", "refused"},
		{"cat " + dir + "/secret/file 2>/dev/null || echo hidden", "hidden"},
		{"ls -d /home /root /etc/passwd /var /sys /run 2>/dev/null; echo only that", "only that"},
		{"echo x >/dev/null; head -c 3 /dev/zero | wc -c", "3"},
		{"ls /sys/class/net 2>/dev/null; tail -n +3 /proc/net/dev | grep -v ' lo:'; echo no network", "no network"},
		{"cd /proc && echo [0-9]*", "1"},
		{"grep -E '^(CapEff|CapPrm|CapInh|CapAmb|NoNewPrivs)' /proc/self/status", privileges()},
		{"mount -t tmpfs none /usr 2>/dev/null || echo refused", "refused"},
		{"chroot / /bin/true 2>/dev/null || echo refused", "refused"},
	} {
		if out, err := sh(t, r, []string{"PATH=/usr/bin:/bin:/usr/sbin"}, tt.script); out != tt.want {
			t.Errorf("%s: %q, want %q, %v", tt.script, out, tt.want, err)
		}
	}
}

// privileges are what a tool has: root reads everybody's files, nobody else has any.
func privileges() string {
	caps := uint64(0)
	if os.Geteuid() == 0 {
		caps = kept
	}
	return fmt.Sprintf("CapInh:\t%016x\nCapPrm:\t%016x\nCapEff:\t%016x\nCapAmb:\t%016x\nNoNewPrivs:\t1", 0, caps, caps, 0)
}

func TestLimits(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name, script string
		limits       Limits
		flag         string
	}{
		{"processor time", "while :; do :; done", Limits{CPU: time.Second}, "sh was ended: it took more than 1s of processor time; if the source is worth it, raise the limit with --limit-cpu"},
		{"output", "head -c 2000000 /dev/zero >" + dir + "/big", Limits{Output: 1 << 20}, "sh was ended: it took more than 1 MB of space for one file; if the source is worth it, raise the limit with --limit-output"},
		{"time", "sleep 1000", Limits{Timeout: time.Second}, "sh was ended: it took more than 1s of time; if the source is worth it, raise the limit with --timeout"},
		{"time in the background", "sleep 1000 & sleep 1000", Limits{Timeout: time.Second}, "--timeout"},
		{"messages", "while :; do echo $LONG; done", Limits{}, "sh was ended: it took more than 64 MB of output"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			each(t, tt.limits, func(t *testing.T, r *Runner) {
				r = r.With(nil, []string{dir})
				_, err := sh(t, r, []string{"PATH=/usr/bin:/bin", "LONG=" + strings.Repeat("x", 60000)}, tt.script)
				if limit := (*LimitError)(nil); !errors.As(err, &limit) || !strings.Contains(err.Error(), tt.flag) {
					t.Errorf("%v, want %q", err, tt.flag)
				}
			})
		})
	}
}

// What gives way is nicer than its caller, and so is all that it starts; it never becomes less nice.
func TestYield(t *testing.T) {
	for _, m := range modes(t) {
		r, err := New(m, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		before, err := sh(t, r, nil, "nice")
		if err != nil {
			t.Fatal(err)
		}
		want := "10"
		if n, err := strconv.Atoi(before); err == nil && n > 10 {
			want = before
		}
		if out, err := sh(t, r.Within(Limits{Yield: true}), nil, "sh -c nice"); err != nil || out != want {
			t.Errorf("%s: %q, %v, and %q before", m, out, err, before)
		}
		if out, err := sh(t, r.Within(Limits{Yield: true}).Within(Limits{Yield: false}), nil, "nice"); err != nil || out != want {
			t.Errorf("%s, under further limits: %q, %v", m, out, err)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	each(t, Limits{Memory: 256 << 20}, func(t *testing.T, r *Runner) {
		_, err := sh(t, r, []string{"PATH=/usr/bin:/bin", "LC_ALL=C"}, "dd if=/dev/zero of=/dev/null bs=900M count=1")
		if limit := (*LimitError)(nil); !errors.As(err, &limit) || limit.Flag != "--limit-memory" {
			t.Errorf("%v, want the limit of memory", err)
		}
	})
}

func BenchmarkCommand(b *testing.B) {
	for _, m := range []Mode{Auto, Off} {
		b.Run(string(m), func(b *testing.B) {
			r, err := New(m, Limits{})
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if err := r.Command(b.Context(), "/", nil, "/bin/true").Run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("direct", func(b *testing.B) {
		for b.Loop() {
			if err := exec.Command("/bin/true").Run(); err != nil {
				b.Fatal(err)
			}
		}
	})
}
