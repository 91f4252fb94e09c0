package pg_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/pg"
)

// What is exported names no type that points into memory at will. Such a type need
// not be imported to be used: func(f func(*T)) *T finds it out.
func TestExportedSignatures(t *testing.T) {
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
				if d.Name.IsExported() {
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

// Reflection finds the types of fields that are not exported, too, makes values of
// them with what contents it likes, and calls their methods. None of those may
// follow an address.
func TestReachableMethods(t *testing.T) {
	harmless := map[string]bool{
		// They write addresses, and follow none.
		"Keep": true, "Reset": true, "Point": true,
		"Clone": true,                                   // copies strings, which nobody can forge
		"Error": true, "Unwrap": true, "SQLState": true, // of pg.Error: texts, and an error of somebody's
	}
	seen := map[reflect.Type]bool{}
	slots := 0
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		if seen[typ] {
			return
		}
		seen[typ] = true
		path := typ.PkgPath()
		if strings.HasPrefix(path, "github.com/pgstd/pgstd/pg/") {
			if typ.Name() == "Slot" {
				slots++
			}
			for i := range reflect.PointerTo(typ).NumMethod() {
				if m := reflect.PointerTo(typ).Method(i).Name; !harmless[m] {
					t.Errorf("%s has the method %s", typ, m)
				}
			}
		}
		switch typ.Kind() {
		case reflect.Struct:
			for i := range typ.NumField() {
				walk(typ.Field(i).Type)
			}
		case reflect.Pointer, reflect.Slice, reflect.Array:
			walk(typ.Elem())
		case reflect.Map:
			walk(typ.Key())
			walk(typ.Elem())
		case reflect.Func:
			for i := range typ.NumIn() {
				walk(typ.In(i))
			}
			for i := range typ.NumOut() {
				walk(typ.Out(i))
			}
		}
	}
	for _, v := range []any{pg.Row{}, pg.Rows{}, pg.Tx{}, pg.Record{}, pg.Error{}, pg.Trigger{}, pg.EventTrigger{}, pg.ArrayOf(new([]int)), pg.NullOf(new(*int)), pg.Query} {
		walk(reflect.TypeOf(v))
	}
	if slots == 0 {
		t.Error("no slot is reachable, which this test is about")
	}
}
