package source_test

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

// write makes a module of files.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

const goMod = "module example.org/m\n\ngo 1.26\n"

// What tools that show findings rely on.
func TestSARIF(t *testing.T) {
	dir := write(t, map[string]string{"go.mod": goMod, "with space.go": "package m\n\nimport _ \"unsafe\"\n"})
	var b bytes.Buffer
	if err := run(t, dir, nil, "").WriteSARIF(&b); err != nil {
		t.Fatal(err)
	}
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID               string
						ShortDescription struct{ Text string }
						FullDescription  struct{ Text string }
					}
				}
			}
			Results []struct {
				RuleID    string
				RuleIndex int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI string }
						Region           struct{ StartLine, StartColumn int }
					}
				}
			}
		}
	}
	d := json.NewDecoder(&b)
	if err := d.Decode(&log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || !strings.Contains(log.Schema, "sarif-2.1.0") || len(log.Runs) != 1 {
		t.Fatalf("%+v", log)
	}
	r := log.Runs[0]
	if len(r.Tool.Driver.Rules) != len(source.Rules) || len(r.Results) != 1 {
		t.Fatalf("%+v", r)
	}
	f := r.Results[0]
	place := f.Locations[0].PhysicalLocation
	if f.RuleID != "unsafe-import" || r.Tool.Driver.Rules[f.RuleIndex].ID != f.RuleID || f.Level != "error" || f.Message.Text == "" ||
		place.ArtifactLocation.URI != "with%20space.go" || place.Region.StartLine != 3 || place.Region.StartColumn != 8 {
		t.Errorf("%+v", f)
	}
	for _, rule := range r.Tool.Driver.Rules {
		if rule.ShortDescription.Text == "" || rule.FullDescription.Text == "" {
			t.Errorf("rule %s is not described", rule.ID)
		}
	}
}

// Packages that somebody else has parsed and type-checked, with pgbuild's own code in
// the same package.
func TestCheckInMemory(t *testing.T) {
	check := func(author string) []string {
		fset := token.NewFileSet()
		p := &source.Package{Path: "function", Module: &source.Module{Path: "function", Main: true}, Fset: fset}
		var files []*ast.File
		for name, text := range map[string]string{
			"author.go":  author,
			"wrapper.go": "package function\n\nimport \"unsafe\"\n\nvar pgstdTable = unsafe.Sizeof(0)\n",
		} {
			syntax, err := parser.ParseFile(fset, name, text, parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, syntax)
			p.Files = append(p.Files, &source.File{Name: name, Data: []byte(text), Syntax: syntax, Built: true, Generated: name == "wrapper.go"})
		}
		conf := types.Config{Importer: importer.ForCompiler(fset, "source", nil)}
		p.Info = source.NewInfo()
		var err error
		if p.Types, err = conf.Check(p.Path, fset, files, p.Info); err != nil {
			t.Fatal(err)
		}
		var found []string
		for _, f := range source.Check([]*source.Package{p}, nil).Findings {
			found = append(found, f.String())
		}
		return found
	}
	if found := check("package function\n\nfunc F() string { return \"fine\" }\n"); found != nil {
		t.Errorf("%q", found)
	}
	found := check("package function\n\nimport . \"strings\"\n\ntype error string\n\nvar PgstdX = Repeat(\"x\", 2)\n")
	want := []string{
		"author.go:3:8: a dot import could take the place of names that generated code uses; give the import a name (reserved)",
		"author.go:5:6: error takes the place of a word of Go that generated code uses; choose another name (reserved)",
		"author.go:7:5: names that begin with pgstd are for generated code; choose another name (reserved)",
	}
	if strings.Join(found, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s", strings.Join(found, "\n"))
	}
}

// A package that nobody has type-checked is refused, not passed.
func TestNoTypes(t *testing.T) {
	p := &source.Package{Path: "example.org/m", Module: &source.Module{Path: "example.org/m", Main: true}, Fset: token.NewFileSet()}
	result := source.Check([]*source.Package{p}, nil)
	if len(result.Findings) != 1 || result.Findings[0].Rule != "types" {
		t.Errorf("%v", result.Findings)
	}
}

