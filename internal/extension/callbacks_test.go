package extension

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestCallbacks looks for a death in every method that PostgreSQL calls: the sessions that try them have to
// know all that there are.
func TestCallbacks(t *testing.T) {
	dies := map[string]bool{}
	for _, name := range []string{"callbacks", "indexdeaths"} {
		archive, err := txtar.ParseFile(filepath.Join("../../testdata/script", name+".txtar"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range archive.Files {
			if !strings.HasSuffix(file.Name, ".go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), file.Name, file.Data, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && callsHere(fn) {
					dies[signed(fn)] = true
				}
			}
		}
	}
	// With the number of parameters where it tells methods of one name apart.
	want := []string{"Init ", "Final ", "Step 1", "Inverse 1", "Merge 1", "MarshalBinary ", "UnmarshalBinary ",
		"MarshalText ", "UnmarshalText ", "Compare 1", "Hash ", "SortKey ", "ParseTypmod ", "FormatTypmod ", "ApplyTypmod "}
	for _, method := range []*indexMethod{gin, gist, spgist, trie, brin} {
		for _, k := range method.methods {
			want = append(want, k.name+" "+strconv.Itoa(len(k.params)))
		}
	}
	for _, w := range want {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(dies)), func(known string) bool { return strings.HasPrefix(known, w) }) {
			t.Errorf("nothing dies in %s; add it to testdata/script/callbacks.txtar or indexdeaths.txtar", w)
		}
	}
}

// signed is a function's name with how many parameters it has.
func signed(fn *ast.FuncDecl) string {
	return fn.Name.Name + " " + strconv.Itoa(fn.Type.Params.NumFields())
}

// callsHere reports whether the script can have a function die.
func callsHere(fn *ast.FuncDecl) (found bool) {
	ast.Inspect(fn.Body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			if id, ok := call.Fun.(*ast.Ident); ok && id.Name == "here" {
				found = true
			}
		}
		return true
	})
	return found
}
