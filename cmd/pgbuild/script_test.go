package main

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output in the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"pgbuild": main, "request": request, "packages": loadPackages})
}

// request is a command of scripts: an HTTP request to a server at a socket or a
// loopback address, of which it prints the answer's status and body.
//
//	request METHOD unix:PATH|HOST:PORT PATH [FILE]
func request() {
	method, address, path := os.Args[1], os.Args[2], os.Args[3]
	network := "tcp"
	if socket, ok := strings.CutPrefix(address, "unix:"); ok {
		network, address = "unix", socket
	}
	var body io.Reader
	if len(os.Args) > 4 {
		data, err := os.ReadFile(os.Args[4])
		if err != nil {
			panic(err)
		}
		body = bytes.NewReader(data)
	}
	r, err := http.NewRequest(method, "http://localhost"+path, body)
	if err != nil {
		panic(err)
	}
	client := http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, address)
	}}}
	answer, err := client.Do(r)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
	io.Copy(os.Stdout, answer.Body)
}

// TestScript runs the sessions of testdata/script. Their "pgbuild" is this one,
// and their caches are the user's: Go's own and, if there are no packs for this
// pgbuild in it, pgbuild's.
func TestScript(t *testing.T) {
	shared := sharedEnv(t)
	mounts, crossBuilds := canMount(t), canCross(t)
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Setup: func(env *testscript.Env) error {
			env.Vars = append(env.Vars, shared...)
			// For scripts that take everything else out of PATH.
			tools, _, _ := strings.Cut(env.Getenv("PATH"), string(filepath.ListSeparator))
			env.Setenv("PGBUILD", filepath.Join(tools, "pgbuild"))
			return nil
		},
		Condition: func(cond string) (bool, error) {
			switch cond {
			case "mount":
				return mounts, nil
			case "cross":
				return crossBuilds, nil
			case "network":
				host, err := target.StandaloneHost(t.Context(), target.Options{})
				return err == nil && target.CheckNetwork(t.Context(), host) == nil, err
			case "sandbox":
				return namespaces(t), nil
			case "cells":
				actions, _ := os.ReadFile("/proc/sys/kernel/seccomp/actions_avail")
				return strings.Contains(string(actions), "kill_process"), nil
			}
			return false, fmt.Errorf("unknown condition %q", cond)
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"cluster":  scriptCluster,
			"exits":    scriptExits,
			"waitfile": scriptWaitFile,
			"gone":     scriptGone,
			"mount":    scriptMount,
			"truncate": scriptTruncate,
			"plain":    scriptPlain,
		},
	})
}

// sharedEnv is what scripts keep of the user's environment. No network: what
// pgbuild carries has to be enough.
func sharedEnv(t *testing.T) []string {
	t.Helper()
	out, err := exec.Command("go", "env", "-json", "GOROOT", "GOCACHE", "GOMODCACHE", "GOPROXY").Output()
	if err != nil {
		t.Fatal(err)
	}
	var goEnv map[string]string
	if err := json.Unmarshal(out, &goEnv); err != nil {
		t.Fatal(err)
	}
	repo, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	other, machine := otherTarget()
	return []string{
		"PGSTD_ISOLATION=" + os.Getenv("PGSTD_ISOLATION"), // of the matrix
		"PG_CONFIG=" + pg.Path,
		"PG_INCLUDE=" + pg.IncludeDirServer,
		"OTHER_MAJOR=" + strconv.Itoa(pg.Major-1),
		"REPO=" + repo,
		"THIS_TARGET=" + string(target.Host()),
		"OTHER_TARGET=" + string(other),
		fmt.Sprintf("OTHER_MACHINE=%04x", uint16(machine)),
		"GOROOT=", // the go command knows its own
		"REAL_GOROOT=" + goEnv["GOROOT"],
		"GOCACHE=" + goEnv["GOCACHE"],
		"GOMODCACHE=" + goEnv["GOMODCACHE"],
		"XDG_CACHE_HOME=" + unpackedCache(t),
		"GOPROXY=off",
		"REAL_GOPROXY=" + goEnv["GOPROXY"],
		"GOFLAGS=",
		"PGSTD_PROGRESS=off", // what a first build says depends on how long it takes
	}
}

// unpackedCache is a folder for caches in which no packs are installed for this pgbuild: scripts
// try what a build says that has no compiler.
func unpackedCache(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store()
	if err != nil {
		t.Fatal(err)
	}
	installed, err := s.List()
	if err != nil {
		t.Fatal(err)
	}
	if slices.ContainsFunc(installed, func(i packs.Installed) bool { return i.Kit.Digest == link.KitDigest() }) {
		return filepath.Join(dir, "pgstd-scripts")
	}
	return dir
}

// scriptCluster starts a scratch PostgreSQL with the given extension files and
// those of extension pgstd, and lets the script's psql connect to it.
//
//	cluster [FILE | SETTING=VALUE]...
func scriptCluster(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("unsupported: ! cluster")
	}
	ctx := context.Background()
	pg, err := pgconfig.Find(ctx, "")
	ts.Check(err)
	cache, err := kit.DefaultCacheDir()
	ts.Check(err)
	files, err := target.BuildSupport(ctx, target.Request{})
	ts.Check(err)
	var settings []string
	for _, arg := range args {
		if strings.Contains(arg, "=") {
			settings = append(settings, arg)
		} else {
			files = append(files, ts.MkAbs(arg))
		}
	}
	c, err := cluster.Start(ctx, cluster.Options{PG: pg, CacheDir: filepath.Join(cache, "cluster"), Settings: settings, Files: files})
	ts.Check(err)
	ts.Defer(func() { ts.Check(c.Stop()) })
	for _, v := range c.Env() {
		name, value, _ := strings.Cut(v, "=")
		ts.Setenv(name, value)
	}
	ts.Setenv("PSQLRC", os.DevNull)
	ts.Setenv("PATH", pg.BinDir+string(filepath.ListSeparator)+ts.Getenv("PATH"))
}

