// Command globals prints the package variables of the library that change after it has been
// initialized, or that a program could change: what functions have in common that share a
// library. It takes the flags of command corners. One variable is one line: its name, and how it can change.
package main

import (
	"bufio"
	"flag"
	"fmt"
	"go/ast"
	"go/types"
	"log"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/surface/library"
	"github.com/pgstd/pgstd/trust/source/changes"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("globals: ")
	source := library.Source{Bodies: true}
	source.Flags()
	flag.Parse()
	packages, err := source.Read()
	if err != nil {
		log.Fatal(err)
	}
	out := bufio.NewWriter(os.Stdout)
	for _, line := range globals(packages) {
		fmt.Fprintln(out, line)
	}
	if err := out.Flush(); err != nil {
		log.Fatal(err)
	}
}

// globals are the variables with what has been found about each.
func globals(packages []*library.Package) (lines []string) {
	ways := map[*types.Var]map[string]bool{}
	add := func(v *types.Var, how string) {
		if ways[v] == nil {
			ways[v] = map[string]bool{}
		}
		ways[v][how] = true
	}
	for _, p := range packages {
		if library.Public(p.Path()) {
			exported(p, add)
		}
		for _, f := range p.Files {
			for _, d := range f.Decls {
				if d, ok := d.(*ast.FuncDecl); ok && d.Body != nil && (d.Name.Name != "init" || d.Recv != nil) {
					look(p, d.Body, add)
				}
			}
		}
	}
	for v, how := range ways {
		lines = append(lines, v.Pkg().Path()+"."+v.Name()+"\t"+strings.Join(slices.Sorted(maps.Keys(how)), ","))
	}
	slices.Sort(lines)
	return lines
}

// exported finds the variables that a program can name.
func exported(p *library.Package, add func(*types.Var, string)) {
	for _, name := range p.Scope().Names() {
		v, ok := p.Scope().Lookup(name).(*types.Var)
		if !ok || !v.Exported() {
			continue
		}
		add(v, "exported")
		if leads(v.Type(), nil) {
			add(v, "leads on")
		}
	}
}

// leads reports whether who has a value can change memory that others have, too. The errors
// of the library cannot be told from other interfaces: what they hold is another matter.
func leads(t types.Type, seen []types.Type) bool {
	if slices.Contains(seen, t) {
		return false
	}
	seen = append(seen, t)
	switch t := t.Underlying().(type) {
	case *types.Pointer, *types.Slice, *types.Map, *types.Chan:
		return true
	case *types.Interface:
		return !types.Identical(t, types.Universe.Lookup("error").Type().Underlying())
	case *types.Array:
		return leads(t.Elem(), seen)
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() && leads(f.Type(), seen) {
				return true
			}
		}
	}
	return false
}

// look finds what code does to package variables.
func look(p *library.Package, body *ast.BlockStmt, add func(*types.Var, string)) {
	written := func(e ast.Expr, how string) {
		if v := changes.Variable(p.Info, e, func(*types.Var) bool { return false }); v != nil {
			add(v, how)
		}
	}
	changes.Each(p.Info, body, func(e ast.Expr, way changes.Way) {
		if way.Address {
			written(e, "address")
		} else {
			written(e, "assigned")
		}
	})
	ast.Inspect(body, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok {
			called(p, call, written)
		}
		return true
	})
}

// called finds variables that a call can change: the receiver of a method with a pointer.
func called(p *library.Package, call *ast.CallExpr, written func(ast.Expr, string)) {
	fun, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return
	}
	f, ok := p.Info.Uses[fun.Sel].(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return
	}
	if _, pointer := f.Signature().Recv().Type().(*types.Pointer); !pointer {
		return
	}
	if _, already := under(p, fun.X).(*types.Pointer); already {
		written(fun.X, "method of what it points to")
	} else {
		written(fun.X, "method")
	}
}

func under(p *library.Package, e ast.Expr) types.Type {
	t := p.Info.TypeOf(e)
	if t == nil {
		return nil
	}
	return t.Underlying()
}