// A verdict that has been kept holds only while nothing that it depends on changes.
func TestVerdicts(t *testing.T) {
	dir := write(t, map[string]string{
		"go.mod":   goMod,
		"m.go":     "package m\n\nimport \"example.org/m/a\"\n\nvar X = a.X\n",
		"a/a.go":   "package a\n\nvar X = 1\n",
		"a/b.go":   "package a\n",
		"cached.s": "",
	})
	cfg := config(t, dir)
	cfg.CacheDir = t.TempDir()
	cfg.Key = "test"
	judge := func() string {
		t.Helper()
		result, err := source.Run(t.Context(), cfg, nil, "")
		if err != nil {
			t.Fatal(err)
		}
		result.Relative(dir)
		var b strings.Builder
		for _, f := range result.Findings {
			b.WriteString(f.String() + "\n")
		}
		return b.String()
	}
	const asm = "./cached.s: assembly file beside Go files (foreign-file)\n"
	for range 3 {
		if got := judge(); got != asm {
			t.Fatalf("%q", got)
		}
	}
	kept, err := filepath.Glob(filepath.Join(cfg.CacheDir, "verdicts", "*"))
	if err != nil || len(kept) != 2 {
		t.Fatalf("%v, %v: want two verdicts", kept, err)
	}
	change := func(name, text, want string) {
		t.Helper()
		path := filepath.Join(dir, name)
		before, err := os.ReadFile(path)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := judge(); !strings.Contains(got, want) {
			t.Errorf("%s changed: %q, want %q", name, got, want)
		}
		if err != nil {
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		} else if err := os.WriteFile(path, before, 0o644); err != nil {
			t.Fatal(err)
		}
		if got := judge(); got != asm {
			t.Errorf("%s changed back: %q", name, got)
		}
	}
	change("a/a.go", "package a\n\nimport _ \"unsafe\"\n\nvar X = 1\n", "a.go:3:8: package unsafe")
	change("a/a.go", "package a\n\nvar Y = 1\n", "undefined: a.X")
	change("a/a.go", "package a\n\nimport \"reflect\"\n\nvar X = reflect.ValueOf(1).UnsafePointer\n", "m.go:5:5: X of type func() unsafe.Pointer")
	change("a/c_windows.go", "package a\n\nimport \"C\"\n", "c_windows.go:3:8")
	change("a/d.syso", "", "d.syso: object file")
	change("go.mod", goMod+"\ntoolchain go1.26.1\n", "toolchain is not allowed")
}

// The hash of a folder is that of its content, and a policy can name it.
func TestOwnModuleInPolicy(t *testing.T) {
	dir := write(t, map[string]string{"go.mod": goMod, "m.go": "package m\n\nimport _ \"unsafe\"\n"})
	sum := run(t, dir, nil, "").Modules[0].Sum
	text := "version = 1\n[[module]]\npath = \"example.org/m\"\nsums = [\"" + sum + "\"]\n[[module.accept]]\nrule = \"unsafe-import\"\nreason = \"ours\"\n"
	p, err := policy.Parse("p.toml", []byte(text), source.Acceptable())
	if err != nil {
		t.Fatal(err)
	}
	p.Administrators = true
	if r := run(t, dir, p, ""); !r.OK() || len(r.Accepted) != 1 || r.Accepted[0].Reason != "ours" {
		t.Errorf("%+v", r)
	}
	if err := os.WriteFile(filepath.Join(dir, "m.go"), []byte("package m\n\nimport _ \"unsafe\"\n\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if r := run(t, dir, p, ""); r.OK() {
		t.Error("another content is accepted")
	}
}

func TestExplain(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range source.Rules {
		if seen[r.Name] || r.Short == "" || strings.HasSuffix(r.Short, ".") || !strings.HasSuffix(strings.TrimSpace(r.Doc), ".") {
			t.Errorf("rule %s", r.Name)
		}
		seen[r.Name] = true
		if text := r.Explain(); !strings.HasPrefix(text, r.Name+": ") || strings.Contains(text, "No policy") != r.Final {
			t.Errorf("%s", text)
		}
	}
}
