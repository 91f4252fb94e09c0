package extension

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// isGeneric reports whether a function or type with a type parameter can be polymorphic in SQL. If
// it cannot, that has been reported.
func (c *collector) isGeneric(name string, params *ast.FieldList, info *types.Info) bool {
	if params.NumFields() > 1 {
		c.addf(params.Pos(), "%s has several type parameters; in SQL, all of anyelement and anyarray are of one type: [T any]", name)
		return false
	}
	constraint, ok := types.Unalias(info.TypeOf(params.List[0].Type)).Underlying().(*types.Interface)
	if !ok || !constraint.Empty() || constraint.IsComparable() {
		c.addf(params.List[0].Type.Pos(), "%s has a type parameter that is not any; values of any SQL type only go where they are put: write [T any], or one for each type",
			name)
		return false
	}
	return true
}

// checkGeneric checks what PostgreSQL wants of a polymorphic function.
func (c *collector) checkGeneric(f *Function, fn *ast.FuncDecl) {
	switch {
	case f.Kind != Plain && f.Kind != Set && f.Kind != Procedure && f.Kind != Window:
		c.addf(fn.Type.TypeParams.Pos(), "%s is generic, which a trigger function cannot be", f.GoName)
	case !f.takesParameter():
		c.addf(fn.Type.TypeParams.Pos(), "%s takes no argument of its type parameter, by which SQL could tell what it is", f.GoName)
	}
}

// takesParameter reports whether an argument is of the type parameter, or has it for its elements.
func (f *Function) takesParameter() bool {
	return slices.ContainsFunc(f.Args, func(a Arg) bool { return a.Type.Polymorphic() })
}

// instance is the author's function as generated code calls it.
func (f *Function) instance() string {
	if f.Generic {
		return "author." + f.GoName + "[" + pgtypes.AnyElement + "]"
	}
	return "author." + f.GoName
}
