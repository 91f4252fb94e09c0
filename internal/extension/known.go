package extension

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// pgPath is the package that authors import.
const pgPath = "github.com/pgstd/pgstd/pg"

// known has what signatures can use of other packages, as far as it matters to
// tell the types apart.
var known = map[string]string{
	"context": `package context
type Context interface{ Err() error }`,
	"iter": `package iter
type Seq[V any] func(yield func(V) bool)
type Seq2[K, V any] func(yield func(K, V) bool)`,
	pgPath: `package pg
type Trigger struct{ _ int }
type EventTrigger struct{ _ int }
type Window[S any] struct{ _ *S }
type Arg[T any] struct{ _ *T }
type Worker struct{ _ int }
type Planner struct{ _ int }
type Ternary int16
type Search int16
type Setting[T any] struct {
	Default, Min, Max T
	Check             func(T) error
	Assign            func(T)
	Show              func(T) string
}`,
}

// durations are what constants are made of.
const durations = `type Duration int64
const (
	Nanosecond  Duration = 1
	Microsecond          = 1000 * Nanosecond
	Millisecond          = 1000 * Microsecond
	Second               = 1000 * Millisecond
	Minute               = 60 * Second
	Hour                 = 60 * Minute
)`

// knownImporter gives packages with what is known of them; others are without
// content. So nothing has to be found, compiled or read.
type knownImporter struct{}

func (knownImporter) Import(importPath string) (*types.Package, error) {
	if importPath == "unsafe" {
		return types.Unsafe, nil
	}
	source, ok := known[importPath]
	declarations := pgtypes.Declarations(importPath)
	if importPath == "time" {
		declarations = strings.Replace(declarations, "type Duration struct{ _ int }", durations, 1)
	}
	if !ok && declarations != "" {
		source, ok = "package "+path.Base(importPath), true
	}
	if !ok {
		p := types.NewPackage(importPath, path.Base(importPath))
		p.MarkComplete()
		return p, nil
	}
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, importPath, source+declarations, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	conf := types.Config{Importer: knownImporter{}}
	return conf.Check(importPath, fset, []*ast.File{file}, nil)
}

// named returns the named type that t is, as "path.Name", with its type arguments,
// or "".
func named(t types.Type) (string, *types.TypeList) {
	n, ok := types.Unalias(t).(*types.Named)
	if !ok || n.Obj().Pkg() == nil {
		return "", nil
	}
	return n.Obj().Pkg().Path() + "." + n.Obj().Name(), n.TypeArgs()
}
