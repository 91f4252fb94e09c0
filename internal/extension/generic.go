package extension

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// generic takes a function with a type parameter for one that is polymorphic in SQL. False: it
// cannot be one, which has been reported.
func (c *collector) generic(f *Function, fn *ast.FuncDecl, info *types.Info) bool {
	params := fn.Type.TypeParams
	if params.NumFields() > 1 {
		c.addf(params.Pos(), "%s has several type parameters; in SQL, all of anyelement and anyarray are of one type: [T any]", fn.Name.Name)
		return false
	}
	constraint, ok := types.Unalias(info.TypeOf(params.List[0].Type)).Underlying().(*types.Interface)
	if !ok || !constraint.Empty() || constraint.IsComparable() {
		c.addf(params.List[0].Type.Pos(), "%s has a type parameter that is not any; values of any SQL type only go where they are put: write [T any], or a function for each type",
			fn.Name.Name)
		return false
	}
	f.Generic = true
	return true
}

// checkGeneric checks what PostgreSQL wants of a polymorphic function.
func (c *collector) checkGeneric(f *Function, fn *ast.FuncDecl) {
	isPolymorphic := func(t *pgtypes.Type) bool { return t.Polymorphic() }
	takes := slices.ContainsFunc(f.Args, func(a Arg) bool { return isPolymorphic(&a.Type) })
	switch {
	case f.Kind != Plain && f.Kind != Set && f.Kind != Procedure:
		c.addf(fn.Type.TypeParams.Pos(), "%s is generic, which a trigger or window function cannot be", f.GoName)
	case !takes:
		c.addf(fn.Type.TypeParams.Pos(), "%s takes no argument of its type parameter, by which SQL could tell what it is", f.GoName)
	}
}

// instance is the author's function as generated code calls it.
func (f *Function) instance() string {
	if f.Generic {
		return "author." + f.GoName + "[" + pgtypes.AnyElement + "]"
	}
	return "author." + f.GoName
}
