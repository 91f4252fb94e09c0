package source_test

import (
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/source"
)

// variables are statements of a function, and which variable of another package each changes; empty:
// it changes none.
var variables = []struct{ code, variable string }{
	{"http.DefaultClient = nil", "net/http.DefaultClient"},
	{"http.DefaultClient.Timeout = 1", "net/http.DefaultClient"},
	{"*http.DefaultClient = http.Client{}", "net/http.DefaultClient"},
	{"(*http.DefaultClient).Timeout++", "net/http.DefaultClient"},
	{"p := &http.DefaultClient; _ = p", "net/http.DefaultClient"},
	{"p := &http.DefaultClient.Timeout; _ = p", "net/http.DefaultClient"},
	{"time.Local, err = time.LoadLocation(``)", "time.Local"},
	{"for time.Local = range func(func(*time.Location) bool) {} {}", "time.Local"},
	{"os.Args[0] = ``", "os.Args"},
	{"os.Args[1:][0] = ``", "os.Args"},
	{"delete(unicode.Categories, `Lu`)", "unicode.Categories"},
	{"clear(unicode.Categories)", "unicode.Categories"},
	{"copy(os.Args, []string{``})", "os.Args"},
	{"unicode.Lu.R16[0].Lo++", "unicode.Lu"},
	{"syscall.ForkLock.Lock()", "syscall.ForkLock"},
	{"f := syscall.ForkLock.Unlock; _ = f", "syscall.ForkLock"},

	{"own = time.UTC", ""},
	{"p := &own; *p = nil", ""},
	{"http := struct{ DefaultClient int }{}; http.DefaultClient = 1", ""},
	{"_, _ = http.DefaultClient.Get(``)", ""},
	{"c := *http.DefaultClient; c.Timeout = 1", ""},
	{"err = io.EOF", ""},
	{"_ = os.Args[1:]", ""},
	{"copy(os.Args[:0:0], own2)", "os.Args"},
	{"copy(own2, os.Args)", ""},
	{"log.SetFlags(0)", ""},
}

func TestForeignVariables(t *testing.T) {
	importer := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, c := range variables {
		for _, function := range []bool{true, false} {
			text := "package plgo\nimport (`io`; `log`; `net/http`; `os`; `syscall`; `time`; `unicode`)\n" +
				"var own *time.Location\nvar own2 []string\nvar _ = []any{io.EOF, log.Flags, http.Get, os.Args, syscall.EPERM, time.UTC, unicode.Lu}\n" +
				"func f() (err error) {\n" + c.code + "\nreturn err\n}\n"
			fset := token.NewFileSet()
			f, err := parser.ParseFile(fset, "body.go", text, parser.ParseComments)
			if err != nil {
				t.Fatal(c.code, err)
			}
			info := &types.Info{
				Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
				Selections: map[*ast.SelectorExpr]*types.Selection{}, Implicits: map[ast.Node]types.Object{}, Instances: map[*ast.Ident]types.Instance{},
			}
			config := types.Config{Importer: importer, Sizes: types.SizesFor("gc", "amd64")}
			pkg, err := config.Check("plgo", fset, []*ast.File{f}, info)
			if err != nil {
				t.Fatal(c.code, err)
			}
			found := ""
			for _, finding := range source.Check([]*source.Package{{
				Path: "plgo", Module: &source.Module{Path: "plgo", Main: true}, Fset: fset, Types: pkg, Info: info, Function: function,
				Files: []*source.File{{Name: "body.go", Data: []byte(text), Syntax: f, Built: true}},
			}}, nil).Findings {
				if finding.Rule == "foreign-variable" {
					found += finding.Message
					if finding.Pos.Line != 7 {
						t.Errorf("%s: found in line %d", c.code, finding.Pos.Line)
					}
				}
			}
			if want := c.variable; (found != "") != (want != "" && function) || found != "" && !strings.Contains(found, "variable "+want+" ") {
				t.Errorf("%s, in a function: %t: found %q", c.code, function, found)
			}
		}
	}
}
