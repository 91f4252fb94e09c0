package extension

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// declarations that a directive may stand above, rightly or not.
var pairDeclarations = []string{
	"func F(a, b int64) bool { return true }",
	"func F(a string) string { return a }",
	"func F() iter.Seq2[int64, error] { return nil }",
	"func F[T any](a []T) (T, bool) { return a[0], true }",
	"func F(t *pg.Trigger) error { return nil }",
	"func F(w *pg.Window[int], a pg.Arg[int64]) int64 { return 0 }",
	"func F(ctx context.Context, w *pg.Worker) error { return nil }",
	"func F(p *pg.Planner) {}",
	"func (F) Method() {}\ntype F int",
	"type F struct{ A, B int64 }",
	"type F[T any] struct{ A T }",
	"type F = int64",
	"type F struct{ F *F }",
	"type F string\nconst A F = \"a\"",
	"type F interface{ M() }",
	"type F int64\n" + textMethods,
	"type F struct{ A int64 }\n" + textMethods + "\nfunc (f F) Compare(g F) int { return 0 }\nfunc (f F) Hash() uint64 { return 0 }\nfunc (f F) SortKey() uint64 { return 0 }",
	"type F struct{}\nfunc (f *F) Step(a int64) {}\nfunc (f *F) Final() int64 { return 0 }",
	"type F []byte\nfunc (f *F) Step(a F) {}\nfunc (f *F) Final() F { return nil }\n" + textMethods,
	"type F struct{}\nfunc (F) ExtractValue(v []int64) []int64 { return v }\nfunc (F) ExtractQuery(op string, q int64) []int64 { return nil }\n" +
		"func (F) Consistent(op string, q int64, present []bool) bool { return true }",
	"var F = &pg.Setting[int]{Default: 5}",
	"var F, G = 1, 2",
	"const F = `SELECT 1`",
	"const F = 5",
}

const textMethods = "func (f F) MarshalText() ([]byte, error) { return nil, nil }\nfunc (f *F) UnmarshalText(b []byte) error { return nil }"

// pairWords are words with which a directive can be right; the others take none.
var pairWords = map[string]string{
	operatorName: " symbol=@@", castName: " implicit", domainName: " base=int8", ginName: " operators=@@", gistName: " operators=@@",
	spgistName: " operators=@@ branches=2", brinName: " operators=&&", argName: " a default=1", resultName: " type=date",
	grantName: " none", commentName: " what it is", typeName: " jsonb", workerName: " database=app", directiveName: " immutable",
}

// TestPairs puts each directive, and each two, above each kind of declaration: that makes a package, or
// mistakes that are told, and never anything else.
func TestPairs(t *testing.T) {
	names := append([]string{""}, directives()...)
	dir := t.TempDir()
	for i, first := range names {
		for _, second := range names[1:] {
			if testing.Short() && i > 0 && first != second {
				continue
			}
			for _, declaration := range pairDeclarations {
				tryPair(t, dir, first, second, declaration)
			}
		}
	}
}

func tryPair(t *testing.T, dir, first, second, declaration string) {
	source := "package kit\n\nimport (\n\t\"context\"\n\t\"iter\"\n\n\t\"github.com/pgstd/pgstd/pg\"\n)\n\n"
	for _, name := range []string{first, second} {
		if name != "" {
			source += name + pairWords[name] + "\n"
		}
	}
	source += declaration + "\n"
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("%v for\n%s", r, source)
		}
	}()
	c := &collector{fset: token.NewFileSet()}
	file, err := parser.ParseFile(c.fset, "kit.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	p := &Package{Name: "kit", ImportPath: "example.org/kit", Dir: dir, GoVersion: "1.26"}
	if err := c.collect(t.Context(), p, []*ast.File{file}); err != nil {
		t.Fatal(err)
	}
	if c.err() != nil {
		return
	}
	if _, err := p.script(); err != nil {
		if _, told := err.(Errors); !told {
			t.Errorf("%v for\n%s", err, source)
		}
		return
	}
	if _, err := parser.ParseFile(token.NewFileSet(), "main.go", p.Main(), 0); err != nil {
		t.Errorf("the wrappers are no Go: %v for\n%s", err, source)
	}
}
