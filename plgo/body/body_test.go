package body

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/gcexportdata"
	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "write the golden files anew")

// library imports packages of the stock standard library.
type library struct {
	types.Importer
	names map[string][]string
}

func newLibrary(t *testing.T) *library {
	packages := []string{"bytes", "crypto/rand", "crypto/sha256", "encoding/base32", "encoding/base64", "encoding/hex", "encoding/json", "fmt",
		"errors", "html/template", "image/png", "iter", "math/rand", "math/rand/v2", "net/netip", "regexp", "slices", "strconv", "strings", "sync",
		"text/template", "time"}
	out, err := exec.Command("go", append([]string{"list", "-export", "-deps", "-f", "{{.ImportPath}}\t{{.Name}}\t{{.Export}}"}, packages...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	l := &library{names: map[string][]string{}}
	for line := range strings.Lines(string(out)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) == 3 {
			files[f[0]] = f[2]
		}
		if slices.Contains(packages, f[0]) {
			l.names[f[1]] = append(l.names[f[1]], f[0])
		}
	}
	l.Importer = &exports{files: files, fset: token.NewFileSet(), loaded: map[string]*types.Package{}}
	return l
}

// exports imports from what a compiler of any release has noted.
type exports struct {
	files  map[string]string
	fset   *token.FileSet
	loaded map[string]*types.Package
}

func (e *exports) Import(path string) (*types.Package, error) {
	if pkg := e.loaded[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	f, err := os.Open(e.files[path])
	if err != nil {
		return nil, err
	}
	defer f.Close()
	//lint:ignore SA1019 what Go 1.26 and 1.27 compile is archives
	r, err := gcexportdata.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	return gcexportdata.Read(r, e.fset, e.loaded, path)
}

func (l *library) Named(name string) []string { return l.names[name] }

func (l *library) Refuse(path string) error {
	if path == "unsafe" {
		return errors.New("package unsafe is refused")
	}
	if strings.Contains(path, ".") {
		return fmt.Errorf("no package %q", path)
	}
	return nil
}

// TestWrap compares what becomes of texts with golden files: a signature as JSON, the
// text, and the Go source or the diagnostics.
func TestWrap(t *testing.T) {
	l := newLibrary(t)
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no test files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var sig Signature
			if err := json.Unmarshal(archive.Files[0].Data, &sig); err != nil {
				t.Fatal(err)
			}
			text := strings.TrimSuffix(string(archive.Files[1].Data), "\n")
			got := result(Wrap(text, "plgo", sig, l))
			if *update {
				archive.Files = append(archive.Files[:2], txtar.File{Name: "result", Data: []byte(got)})
				if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := string(archive.Files[2].Data); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func result(p *Package, err error) string {
	if err != nil {
		return err.Error() + "\n"
	}
	s := string(p.Source)
	if p.RowsFail {
		s += "// rows fail\n"
	}
	return s
}

// TestEscape: no text gets out of the function that it is put into.
func TestEscape(t *testing.T) {
	l := newLibrary(t)
	sig := Signature{Name: "f", Results: []Result{{Type: "int"}}}
	for _, text := range []string{
		"return 1 } func init() { println()",
		"return 1\n}\nvar x = 1\nfunc g() {",
		"return 1 /*",
		"return 1 `",
		"return 1; if true {",
		"}",
		"import \"fmt\"\n}\nfunc init() {",
		"/*line x:1:1*/ return 1 }",
		"\x00",
		"return 1 \"",
		"func (",
		"var",
		"import",
		"type T struct {",
	} {
		p, err := Wrap(text, "plgo", sig, l)
		var diagnostics Diagnostics
		if !errors.As(err, &diagnostics) || len(diagnostics) == 0 {
			t.Errorf("%q is accepted: %v\n%s", text, err, p.Source)
			continue
		}
		for _, d := range diagnostics {
			if d.Line < 1 || d.Offset < 0 || d.Offset > len(text) || d.Message == "" {
				t.Errorf("%q: diagnostic %+v lies outside of the text", text, d)
			}
		}
	}
}

// TestNames: no name of a function, an argument or a column becomes code, also where the
// source for the compiler differs from what has been judged.
func TestNames(t *testing.T) {
	l := newLibrary(t)
	for _, name := range []string{"*/ func init() { panic(1) } /*", "a\n*/\nfunc init() {}\n//", "x*/ + 1 /*", "a:1:2*/", "*", "/", "\u2028*/", "`", "\r", "nil", "unsafe.Pointer"} {
		sig := Signature{Name: name, Params: []Param{{Name: name, Type: "int"}}, Results: []Result{{Type: "int"}}}
		p, err := Wrap("func g() int { return 1 }\nreturn g()", "plgo", sig, l)
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), "", p.Source, 0)
		if err != nil {
			t.Errorf("%q: %v\n%s", name, err, p.Source)
			continue
		}
		var names []string
		for _, d := range file.Decls {
			names = append(names, d.(*ast.FuncDecl).Name.Name)
		}
		if len(names) != 2 || names[0] != "g" || names[1] != p.Function {
			t.Errorf("%q: the source declares %q\n%s", name, names, p.Source)
		}
	}
}

func FuzzWrap(f *testing.F) {
	for _, seed := range []string{"return 1", "var x = 1\nx++\nreturn x", "import \"fmt\"\nreturn fmt.Sprint", "func g() {}\nreturn nil", "return func() {}", "{{{", "/*", "`"} {
		f.Add(seed)
	}
	sig := Signature{Name: "f", Params: []Param{{Name: "a", Type: "int"}}, Results: []Result{{Type: "int"}}}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := Wrap(text, "plgo", sig, nothing{})
		var diagnostics Diagnostics
		if err != nil && !errors.As(err, &diagnostics) {
			t.Fatal(err)
		}
		if err == nil && len(p.Source) == 0 {
			t.Fatal("no source")
		}
	})
}

// nothing has no packages.
type nothing struct{}

func (nothing) Import(path string) (*types.Package, error) { return nil, errors.New("no packages") }
func (nothing) Named(string) []string                      { return nil }
func (nothing) Refuse(path string) error                   { return errors.New("no packages") }
