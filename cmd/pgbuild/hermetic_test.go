package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// A machine is what is around a build and must not matter to it.
type machine struct {
	dir   string   // holds everything of this machine
	env   []string // instead of this process's own
	flags []string
	user  *syscall.Credential
	umask int
	run   func(cmd *exec.Cmd) error // instead of Run
}

// newMachine makes one with an empty home and a cache of its own. With a shared cache of the
// go command, nothing but the host is compiled anew.
func newMachine(t *testing.T, shared bool) *machine {
	t.Helper()
	m := &machine{dir: t.TempDir(), umask: 0o022}
	for _, name := range []string{"home", "tmp", "cache/pgstd", "src", "out", "bin"} {
		if err := os.MkdirAll(filepath.Join(m.dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if shared {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		built := filepath.Join(cache, "pgstd", "go-build")
		if err := os.MkdirAll(built, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(built, filepath.Join(m.dir, "cache/pgstd/go-build")); err != nil {
			t.Fatal(err)
		}
	}
	// The test is pgbuild when it is called so, but another user cannot reach it.
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", self, filepath.Join(m.dir, "bin/pgbuild")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	m.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(m.dir, "home"), "TMPDIR=" + filepath.Join(m.dir, "tmp"),
		"XDG_CACHE_HOME=" + filepath.Join(m.dir, "cache"), "PGSTD_PROGRESS=off",
	}
	return m
}

// write puts files below the machine's folder.
func (m *machine) write(t *testing.T, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(m.dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		perm := fs.FileMode(0o644)
		if strings.HasPrefix(text, "#!") {
			perm = 0o755
		}
		if err := os.WriteFile(path, []byte(text), perm); err != nil {
			t.Fatal(err)
		}
	}
}

var greeting = map[string]string{
	"src/go.mod": "module example.org/greeting\n\ngo 1.26\n",
	"src/greeting.go": `// Package greeting greets.
package greeting

import "fmt"

//pg:function
func Greet(name string) (string, error) {
	if name == "" {
		return "", fmt.Errorf("nobody to greet")
	}
	return "Hello, " + name, nil
}
`,
}

// build builds src and returns the files that come out, and what pgbuild has said.
func (m *machine) build(t *testing.T) (map[string][]byte, string, error) {
	t.Helper()
	cmd := exec.Command("/bin/sh", append([]string{"-c", fmt.Sprintf(`umask %04o; exec "$@"`, m.umask), "sh",
		filepath.Join(m.dir, "bin/pgbuild"), "build", "-o", filepath.Join(m.dir, "out")}, m.flags...)...)
	cmd.Dir = filepath.Join(m.dir, "src")
	cmd.Env = append(slices.Clone(m.env), "PWD="+cmd.Dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: m.user}
	var said bytes.Buffer
	cmd.Stderr = &said
	run := m.run
	if run == nil {
		run = (*exec.Cmd).Run
	}
	err := run(cmd)
	built := map[string][]byte{}
	entries, readErr := os.ReadDir(filepath.Join(m.dir, "out"))
	if readErr != nil {
		t.Fatal(readErr)
	}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(m.dir, "out", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		built[e.Name()] = data
	}
	return built, said.String(), err
}

// same compares what two machines have built.
func same(t *testing.T, want, got map[string][]byte) {
	t.Helper()
	if w, g := slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)); len(w) != 3 || !slices.Equal(w, g) {
		t.Fatalf("files %q, want %q", g, w)
	}
	for name, data := range want {
		if !bytes.Equal(data, got[name]) {
			at := 0
			for at < min(len(data), len(got[name])) && data[at] == got[name][at] {
				at++
			}
			t.Errorf("%s differs from byte %d of %d on (%d): %q", name, at, len(data), len(got[name]), got[name][at:min(at+80, len(got[name]))])
		}
	}
}

// ofGreeting is what this machine has built of it, once for all tests: it takes half a minute.
var ofGreeting map[string][]byte

// reference builds as this machine is.
func reference(t *testing.T) map[string][]byte {
	t.Helper()
	if ofGreeting == nil {
		m := newMachine(t, true)
		m.write(t, greeting)
		files, said, err := m.build(t)
		if err != nil || said != "" {
			t.Fatalf("%v: %s", err, said)
		}
		ofGreeting = files
	}
	return ofGreeting
}

// TestHostileEnvironment sets everything that could reach the go command, the compiler or the
// linker to something that would be noticed.
func TestHostileEnvironment(t *testing.T) {
	want := reference(t)
	for _, mode := range []string{"auto", "off"} {
		t.Run(mode, func(t *testing.T) {
			m := newMachine(t, true)
			evil := filepath.Join(m.dir, "evil")
			mark := filepath.Join(m.dir, "mark")
			script := "#!/bin/sh\necho $0 >>" + mark + "\nexit 1\n"
			m.write(t, greeting)
			m.write(t, map[string]string{
				"evil/toolexec": script, "evil/bin/as": script, "evil/bin/ld": script, "evil/bin/ar": script, "evil/bin/git": script,
				"evil/bin/cc1": script, "evil/bin/collect2": script, "evil/bin/compile": script,
				"evil/include/signal.h": "#error evil\n", "evil/include/postgres.h": "#error evil\n", "evil/evil.h": "#error evil\n",
				"evil/env":                  "GOFLAGS=-toolexec=" + evil + "/toolexec\nGOEXPERIMENT=nosuch\nGOAMD64=v4\n",
				"evil/go.work":              "evil\n",
				"home/.config/go/env":       "GOFLAGS=-toolexec=" + evil + "/toolexec\nCGO_CFLAGS=-include " + evil + "/evil.h\n",
				"home/.gitconfig":           "[core]\n\tfsmonitor = " + evil + "/toolexec\n",
				"home/.netrc":               "evil\n",
				"src/.git/config":           "[core]\n\tfsmonitor = " + evil + "/toolexec\n",
				"src/.git/HEAD":             "ref: refs/heads/main\n",
				"src/.git/refs/heads/.keep": "", "src/.git/objects/.keep": "",
				"evil/preload.c": fmt.Sprintf("#include <stdio.h>\n#include <errno.h>\n__attribute__((constructor)) static void f(void)\n"+
					"{ FILE *m = fopen(%q, \"a\"); if (m) { fprintf(m, \"%%s\\n\", program_invocation_name); fclose(m); } }\n", filepath.Join(m.dir, "preloaded")),
			})
			if out, err := exec.Command("gcc", "-D_GNU_SOURCE", "-shared", "-fPIC", "-o", evil+"/preload.so", evil+"/preload.c").CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			m.flags = []string{"--sandbox=" + mode}
			// What selects the go command and the C compiler is the user's to say: both are found first.
			for _, tool := range []string{"go", "gcc", "pg_config"} {
				path, err := exec.LookPath(tool)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(path, filepath.Join(evil, "bin", tool)); err != nil {
					t.Fatal(err)
				}
			}
			// What a release has removed, no program of it starts with.
			debug := "GODEBUG=gotypesalias=0"
			if !strings.HasPrefix(runtime.Version(), "go1.26") {
				debug = "GODEBUG=installgoroot=all"
			}
			m.env = append(m.env, debug,
				"PATH="+evil+"/bin:"+os.Getenv("PATH"),
				"GOFLAGS=-toolexec="+evil+"/toolexec", "GOENV="+evil+"/env", "GOEXPERIMENT=nosuch", "GOWORK="+evil+"/go.work",
				"GO111MODULE=off", "GOAMD64=v4", "GOTMPDIR=/nowhere", "GOTOOLDIR="+evil, "GOCACHEPROG="+evil+"/toolexec",
				"GOCACHE="+evil+"/gocache", "GOPATH="+evil, "GOPROXY=http://127.0.0.1:1", "GOSUMDB=off", "GOVCS=*:all", "GOAUTH="+evil+"/toolexec",
				"GOPRIVATE=*", "GOINSECURE=*", "GOGCCFLAGS=-evil", "GO_EXTLINK_ENABLED=1", "GOROOT_FINAL=/evil", "GOFIPS140=latest",
				"CGO_ENABLED=0", "CGO_CFLAGS=-include "+evil+"/evil.h", "CGO_CPPFLAGS=-DEVIL", "CGO_LDFLAGS=-levil", "CGO_CFLAGS_ALLOW=.*", "CXX="+evil+"/toolexec",
				"AR="+evil+"/toolexec", "PKG_CONFIG="+evil+"/toolexec", "CFLAGS=-include "+evil+"/evil.h", "CPPFLAGS=-DEVIL", "LDFLAGS=-levil",
				"GIT_DIR="+evil, "GIT_CONFIG_GLOBAL="+evil+"/env", "GIT_EXEC_PATH="+evil+"/bin", "GIT_SSH_COMMAND="+evil+"/toolexec", "GIT_EXTERNAL_DIFF="+evil+"/toolexec",
				"LD_PRELOAD="+evil+"/preload.so", "LD_LIBRARY_PATH="+evil, "LD_RUN_PATH="+evil, "LD_OPTIONS=-levil", "LDEMULATION=evil",
				"LIBRARY_PATH="+evil, "CPATH="+evil+"/include", "C_INCLUDE_PATH="+evil+"/include", "CPLUS_INCLUDE_PATH="+evil+"/include", "OBJC_INCLUDE_PATH="+evil,
				"GCC_EXEC_PREFIX="+evil+"/bin/", "COMPILER_PATH="+evil+"/bin", "COLLECT_GCC_OPTIONS=-evil", "GCC_COMPARE_DEBUG=1", "GCC_COLORS=always",
				"DEPENDENCIES_OUTPUT="+mark, "SUNPRO_DEPENDENCIES="+mark, "SOURCE_DATE_EPOCH=1", "BASH_ENV="+evil+"/toolexec", "ENV="+evil+"/toolexec",
				"LANG=de_DE.UTF-8", "LC_ALL=de_DE.UTF-8", "LC_MESSAGES=de_DE.UTF-8", "TZ=Pacific/Kiritimati", "POSIXLY_CORRECT=1", "GOGC=1", "GOMEMLIMIT=1", "GOMAXPROCS=1",
				"GOTRACEBACK=crash", "NETRC="+evil+"/env", "HTTPS_PROXY=http://127.0.0.1:1", "MAKEFLAGS=-j8", "CCACHE_PREFIX="+evil+"/toolexec",
			)
			got, said, err := m.build(t)
			if err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			same(t, want, got)
			if data, err := os.ReadFile(mark); err == nil {
				t.Errorf("run, or written: %s", data)
			}
			// Only what was started with this environment, the test's shell and pgbuild itself.
			data, err := os.ReadFile(filepath.Join(m.dir, "preloaded"))
			if err != nil {
				t.Fatal(err)
			}
			for name := range strings.Lines(string(data)) {
				if base := filepath.Base(strings.TrimSpace(name)); base != "pgbuild" && base != "sh" {
					t.Errorf("preloaded into %s", name)
				}
			}
		})
	}
}

// TestReproducible builds on machines that have nothing in common but the tools.
func TestReproducible(t *testing.T) {
	want := reference(t)
	t.Run("everything else", func(t *testing.T) {
		m := newMachine(t, false)
		m.write(t, greeting)
		// Other times of files, as of a checkout on another day.
		then := time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)
		for name := range greeting {
			if err := os.Chtimes(filepath.Join(m.dir, name), then, then); err != nil {
				t.Fatal(err)
			}
		}
		// Another name of GOROOT.
		root, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			t.Fatal(err)
		}
		link := filepath.Join(m.dir, "goroot")
		if err := os.Symlink(strings.TrimSpace(string(root)), link); err != nil {
			t.Fatal(err)
		}
		m.flags = []string{"--go=" + link + "/bin/go"}
		m.env = append(m.env, "TZ=Pacific/Kiritimati", "LC_ALL=de_DE.UTF-8", "GOMAXPROCS=1", "USER=somebody")
		m.umask = 0o077
		if os.Geteuid() == 0 && othersEnter(t, strings.TrimSpace(string(root))) {
			const nobody = 65534
			m.user = &syscall.Credential{Uid: nobody, Gid: nobody}
			err := filepath.WalkDir(m.dir, func(path string, _ fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				return os.Lchown(path, nobody, nobody)
			})
			if err != nil {
				t.Fatal(err)
			}
			reachable(t, m.dir)
		}
		// The first build compiles everything, the others what their sandbox needs to see.
		modes := []string{"off", "auto"}
		if namespaces(t) {
			modes[1] = "require" // which is the same then
		}
		for _, mode := range modes {
			flags := m.flags
			m.flags = append(slices.Clip(flags), "--sandbox="+mode)
			got, said, err := m.build(t)
			if err != nil {
				t.Fatalf("%s: %v: %s", mode, err, said)
			}
			same(t, want, got)
			m.flags = flags
			if err := os.RemoveAll(filepath.Join(m.dir, "cache/pgstd/host-postgres")); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// othersEnter tells whether other users can read a folder: what the go command has fetched by
// itself is in somebody's home.
func othersEnter(t *testing.T, dir string) bool {
	t.Helper()
	for ; dir != "/"; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode()&0o005 != 0o005 {
			t.Logf("built by the same user: others cannot enter %s", dir)
			return false
		}
	}
	return true
}

// reachable lets other users enter the test's own folders above dir.
func reachable(t *testing.T, dir string) {
	t.Helper()
	for up := filepath.Dir(dir); up != filepath.Dir(os.TempDir()) && up != os.TempDir() && up != "/"; up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o711); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSignals ends pgbuild while the C compiler runs: nothing of it is left.
func TestSignals(t *testing.T) {
	reference(t) // for which the library has been compiled, so that what is waited for comes soon
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGKILL} {
		for _, mode := range []string{"auto", "off"} {
			t.Run(sig.String()+" "+mode, func(t *testing.T) {
				m := newMachine(t, true)
				m.write(t, greeting)
				word := fmt.Sprintf("%d.%d", 200000+os.Getpid(), time.Now().UnixNano()%1e9)
				m.write(t, map[string]string{"bin/slowcc": "#!/bin/sh\ntest \"$1\" = -v && exit 0\nsleep " + word + " &\nsleep " + word + "\n"})
				m.env = append(m.env, "CC="+filepath.Join(m.dir, "bin/slowcc"))
				m.flags = []string{"--sandbox=" + mode}
				m.run = func(cmd *exec.Cmd) error {
					if err := cmd.Start(); err != nil {
						return err
					}
					sleeping(t, word, true)
					if err := cmd.Process.Signal(sig); err != nil {
						return err
					}
					return cmd.Wait()
				}
				built, said, err := m.build(t)
				if err == nil || len(built) > 0 {
					t.Errorf("%v, built %d files", err, len(built))
				}
				if sig != syscall.SIGKILL {
					if said != "pgbuild: interrupted\n" {
						t.Errorf("it says %q", said)
					}
					if left, _ := os.ReadDir(filepath.Join(m.dir, "tmp")); len(left) > 0 {
						t.Errorf("left behind: %v", left)
					}
				}
				sleeping(t, word, false)
			})
		}
	}
}

// sleeping waits until there is, or is not, a process that sleeps for that long.
func sleeping(t *testing.T, word string, want bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		files, err := filepath.Glob("/proc/[0-9]*/cmdline")
		if err != nil {
			t.Fatal(err)
		}
		found := slices.ContainsFunc(files, func(name string) bool {
			text, _ := os.ReadFile(name) // gone meanwhile
			return string(text) == "sleep\x00"+word+"\x00"
		})
		if found == want {
			return
		}
	}
	t.Fatalf("a process that sleeps: want %t", want)
}
