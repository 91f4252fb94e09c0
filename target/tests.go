package target

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gate"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/pg/pgtest"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
	"golang.org/x/mod/modfile"
)

// Names of the SQL functions of a build with Tests: what runs a test, and a benchmark, by name.
const (
	RunTestFunction      = "pgbuild_run_test"
	RunBenchmarkFunction = "pgbuild_run_benchmark"
)

// externalTests is the folder, in the overlay alone, of a package's tests that are of a package of
// their own (package x_test).
const externalTests = "pgstd_test"

// Tests are the tests of a package, by the names of their functions.
type Tests struct {
	Dir        string
	ImportPath string
	Plain      []string // for "go test": tests, fuzz tests and examples
	InDatabase []string // PgTestXxx
	Benchmarks []string // PgBenchmarkXxx
	HasMain    bool     // there is a TestMain
	// Sources are the files whose statements are counted, if that is wanted: by import path and name.
	Sources map[string]string

	name     string
	counted  []*counted
	files    map[string]string // by where the go command finds them
	external map[string]bool   // of those in the database: they are in package x_test
}

// FindTests looks for the tests of a package.
func FindTests(ctx context.Context, r Request) (*Tests, error) {
	k, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	dir, pattern := r.where()
	flags, err := resolve(k, dir)
	if err != nil {
		return nil, err
	}
	tests, err := findTests(ctx, k, dir, pattern, flags, r.Cover)
	if modfile.IsDirectoryPath(pattern) && err != nil {
		if _, none := extension.FindModule(dir); none != nil {
			return nil, none
		}
	}
	return tests, err
}

func findTests(ctx context.Context, k *kit.Kit, dir, pattern string, moduleFlags []string, cover bool) (*Tests, error) {
	args := slices.Concat([]string{"-find", "-json=Dir,ImportPath,Name,GoFiles,TestGoFiles,XTestGoFiles"}, k.Flags(k.Overlay.JSON), moduleFlags, []string{pattern})
	type listed struct {
		Dir, ImportPath, Name              string
		GoFiles, TestGoFiles, XTestGoFiles []string
	}
	found, err := gocmd.List[listed](ctx, k.Run, dir, args...)
	if err != nil {
		return nil, err
	}
	if len(found) != 1 {
		return nil, fmt.Errorf("%s stands for %d packages; name one", pattern, len(found))
	}
	l := found[0]
	t := &Tests{Dir: l.Dir, ImportPath: l.ImportPath, name: l.Name, files: map[string]string{}, external: map[string]bool{}}
	for _, name := range l.TestGoFiles {
		if err := t.read(name, false); err != nil {
			return nil, err
		}
	}
	for _, name := range l.XTestGoFiles {
		if err := t.read(name, true); err != nil {
			return nil, err
		}
	}
	if cover {
		return t, t.findCounted(ctx, k, dir, pattern, moduleFlags)
	}
	return t, nil
}

// read notes what a file of tests has.
func (t *Tests) read(name string, external bool) error {
	path := filepath.Join(t.Dir, name)
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	folder := t.Dir
	if external {
		folder = filepath.Join(t.Dir, externalTests)
	}
	t.files[filepath.Join(folder, strings.TrimSuffix(name, ".go")+pgtest.Suffix+".go")] = path
	for _, decl := range f.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil {
			continue
		}
		switch name := fn.Name.Name; {
		case name == "TestMain":
			t.HasMain = true
		case isTest(name, "Test"), isTest(name, "Example"), isTest(name, "Fuzz"):
			t.Plain = append(t.Plain, name)
		case isTest(name, "PgTest"):
			if !takes(fn, pgtestName(f), "T") {
				return fmt.Errorf("%s: wrong signature for %s; write func %s(t *pgtest.T)", fset.Position(fn.Pos()), name, name)
			}
			t.InDatabase = append(t.InDatabase, name)
			t.external[name] = external
		case isTest(name, "PgBenchmark"):
			if !takes(fn, pgtestName(f), "B") {
				return fmt.Errorf("%s: wrong signature for %s; write func %s(b *pgtest.B)", fset.Position(fn.Pos()), name, name)
			}
			t.Benchmarks = append(t.Benchmarks, name)
			t.external[name] = external
		}
	}
	return nil
}

