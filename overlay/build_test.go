package overlay

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pgstd/pgstd/internal/gocmd"
)

func goCommand(t testing.TB) *gocmd.Go {
	t.Helper()
	g, err := gocmd.FindIn(t.Context(), "", t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// small is a configuration with one replacement in the real library.
func small(t testing.TB) Config {
	return Config{
		Go:       goCommand(t),
		GOARCH:   runtime.GOARCH,
		CacheDir: t.TempDir(),
		Trees: []Tree{{"pgstd", fstest.MapFS{
			"errors/x.go":          {Data: []byte("//go:build postgres\n\npackage errors\n\nfunc New(text string) error { return nil }\n")},
			"errors/overlay.rules": {Data: []byte("drop join.go -- not needed here\nremove errorString\nremove errorString.Error\n")},
		}}},
	}
}

func TestBuild(t *testing.T) {
	c := small(t)
	o, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	src := filepath.Join(c.Go.Root, "src", "errors")
	replace := readJSON(t, o.JSON)
	for name, want := range map[string]bool{"errors.go": true, "zpgstd_x.go": true, "join.go": false} {
		to, ok := replace[filepath.Join(src, name)]
		if !ok || (to != "") != want {
			t.Errorf("%s is replaced by %q", name, to)
		}
	}
	if len(replace) != 3 {
		t.Errorf("replaces %v, want 3 files", replace)
	}
	c.GOARCH = "mips"
	if _, err := Build(t.Context(), c); err == nil || !strings.Contains(err.Error(), "amd64 or arm64") {
		t.Errorf("unknown architecture: %v", err)
	}
}

func readJSON(t *testing.T, name string) map[string]string {
	t.Helper()
	var o struct{ Replace map[string]string }
	data, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(data, &o)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range o.Replace {
		if to == "" {
			continue
		}
		if _, err := os.Stat(to); err != nil {
			t.Error(err)
		}
	}
	return o.Replace
}

// TestSymlinkedRoot proves that the hash is the same wherever Go is installed, and the keys are not.
func TestSymlinkedRoot(t *testing.T) {
	c := small(t)
	a, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "go")
	if err := os.Symlink(c.Go.Root, link); err != nil {
		t.Fatal(err)
	}
	g := *c.Go
	c.Go = &g
	g.Root = link
	b, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if a.Hash != b.Hash || a.Dir == b.Dir {
		t.Errorf("hashes %s and %s, folders %s and %s", a.Hash, b.Hash, a.Dir, b.Dir)
	}
	for from := range readJSON(t, b.JSON) {
		if !strings.HasPrefix(from, link+"/") {
			t.Errorf("%s is not below %s", from, link)
		}
	}
}

func TestCache(t *testing.T) {
	c := small(t)
	first, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	// A go command that cannot run shows that nothing is asked of it again.
	broken := *c.Go
	broken.Path = "/nowhere/go"
	idle := c
	idle.Go = &broken
	if again, err := Build(t.Context(), idle); err != nil || again.JSON != first.JSON || again.Hash != first.Hash {
		t.Fatalf("unchanged input: %+v, %v", again, err)
	}
	for _, damage := range []func(name string) error{os.Remove, func(name string) error { return os.Truncate(name, 1) }} {
		if err := damage(filepath.Join(first.Dir, "src", "errors", "errors.go")); err != nil {
			t.Fatal(err)
		}
		if again, err := Build(t.Context(), c); err != nil || again.Dir != first.Dir {
			t.Fatalf("after damage: %+v, %v", again, err)
		}
		readJSON(t, first.JSON)
		if data, err := os.ReadFile(filepath.Join(first.Dir, "src", "errors", "errors.go")); err != nil || len(data) < 100 {
			t.Fatalf("not repaired: %q, %v", data, err)
		}
	}
	c.Trees[0].FS.(fstest.MapFS)["errors/x.go"].Data = []byte("//go:build postgres\n\npackage errors\n\nfunc New(text string) error { panic(0) }\n")
	if other, err := Build(t.Context(), c); err != nil || other.Hash == first.Hash || other.Dir == first.Dir {
		t.Fatalf("changed input: %+v, %v", other, err)
	}
	noLeftovers(t, c.CacheDir)
}

func noLeftovers(t *testing.T, dir string) {
	t.Helper()
	for _, pattern := range []string{".tmp-*", "*/.tmp-*", "states/.*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %q", left)
		}
	}
}

