package pg_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// What is exported names no type that points into memory at will. Such a type need
// not be imported to be used: func(f func(*T)) *T finds it out.
func TestExportedSignatures(t *testing.T) {
	// Functions that are being moved out of the package.
	exceptions := map[string]bool{"RunTrigger": true, "RunEventTrigger": true}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, e.Name(), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range file.Decls {
			switch d := decl.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && !exceptions[d.Name.Name] {
					checked++
					checkType(t, fset, d.Name.Name, d.Type)
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if s, ok := spec.(*ast.TypeSpec); ok && s.Name.IsExported() {
						checked++
						checkFields(t, fset, s)
					}
				}
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d declarations were found", checked)
	}
}

func checkFields(t *testing.T, fset *token.FileSet, s *ast.TypeSpec) {
	fields, ok := s.Type.(*ast.StructType)
	if !ok {
		checkType(t, fset, s.Name.Name, s.Type)
		return
	}
	for _, f := range fields.Fields.List {
		if len(f.Names) == 0 || f.Names[0].IsExported() {
			checkType(t, fset, s.Name.Name, f.Type)
		}
	}
}

func checkType(t *testing.T, fset *token.FileSet, name string, typ ast.Expr) {
	ast.Inspect(typ, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if p, ok := s.X.(*ast.Ident); ok && (p.Name == "host" || p.Name == "codec" || p.Name == "unsafe") {
				t.Errorf("%s: %s shows %s.%s", fset.Position(s.Pos()), name, p.Name, s.Sel.Name)
			}
		}
		return true
	})
}
