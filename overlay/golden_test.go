package overlay

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"go/types"
	"go/version"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the golden sections anew")

// TestGolden runs each archive in testdata/golden. Its files below goroot/ are the stock library,
// those below pgstd/ and stubs/ the replacements; "want" is the overlay, or "error" the message.
// The comment may begin with a line "go 1.27" or "goarch arm64".
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/golden/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no goldens: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			t.Parallel()
			golden(t, file)
		})
	}
}

func golden(t *testing.T, file string) {
	ar, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	trees := map[string]fstest.MapFS{"pgstd": {}, "stubs": {}}
	root := t.TempDir()
	kept := ar.Files[:0:0]
	for _, f := range ar.Files {
		top, rest, _ := strings.Cut(f.Name, "/")
		data := bytes.ReplaceAll(f.Data, []byte("<CR>"), []byte("\r"))
		switch top {
		case "goroot":
			writeTest(t, filepath.Join(root, "src", rest), data)
		case "pgstd", "stubs":
			trees[top][rest] = &fstest.MapFile{Data: data}
		default:
			want = append(want, "-- "+f.Name+" --\n"+string(f.Data)...)
			continue
		}
		kept = append(kept, f)
	}
	tg := testTarget(root, string(ar.Comment))
	list, _, err := readTrees([]Tree{{"pgstd", trees["pgstd"]}, {"stubs", trees["stubs"]}})
	var m *made
	if err == nil {
		m, err = assemble(list, tg)
	}
	var got []byte
	if err != nil {
		got = []byte("-- error --\n" + strings.ReplaceAll(err.Error(), root, "GOROOT") + "\n")
	} else {
		got = []byte("-- want --\n" + show(m))
		checkLines(t, m)
		checkTypes(t, m)
	}
	if bytes.Equal(got, want) {
		return
	}
	if *update {
		ar.Files = kept
		if err := os.WriteFile(file, append(txtar.Format(ar), got...), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	t.Errorf("not as wanted (go test -update accepts it):\n%s", diff.Diff("want", want, "got", got))
}

func testTarget(root, comment string) target {
	minor, goarch, config := 26, "amd64", Config{}
	for line := range strings.Lines(comment) {
		fmt.Sscanf(line, "go 1.%d", &minor)
		fmt.Sscanf(line, "goarch %s", &goarch)
		config.Test = config.Test || line == "test build\n"
		config.Network = config.Network || line == "kernel's network\n"
	}
	tg := target{root: root, goarch: goarch, gover: fmt.Sprintf("go1.%d.3", minor)}
	tg.ctx = build.Context{GOROOT: root, GOOS: "linux", GOARCH: goarch, Compiler: "gc", CgoEnabled: true, BuildTags: config.BuildTags()}
	for i := range minor {
		tg.ctx.ReleaseTags = append(tg.ctx.ReleaseTags, fmt.Sprintf("go1.%d", i+1))
	}
	return tg
}

// show is an overlay as text, without the blanks at the ends of lines.
func show(m *made) string {
	var b strings.Builder
	for _, e := range m.entries {
		if e.remove {
			fmt.Fprintf(&b, "= %s removed\n", e.name)
			continue
		}
		fmt.Fprintf(&b, "= %s\n", e.name)
		if strings.HasPrefix(path.Base(e.name), prefix) {
			continue
		}
		for line := range strings.Lines(string(e.data)) {
			b.WriteString(strings.TrimRight(line, " \t\n") + "\n")
		}
	}
	return b.String()
}

// checkLines proves that no edited file has gained or lost a line.
func checkLines(t *testing.T, m *made) {
	t.Helper()
	for _, e := range m.entries {
		was, err := os.ReadFile(e.goroot(m.target.root))
		if errors.Is(err, fs.ErrNotExist) || e.remove {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if a, b := bytes.Count(was, []byte("\n")), bytes.Count(e.data, []byte("\n")); a != b {
			t.Errorf("%s had %d lines and has %d", e.name, a, b)
		}
	}
}

// checkTests proves that Go's own tests of a package have no name that ours adds to it: they would not compile.
func checkTests(t *testing.T, m *made) {
	t.Helper()
	for _, p := range m.plans {
		tests := map[string]string{}
		files, err := filepath.Glob(filepath.Join(p.dir, "*_test.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range files {
			src, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			f, err := parseSource(path, src)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(f.file.Name.Name, "_test") {
				continue // a package of its own
			}
			for _, d := range f.decls {
				tests[d.name] = path
			}
		}
		for _, f := range p.ours {
			if f.parsed == nil {
				continue
			}
			for _, d := range f.parsed.decls {
				if path := tests[d.name]; path != "" && p.kept[d.name] == nil {
					t.Errorf("%s declares %s, as Go's test %s does", f.path(), d.name, path)
				}
			}
		}
	}
}

// checkTypes proves that the packages with replacements compile.
func checkTypes(t *testing.T, m *made) {
	t.Helper()
	if version.Compare(version.Lang(m.target.gover), runtime.Version()) > 0 {
		return // this release of go/types refuses files that ask for a later one
	}
	imp := &merged{m: m, pkgs: map[string]*types.Package{}}
	for _, p := range m.plans {
		if _, err := imp.Import(p.path); err != nil {
			t.Errorf("the result does not compile: %v", err)
		}
	}
}

// merged imports packages of GOROOT as they are below the overlay.
type merged struct {
	m    *made
	pkgs map[string]*types.Package
}

func (g *merged) Import(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	if p := g.pkgs[importPath]; p != nil {
		return p, nil
	}
	files := map[string][]byte{}
	dir := filepath.Join(g.m.target.root, "src", filepath.FromSlash(importPath))
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if ok, _ := g.m.target.ctx.MatchFile(dir, e.Name()); ok && path.Ext(e.Name()) == ".go" && !isTest(e.Name()) {
			if files[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
				return nil, err
			}
		}
	}
	for _, e := range g.m.entries {
		if path.Dir(e.name) == importPath && path.Ext(e.name) == ".go" {
			files[path.Base(e.name)] = e.data
			if ok, _ := matches(g.m.target.ctx, path.Base(e.name), e.data); e.remove || !ok || isTest(e.name) {
				delete(files, path.Base(e.name))
			}
		}
	}
	fset := token.NewFileSet()
	var parsed []*ast.File
	for name, data := range files {
		f, err := parser.ParseFile(fset, importPath+"/"+name, data, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, f)
	}
	conf := types.Config{Importer: g}
	p, err := conf.Check(importPath, fset, parsed, nil)
	g.pkgs[importPath] = p
	return p, err
}

func writeTest(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
}
