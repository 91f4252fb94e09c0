// Package vet holds the analyzer of //pg: directives, for go vet and whatever else runs
// analyzers of golang.org/x/tools/go/analysis. What is wrong, package extension says.
package vet

import (
	"context"
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"golang.org/x/tools/go/analysis"
)

// Analyzer reports what a build of an extension would refuse of a package's directives.
var Analyzer = &analysis.Analyzer{
	Name: "pgdirective",
	Doc:  "report mistakes in //pg: directives, and what they say of functions and types",
	URL:  "https://pkg.go.dev/github.com/pgstd/pgstd",
	Run:  run,
}

func run(pass *analysis.Pass) (any, error) {
	files := slices.DeleteFunc(slices.Clone(pass.Files), func(f *ast.File) bool {
		return strings.HasSuffix(pass.Fset.PositionFor(f.FileStart, false).Filename, "_test.go")
	})
	path, _, _ := strings.Cut(pass.Pkg.Path(), " ")
	mistakes, err := extension.Vet(context.Background(), pass.Fset, files, path)
	if err != nil {
		return nil, err
	}
	for _, m := range mistakes {
		pos, message := place(pass.Fset, files, m)
		pass.Reportf(pos, "%s", message)
	}
	return nil, nil
}

// place finds a mistake in the files that were parsed. One in another file, of SQL, stands
// at the package clause with its own place in front.
func place(fset *token.FileSet, files []*ast.File, m extension.Error) (token.Pos, string) {
	for _, f := range files {
		if file := fset.File(f.FileStart); file.Name() == m.Pos.Filename && m.Pos.Offset <= file.Size() {
			return file.Pos(m.Pos.Offset), m.Msg
		}
	}
	return files[0].Name.Pos(), m.Error()
}