func TestPrune(t *testing.T) {
	c := small(t)
	first, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	with, err := first.With(map[string][]byte{"/x/main.go": []byte("package main\n")})
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(c.CacheDir, ".tmp-left")
	states, _ := filepath.Glob(filepath.Join(c.CacheDir, "states", "*"))
	if err := os.Mkdir(left, 0o777); err != nil || len(states) != 1 {
		t.Fatal(states, err)
	}
	change := func(body string) {
		c.Trees[0].FS.(fstest.MapFS)["errors/x.go"].Data = []byte("//go:build postgres\n\npackage errors\n\nfunc New(text string) error { " + body + " }\n")
		if _, err := Build(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	exist := func(want bool, names ...string) {
		t.Helper()
		for _, name := range names {
			if _, err := os.Lstat(name); (err == nil) != want {
				t.Errorf("%s: %v, want it to exist: %t", name, err, want)
			}
		}
	}
	change("panic(1)")
	exist(true, first.JSON, with, left, states[0])
	long := time.Now().Add(-2 * keep)
	for _, name := range []string{first.Dir, filepath.Dir(with), left, states[0]} {
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
	}
	change("panic(2)")
	exist(false, first.Dir, with, left, states[0])
	noLeftovers(t, c.CacheDir)
}

func TestConcurrent(t *testing.T) {
	c := small(t)
	var wg sync.WaitGroup
	dirs := make([]string, 8)
	for i := range dirs {
		wg.Go(func() {
			o, err := Build(t.Context(), c)
			if err != nil {
				t.Error(err)
				return
			}
			dirs[i] = o.Dir
			readJSON(t, o.JSON)
		})
	}
	wg.Wait()
	if dirs[0] == "" || len(slices.Compact(dirs)) != 1 {
		t.Errorf("folders %q, want one", dirs)
	}
	noLeftovers(t, c.CacheDir)
}

func TestUnusableCache(t *testing.T) {
	c := small(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	c.CacheDir = filepath.Join(file, "overlay")
	if _, err := Build(t.Context(), c); err == nil || !strings.Contains(err.Error(), "choose a writable cache directory") || strings.Contains(err.Error(), "\n") {
		t.Fatal(err)
	}
}

func TestWith(t *testing.T) {
	o, err := Build(t.Context(), small(t))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{"/virtual/m/main.go": []byte("package main\n"), "/virtual/other/main.go": []byte("package other\n")}
	name, err := o.With(files)
	if err != nil {
		t.Fatal(err)
	}
	replace := readJSON(t, name)
	if len(replace) != len(readJSON(t, o.JSON))+len(files) {
		t.Errorf("replaces %v", replace)
	}
	for from, want := range files {
		if got, err := os.ReadFile(replace[from]); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %q, %v", from, got, err)
		}
	}
	if again, err := o.With(files); err != nil || again != name {
		t.Errorf("again: %s, %v, want %s", again, err, name)
	}
	files["/virtual/m/main.go"] = []byte("package main // changed\n")
	if other, err := o.With(files); err != nil || other == name {
		t.Errorf("changed: %s, %v", other, err)
	}
	placed, err := o.WithFiles(map[string]string{"/nowhere/a.go": "/x/a.txt"})
	if err != nil {
		t.Fatal(err)
	}
	above, err := placed.With(files)
	if err != nil || above == name {
		t.Errorf("on top of placed files: %s, %v", above, err)
	}
	for _, json := range []string{placed.JSON, above} {
		if text, err := os.ReadFile(json); err != nil || !strings.Contains(string(text), `"/nowhere/a.go": "/x/a.txt"`) {
			t.Errorf("%s lacks the placed file: %v", json, err)
		}
	}
	if _, err := o.WithFiles(map[string]string{"/a.go": "a.go"}); err == nil {
		t.Error("a relative path is accepted")
	}
	if _, err := o.With(map[string][]byte{"main.go": nil}); err == nil {
		t.Error("a relative path is accepted")
	}
}

// TestRepository builds the overlay from this repository's own replacements and compiles every
// package that they touch.
func TestRepository(t *testing.T) {
	for goarch, release := range reviewed(t) {
		t.Run(goarch, func(t *testing.T) {
			c := repository(t, goarch)
			o, err := Build(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			for _, w := range o.Warnings {
				if t.Log(w); release == c.Go.Version {
					t.Fail() // otherwise it is news of another patch release
				}
			}
			m, err := c.load(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			checkLines(t, m)
			checkTests(t, m)
			args := []string{"build", "-trimpath", "-overlay", o.JSON, "-tags", strings.Join(Tags, ",")}
			for _, p := range m.plans {
				if len(p.ours) > 0 || !slices.ContainsFunc(p.rules, func(r *rule) bool { return r.what == "*" }) {
					args = append(args, p.path)
				} // else nothing is left of it, so that it cannot be imported
			}
			cmd := c.Go.Command(t.Context(), t.TempDir(), []string{"GOOS=linux", "GOARCH=" + goarch, "CGO_ENABLED=1"}, args...)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("go build: %v\n%s", err, out)
			}
		})
	}
}

// reviewed returns the architectures that the repository's lock file has for this minor release of
// Go, and at which release they were reviewed.
func reviewed(t *testing.T) map[string]string {
	data, err := os.ReadFile(LockName)
	if err != nil {
		t.Fatal(err)
	}
	sections, err := parseLock(data)
	if err != nil {
		t.Fatal(err)
	}
	g := goCommand(t)
	archs := map[string]string{}
	for _, s := range sections {
		if s.minor == g.Minor() {
			archs[s.goarch] = s.release
		}
	}
	if len(archs) == 0 {
		t.Fatalf("%s has nothing for %s", LockName, g.Version)
	}
	return archs
}

func repository(t testing.TB, goarch string) Config {
	c := Config{Go: goCommand(t), GOARCH: goarch, CacheDir: t.TempDir()}
	for _, name := range []string{"pgstd", "stubs"} {
		if dir := filepath.Join("..", name); isDir(dir) {
			c.Trees = append(c.Trees, Tree{name, os.DirFS(dir)})
		}
	}
	var err error
	if c.Lock, err = os.ReadFile(LockName); err != nil {
		t.Fatal(err)
	}
	return c
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}

func BenchmarkGenerate(b *testing.B) {
	c := repository(b, runtime.GOARCH)
	for b.Loop() {
		b.StopTimer()
		c.CacheDir = b.TempDir()
		b.StartTimer()
		if _, err := Build(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNothingToDo(b *testing.B) {
	c := repository(b, runtime.GOARCH)
	for b.Loop() {
		if _, err := Build(b.Context(), c); err != nil {
			b.Fatal(err)
		}
	}
}

// TestDamagedCache: what has been damaged, be it one bit of a file that keeps its size, is
// made again.
func TestDamagedCache(t *testing.T) {
	c := small(t)
	first, err := Build(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	states, err := filepath.Glob(filepath.Join(c.CacheDir, statesName, "*"))
	if err != nil || len(states) != 1 {
		t.Fatal(states, err)
	}
	for _, name := range []string{first.JSON, states[0]} {
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bit := slices.Clone(good)
		bit[len(bit)/2] ^= 1
		for what, bad := range map[string][]byte{"one bit": bit, "half": good[:len(good)/2], "nothing": nil} {
			if err := os.WriteFile(name, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			again, err := Build(t.Context(), c)
			if err != nil || again.Dir != first.Dir {
				t.Errorf("%s of %s: %+v, %v", what, name, again, err)
			}
			if data, err := os.ReadFile(name); err != nil || string(data) != string(good) {
				t.Errorf("%s of %s stays damaged: %v", what, name, err)
			}
		}
	}
}
