package overlay

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

const oldStock = `package p

// f does it.
//go:nosplit
func f(a, b int, c string) (n int) { return a }

func changed() int { return 1 }

type t struct{ a int }

const (
	zero = iota
	one
)

var v = 1

func g() { h() }

func h() {}
`

const replacements = `//go:build postgres

package p

func f(a, b int, c string) int { return 0 }

func changed() int { return 2 }

type t struct{}

const one = 2

var v = 3
`

const rulesText = "subst g `h()` `` 1 -- no h\nremove h -- not called\ndrop d.go -- gone\ndrop d_amd64.s -- gone"

// release assembles the package p, as it would be in some release of Go.
func release(t *testing.T, gover string, stock map[string]string) *made {
	t.Helper()
	root := t.TempDir()
	for name, text := range map[string]string{"a.go": oldStock, "d.go": "package p\n\nfunc d() {}\n\nfunc init() {}\n", "d_amd64.s": "TEXT ·x(SB),0,$0\n\tRET // back\n"} {
		if s, ok := stock[name]; ok {
			text = s
		}
		writeTest(t, filepath.Join(root, "src", "p", name), []byte(text))
	}
	tree := fstest.MapFS{"p/b.go": {Data: []byte(replacements)}, "p/overlay.rules": {Data: []byte(rulesText)}}
	files, _, err := readTrees([]Tree{{"pgstd", tree}})
	if err != nil {
		t.Fatal(err)
	}
	tg := testTarget(root, "")
	tg.gover = gover
	m, err := assemble(files, tg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCompare(t *testing.T) {
	lock := formatLock([]section{release(t, "go1.26.3", nil).section()})
	edit := func(pairs ...string) map[string]string {
		return map[string]string{"a.go": strings.NewReplacer(pairs...).Replace(oldStock)}
	}
	for _, tt := range []struct {
		name  string
		stock map[string]string
		err   string
		warn  []string
	}{
		{"nothing new", nil, "", nil},
		{"formatting and comments", edit("// f does it.", "// f does all of it.\n//", "{ return a }", "{\n\treturn a // really\n}"), "", nil},
		{"names of parameters", edit("a, b int, c string) (n int) { return a }", "x, b int, c string) int { return x }"), "", []string{"f (p/a.go) is different"}},
		{"parameter added", edit("c string) (n", "c string, d bool) (n"), "p/a.go: f has another signature in go1.26.9 than in go1.26.3", nil},
		{"result", edit("(n int)", "(n uint)"), "f has another signature", nil},
		{"struct", edit("struct{ a int }", "struct{ a, b int }"), "t has another signature", nil},
		{"pragma", edit("//go:nosplit", "//go:noinline"), "", []string{"f (p/a.go) is different"}},
		{"body", edit("return 1", "return 3"), "", []string{`p: changed (p/a.go) is different in go1.26.9 from go1.26.3, where it was reviewed; see "pgbuild overlay diff --since go1.26.3", or build with --go go1.26.3`}},
		{"iota", edit("zero = iota", "minus = iota\n\tzero"), "", []string{"one (p/a.go) is different"}},
		{"value", edit("v = 1", "v = 2"), "", []string{"v (p/a.go) is different"}},
		{"type of a variable", edit("v = 1", "v int8 = 1"), "v has another signature", nil},
		{"around a substitution", edit("{ h() }", "{ h(); f(0, 0, \"\") }"), "", []string{"g (p/a.go) is different"}},
		{"removed", edit("func h() {}", "func h() { g() }"), "", []string{"h (p/a.go) is different"}},
		{"dropped file", map[string]string{"d.go": "package p\n\nfunc init() { e() }\n\nfunc e() {}\n"}, "", []string{
			"d (p/d.go) is in the lock file, but no longer taken out or changed; see \"pgbuild overlay diff --since go1.26.3\"", "e (p/d.go, dropped) is not in the lock file", "init in d.go (p/d.go) is different"}},
		{"assembly", map[string]string{"d_amd64.s": "TEXT ·x(SB),0,$8\n\tRET\n"}, "", []string{"d_amd64.s (p/d_amd64.s) is different"}},
		{"assembly, comments", map[string]string{"d_amd64.s": "// New.\nTEXT ·x(SB),0,$0\n\n\tRET\n"}, "", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			warnings, err := release(t, "go1.26.9", tt.stock).compare(lock)
			if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) {
				t.Errorf("error %v, want %q", err, tt.err)
			}
			if len(warnings) != len(tt.warn) {
				t.Fatalf("warnings %q, want %q", warnings, tt.warn)
			}
			for i, w := range warnings {
				if !strings.Contains(w.String(), tt.warn[i]) {
					t.Errorf("warning %q, want %q", w, tt.warn[i])
				}
			}
		})
	}
}