// isTest tells whether a function has the name of a test: the prefix, and then no small letter.
func isTest(name, prefix string) bool {
	rest, ok := strings.CutPrefix(name, prefix)
	first, _ := utf8.DecodeRuneInString(rest)
	return ok && (rest == "" || !unicode.IsLower(first))
}

// pgtestName is what a file calls package pgtest.
func pgtestName(f *ast.File) string {
	for _, i := range f.Imports {
		if i.Path.Value == strconv.Quote(kit.ModulePath+"/pg/pgtest") {
			if i.Name != nil {
				return i.Name.Name
			}
			return "pgtest"
		}
	}
	return ""
}

// takes tells whether a function takes a pointer to that type of a package, and returns nothing.
func takes(fn *ast.FuncDecl, pkg, name string) bool {
	params := fn.Type.Params.List
	if fn.Type.Results != nil || fn.Type.TypeParams != nil || len(params) != 1 || len(params[0].Names) > 1 {
		return false
	}
	star, ok := params[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	selector, ok := star.X.(*ast.SelectorExpr)
	if !ok || selector.Sel.Name != name {
		return false
	}
	from, ok := selector.X.(*ast.Ident)
	return ok && from.Name == pkg
}

// intoPackage makes the tests ordinary files of the package, or of one beside it: an overlay shows
// them to the go command under names that are not those of tests. With them comes the function that
// runs them from SQL.
func (t *Tests) intoPackage(ctx context.Context, k *kit.Kit, m *extension.Module) error {
	runner := filepath.Join(k.Work, "runner.go")
	text := fmt.Sprintf(`// %s

package %s

import "%s/pg/pgtest"

//pg:function name=%s
func PgbuildRunTest(name string) (string, error) { return pgtest.RunTest(name) }

//pg:function name=%s
func PgbuildRunBenchmark(name string, nanoseconds int64) (string, error) { return pgtest.RunBenchmark(name, nanoseconds) }
`, extension.Generated, t.name, kit.ModulePath, RunTestFunction, RunBenchmarkFunction)
	if len(t.counted) > 0 {
		text += fmt.Sprintf("\n//pg:function name=%s\nfunc PgbuildCoverage() string { return pgtest.TakeCoverage() }\n", CoverageFunction)
		if err := t.count(ctx, k); err != nil {
			return err
		}
	}
	if err := os.WriteFile(runner, []byte(text), 0o644); err != nil {
		return err
	}
	t.files[filepath.Join(t.Dir, "runner"+pgtest.Suffix+".go")] = runner
	var err error
	if k.Overlay, err = k.Overlay.WithFiles(t.files); err != nil {
		return err
	}
	// Nobody installs what is built, and tests import what they like. What the author's modules
	// may do holds all the same.
	k.Unchecked = true
	p, err := policy.Find(k.Policy, m.Dir, source.Acceptable())
	if err != nil {
		return err
	}
	k.Reviewed = gate.Reviewed(p)
	return nil
}

// main is a file of package main that registers the tests.
func (t *Tests) main() []byte {
	var b, calls strings.Builder
	used := map[bool]bool{}
	register := func(names []string, function string) {
		for _, name := range names {
			from := "author"
			if t.external[name] {
				from = "external"
			}
			used[t.external[name]] = true
			fmt.Fprintf(&calls, "\tpgtest.%s(%q, %s.%s)\n", function, name, from, name)
		}
	}
	register(t.InDatabase, "Register")
	register(t.Benchmarks, "RegisterBenchmark")
	fmt.Fprintf(&b, "// %s\n\npackage main\n\nimport (\n", extension.Generated)
	if len(used) > 0 {
		fmt.Fprintf(&b, "\t%q\n", kit.ModulePath+"/pg/pgtest")
	}
	if used[false] {
		fmt.Fprintf(&b, "\tauthor %q\n", t.ImportPath)
	}
	if used[true] {
		fmt.Fprintf(&b, "\texternal %q\n", t.ImportPath+"/"+externalTests)
	}
	fmt.Fprintf(&b, ")\n\nfunc init() {\n%s}\n", calls.String())
	return []byte(b.String())
}

// Shown is a text of such a build, or of its tests, with the names of files that the author knows.
func (t *Tests) Shown(text string) string {
	return strings.NewReplacer(externalTests+"/", "", pgtest.Suffix+".go", ".go").Replace(text)
}

// shown does that to an error.
func (t *Tests) shown(err error) error {
	if err == nil || t == nil {
		return err
	}
	if text := t.Shown(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}
