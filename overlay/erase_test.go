package overlay

import (
	"bytes"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkErase takes the chosen declarations out of src and proves that the result parses, has its
// lines, still declares the others, and that what is left of it is what was there.
func checkErase(t *testing.T, src []byte, choose func(i int) bool) {
	t.Helper()
	s, err := parseSource("x.go", src)
	if err != nil || bytes.IndexByte(src, '\r') >= 0 {
		return
	}
	gone := map[*decl]bool{}
	var stay []string
	for i, d := range s.decls {
		if choose(i) {
			gone[d] = true
		} else {
			stay = append(stay, d.name+" "+d.signature()+d.constant())
		}
	}
	out, err := apply(src, s.erase(gone))
	if err != nil {
		t.Fatalf("%v\n%s", err, src)
	}
	if len(out) != len(src) || bytes.Count(out, []byte("\n")) != bytes.Count(src, []byte("\n")) {
		t.Fatalf("size or number of lines changed:\n%s\nbecame\n%s", src, out)
	}
	for i := range src {
		if out[i] != src[i] && out[i] != ' ' && out[i] != '_' {
			t.Fatalf("byte %d became %q:\n%s\nbecame\n%s", i, out[i], src, out)
		}
	}
	after, err := parseSource("x.go", out)
	if err != nil {
		t.Fatalf("%v:\n%s\nbecame\n%s", err, src, out)
	}
	var left []string
	for _, d := range after.decls {
		left = append(left, d.name+" "+d.signature()+d.constant())
	}
	if !slices.Equal(stay, left) {
		t.Fatalf("kept %q, want %q:\n%s\nbecame\n%s", left, stay, src, out)
	}
}

// constant is what must not change although neighbours go: a constant's own value.
func (d *decl) constant() string {
	if d.gen != nil && d.gen.Tok == token.CONST {
		return " = " + d.body()
	}
	return ""
}

// TestEraseLibrary takes random declarations out of much of the real library.
func TestEraseLibrary(t *testing.T) {
	root := goCommand(t).Root
	for _, pkg := range []string{"runtime", "os", "syscall", "reflect", "go/types", "net", "math/big", "encoding/json"} {
		files, err := filepath.Glob(filepath.Join(root, "src", pkg, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no library source: %v", err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			r := rand.New(rand.NewPCG(1, uint64(len(src))))
			for _, n := range []int{1, 2, 10} {
				checkErase(t, src, func(int) bool { return r.IntN(n) == 0 })
			}
		}
	}
}

func FuzzErase(f *testing.F) {
	archives, _ := filepath.Glob("testdata/golden/*.txtar")
	for _, name := range archives {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for part := range strings.SplitSeq(string(data), "\n-- ") {
			if _, src, ok := strings.Cut(part, " --\n"); ok && strings.Contains(src, "package") {
				f.Add([]byte(src), uint64(5))
			}
		}
	}
	f.Add([]byte("package p; const (a = iota; b; c); var x, y = 1, 2; func f() {}; type (A int; B = A)"), uint64(0x55))
	f.Fuzz(func(t *testing.T, src []byte, mask uint64) {
		checkErase(t, src, func(i int) bool { return mask>>(i%64)&1 != 0 })
	})
}

// FuzzUnuse proves that blank imports leave a file that parses.
func FuzzUnuse(f *testing.F) {
	f.Add([]byte("package p; import \"a\"; import (b \"b\"; . \"c\"; _ \"d\"\n\"e/v2\")\nvar _ = a.X"))
	root := f.TempDir()
	for _, name := range []string{"a", "b", "c", "e/v2"} {
		dir := filepath.Join(root, "src", name)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			f.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte("package a\nfunc X() {}\n"), 0o666); err != nil {
			f.Fatal(err)
		}
	}
	r := resolverFor(testTarget(root, ""))
	f.Fuzz(func(t *testing.T, src []byte) {
		out, err := r.unuse("x.go", src)
		if err != nil {
			return
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "x.go", out, 0); err != nil {
			t.Fatalf("%v:\n%s\nbecame\n%s", err, src, out)
		}
		again, err := r.unuse("x.go", out)
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("second time: %v:\n%s\nbecame\n%s", err, out, again)
		}
	})
}

func FuzzRules(f *testing.F) {
	f.Add("drop a.go goarch=amd64 go=1.27+ -- why\nsubst f `a == b` `c` 2 -- why\nremove T.m # comment")
	f.Fuzz(func(t *testing.T, text string) {
		var errs problems
		rules := parseRules("r", []byte(text), &errs)
		if lines := strings.Count(text, "\n") + 1; len(rules)+len(errs.list) > 2*lines {
			t.Fatalf("%d rules and %d errors in %d lines", len(rules), len(errs.list), lines)
		}
		for _, r := range rules {
			if r.what == "" || r.verb == "subst" && (r.old == "" || r.count < 1 || strings.Contains(r.new, "\n")) {
				t.Fatalf("accepted as %+v", r)
			}
		}
	})
}

func FuzzLock(f *testing.F) {
	f.Add("release go1.26 amd64 reviewed at go1.26.8\ndrop p/q/a.go -- why\n\tf 00 -\nsubst p/b.go\n\tT.m 1 2 -- x -- y\n")
	f.Fuzz(func(t *testing.T, text string) {
		sections, err := parseLock([]byte(text))
		if err != nil {
			return
		}
		once := formatLock(sections)
		again, err := parseLock(once)
		if err != nil {
			t.Fatalf("%v in\n%s", err, once)
		}
		if twice := formatLock(again); !bytes.Equal(once, twice) {
			t.Fatalf("%s\nbecame\n%s", once, twice)
		}
	})
}