// scriptExits runs a command and checks its exit code; exec knows only success
// and failure.
//
//	exits CODE COMMAND [ARG...]
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("%s: exit code %d, want %s", args[1], code, args[0])
	}
}

// scriptWaitFile waits until a file is there that a command in the background
// makes.
//
//	waitfile FILE
func scriptWaitFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: waitfile FILE")
	}
	// Long enough for a first build of the standard library on a slow machine.
	for deadline := time.Now().Add(10 * time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(ts.MkAbs(args[0])); err == nil {
			return
		}
	}
	ts.Fatalf("%s does not appear", args[0])
}

// scriptGone checks that what the path in a file leads to is not there.
//
//	gone FILE
func scriptGone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gone FILE")
	}
	path := strings.TrimSpace(ts.ReadFile(args[0]))
	if path == "" {
		ts.Fatalf("%s is empty", args[0])
	}
	if _, err := os.Stat(path); !errors.Is(err, os.ErrNotExist) {
		ts.Fatalf("%s is still there (%v)", path, err)
	}
}

// scriptMount makes a folder that is a file system in memory of its own, with the
// given options, until the script ends.
//
//	mount FOLDER OPTIONS
func scriptMount(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mount FOLDER OPTIONS")
	}
	folder := ts.MkAbs(args[0])
	ts.Check(os.MkdirAll(folder, 0o755))
	ts.Check(exec.Command("mount", "-t", "tmpfs", "-o", args[1], "none", folder).Run())
	ts.Defer(func() { ts.Check(exec.Command("umount", folder).Run()) })
}

// otherTarget is one for another architecture than this machine's, and what the
// header of an ELF file calls that.
func otherTarget() (target.Target, elf.Machine) {
	for name, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		if t, err := target.Parse("linux-postgres-" + name); err == nil && t.Cross() {
			return t, machine
		}
	}
	panic("no other target")
}

// canCross tells whether this machine can build and test for another architecture.
func canCross(t *testing.T) bool {
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	other, _ := otherTarget()
	_, compiler := kit.FindCC(g, other)
	_, emulator := kit.Emulator(other)
	return compiler == nil && emulator == nil
}

// scriptTruncate makes a file one of 1 GB, without a byte more on the disk.
//
//	truncate FILE
func scriptTruncate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: truncate FILE")
	}
	ts.Check(os.Truncate(ts.MkAbs(args[0]), 1<<30))
}

// scriptPlain writes a file with what the first one has, a file or stdout, in the wording of the
// oldest major that is tested.
//
//	plain FROM TO
func scriptPlain(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: plain FROM TO")
	}
	pg, err := pgconfig.Find(context.Background(), "")
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), clusters.Plain([]byte(ts.ReadFile(args[0])), pg.Major), 0o644))
}

// namespaces tells whether tools can have some here.
func namespaces(t *testing.T) bool {
	t.Helper()
	r, err := sandbox.New(sandbox.Auto, sandbox.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	works, _ := r.Sandboxed(t.Context())
	return works
}

// canMount tells whether mount works here; containers and ordinary users lack
// the right.
func canMount(t *testing.T) bool {
	folder := t.TempDir()
	if exec.Command("mount", "-t", "tmpfs", "none", folder).Run() != nil {
		return false
	}
	if err := exec.Command("umount", folder).Run(); err != nil {
		t.Fatal(err)
	}
	return true
}

// Every command explains itself, with an example of how it is called.
func TestHelp(t *testing.T) {
	for _, cmd := range rootCommand().Commands() {
		for _, c := range append(cmd.Commands(), cmd) {
			if c.Long == "" || c.Short == "" {
				t.Errorf("%s has no help", c.CommandPath())
			}
			if !c.HasSubCommands() && !strings.Contains(c.Example, c.CommandPath()) {
				t.Errorf("%s has no example", c.CommandPath())
			}
			if strings.HasSuffix(c.Short, ".") {
				t.Errorf("%s: the short help ends in a full stop", c.CommandPath())
			}
		}
	}
}

func TestProgress(t *testing.T) {
	var out strings.Builder
	t.Setenv("PGSTD_PROGRESS", "off")
	p := newProgress(&out)
	p.step("fmt", 1, 2)
	p.end()
	if out.Len() > 0 {
		t.Errorf("it is off, but: %q", out.String())
	}
	t.Setenv("PGSTD_PROGRESS", "")
	p = newProgress(&out)
	p.last = time.Now().Add(time.Hour)
	p.step("fmt", 1, 2)
	p.last = time.Now().Add(-time.Hour)
	p.step("strings", 2, 2)
	p.end()
	if want := "pgbuild: first build for this target: 2 of 2: strings\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
	for _, test := range []struct {
		width int
		want  string
	}{
		{100, "first build for this target: 7 of 150: example.org/some/thing"},
		{60, "first build for this target: 7 of 150: …/some/thing"},
		{50, "first build for this target: 7 of 150: …/thing"},
		{40, "7 of 150"},
	} {
		out.Reset()
		p.width = test.width
		p.step("example.org/some/thing", 7, 150)
		p.end()
		p.end()
		if want := "\r\x1b[K" + test.want + "\r\x1b[K"; out.String() != want {
			t.Errorf("%d: %q, want %q", test.width, out.String(), want)
		}
	}
}
