package extension

import (
	"go/ast"
	"go/types"

	"github.com/pgstd/pgstd/internal/inplace"
)

// ReadInPlace finds out which arguments need not be copied, as the function, which is declared in pkg,
// does nothing with them but look at their elements. The server keeps them while a function runs;
// not while the rows of a set are made, nor over the end of a transaction in a procedure.
func (f *Function) ReadInPlace(fn *ast.FuncDecl, pkg *types.Package) {
	if f.Kind != Plain || f.Aggregate != nil || pkg.Scope().Lookup("len") != nil || takesFunction(pkg, fn.Name.Name) {
		return
	}
	var names []string
	for _, field := range fn.Type.Params.List {
		for _, id := range field.Names {
			names = append(names, id.Name)
		}
		if len(field.Names) == 0 {
			names = append(names, "_")
		}
	}
	if len(names) != len(f.Args) { // some have types that have been refused
		return
	}
	for i, name := range names {
		if t, ok := f.Args[i].Type.InPlace(); ok && inplace.Only(fn, name) {
			f.Args[i].Type = t
		}
	}
}

// takesFunction reports whether a function has a parameter that is a function itself. A type with methods of the
// author's can be one, and come from JSON, for example.
func takesFunction(pkg *types.Package, name string) bool {
	fn, ok := pkg.Scope().Lookup(name).(*types.Func)
	if !ok {
		return true
	}
	for param := range fn.Signature().Params().Variables() {
		if _, ok := param.Type().Underlying().(*types.Signature); ok {
			return true
		}
	}
	return false
}