func TestCompareUnreviewed(t *testing.T) {
	m := release(t, "go1.26.3", nil)
	other := m.section()
	other.goarch = "arm64"
	for _, tt := range []struct{ lock, want string }{
		{"", "nothing of go1.26 linux/amd64 was reviewed yet"},
		{string(formatLock([]section{other})), "nothing of go1.26 linux/amd64 was reviewed yet; build with a release that was (go1.26.3 linux/arm64)"},
		{"release go1.26 amd64\n", "line 1: \"release go1.26 amd64\" is not understood"},
		{"\tf 0 0\n", "line 1"},
		{"release go1.26 amd64 reviewed at go1.27.1\n", "line 1"},
		{"release go1.26 amd64 reviewed at go1.26.1\ndrop p\n", "line 2"},
		{"release go1.26 amd64 reviewed at go1.26.1\n\tf 0 0\n", "line 2"},
		{"release go1.26 amd64 reviewed at go1.26.1\ndrop p/f.go\n\tf 0\n", "line 3"},
		{"<<<<<<< HEAD\n", "line 1"},
	} {
		if _, err := m.compare([]byte(tt.lock)); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: %v, want %q", tt.lock, err, tt.want)
		}
	}
}

// TestLock proves that locking one target leaves the sections of the others alone.
func TestLock(t *testing.T) {
	other := []byte("release go1.27 arm64 reviewed at go1.27.1\nsubst p/f.go\n\tf 0 0 -- why\n")
	c := small(t)
	name := filepath.Join(t.TempDir(), LockName)
	if err := WriteLock(t.Context(), name, false, c); err != nil {
		t.Fatal(err)
	}
	once, err := Lock(t.Context(), other, c)
	if err != nil || !bytes.Contains(once, other) || !bytes.Contains(once, []byte("drop errors/join.go -- not needed here\n")) {
		t.Fatalf("%v:\n%s", err, once)
	}
	if twice, err := Lock(t.Context(), once, c, c); err != nil || !bytes.Equal(once, twice) {
		t.Fatalf("%v:\n%s\nbecame\n%s", err, once, twice)
	}
	c.Lock = once
	o, err := Build(t.Context(), c)
	if err != nil || len(o.Warnings) > 0 {
		t.Fatalf("%v, %v", o, err)
	}
	c.Trees[0].FS.(fstest.MapFS)["errors/overlay.rules"].Data = []byte("remove errorString\nremove errorString.Error\n")
	for range 2 { // made, and from the cache
		if o, err = Build(t.Context(), c); err != nil || len(o.Warnings) == 0 || !strings.Contains(o.Warnings[0].String(), "no longer taken out") {
			t.Fatalf("%v, %v", o, err)
		}
	}
	if _, err := Lock(t.Context(), []byte("nonsense"), c); err == nil {
		t.Error("a damaged lock file is overwritten")
	}
}

func TestDiff(t *testing.T) {
	c := small(t)
	dir := filepath.Join(t.TempDir(), "merged")
	var out bytes.Buffer
	if err := Diff(t.Context(), &out, c, dir); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"--- " + c.Go.Version + "/src/errors/errors.go\n+++ pgstd/src/errors/errors.go\n", "\n-func New(text string) error {\n",
		"--- /dev/null\n+++ pgstd/src/errors/zpgstd_x.go\n", "+++ /dev/null\n",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "errors", "*"))
	if len(files) != 2 {
		t.Errorf("laid out: %q, want errors.go and zpgstd_x.go", files)
	}
	c.GOARCH = "mips"
	if err := Diff(t.Context(), &out, c, ""); err == nil {
		t.Error("unknown architecture is accepted")
	}
}

// TestDrift compares this release with a copy of it in which one function is different.
func TestDrift(t *testing.T) {
	c := small(t)
	if err := Drift(t.Context(), &bytes.Buffer{}, c, c.Go); err == nil || !strings.Contains(err.Error(), "name another one") {
		t.Fatalf("the same release: %v", err)
	}
	before := map[string]pinned{}
	after := map[string]pinned{}
	for _, p := range release(t, "go1.26.3", nil).plans {
		for _, pin := range p.pins() {
			before[pin.key()] = pin
		}
	}
	edited := strings.Replace(oldStock, "return 1", "return 3", 1)
	for _, p := range release(t, "go1.26.9", map[string]string{"a.go": edited, "d.go": "package p\n"}).plans {
		for _, pin := range p.pins() {
			after[pin.key()] = pin
		}
	}
	var out bytes.Buffer
	if err := writeDrift(&out, before, after, "go1.26.3", "go1.26.9"); err != nil {
		t.Fatal(err)
	}
	want := `diff go1.26.3/src/p/a.go (changed) go1.26.9/src/p/a.go (changed)
--- go1.26.3/src/p/a.go (changed)
+++ go1.26.9/src/p/a.go (changed)
@@ -1,1 +1,1 @@
-func changed() int { return 1 }
+func changed() int { return 3 }
`
	if !strings.Contains(out.String(), want) || !strings.Contains(out.String(), "--- go1.26.3/src/p/d.go (d)\n+++ /dev/null\n") {
		t.Errorf("got\n%s\nwant, among others,\n%s", out.String(), want)
	}
	if n := strings.Count(out.String(), "\ndiff ") + 1; n != 3 {
		t.Errorf("%d declarations differ, want 3:\n%s", n, out.String())
	}
}
