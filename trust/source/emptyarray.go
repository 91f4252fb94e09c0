package source

import (
	"go/ast"
	"go/types"
)

// checkEmptyArray looks for an index into an array that has no elements, also by way of a
// pointer to it, or of a type parameter that may be one.
func checkEmptyArray(p *pass) {
	if p.Info == nil {
		return // rule "types" refuses the package
	}
	for f := range p.typed {
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if n, ok := n.(*ast.IndexExpr); ok {
				if tv := p.Info.Types[n.X]; tv.IsValue() && mayBeEmpty(tv.Type, maxTerms) {
					p.report(n.Pos(), "an element of an array is asked for that has none (%s)", types.TypeString(tv.Type, types.RelativeTo(p.Types)))
				}
			}
			return true
		})
	}
}

// maxTerms is how deep constraints can lie in one another; what is deeper may be anything.
const maxTerms = 100

// mayBeEmpty reports whether a type is an array of length 0, or points to one.
func mayBeEmpty(t types.Type, depth int) bool {
	if depth == 0 {
		return true
	}
	if param, ok := types.Unalias(t).(*types.TypeParam); ok {
		return anyTerm(param.Constraint(), depth-1)
	}
	switch t := t.Underlying().(type) {
	case *types.Array:
		return t.Len() == 0
	case *types.Pointer:
		array, ok := t.Elem().Underlying().(*types.Array)
		return ok && array.Len() == 0
	}
	return false
}

// anyTerm reports whether a constraint names such a type.
func anyTerm(t types.Type, depth int) bool {
	if depth == 0 {
		return true
	}
	switch t := t.Underlying().(type) {
	case *types.Interface:
		for e := range t.EmbeddedTypes() {
			if anyTerm(e, depth-1) {
				return true
			}
		}
		return false
	case *types.Union:
		for term := range t.Terms() {
			if anyTerm(term.Type(), depth-1) {
				return true
			}
		}
		return false
	}
	return mayBeEmpty(t, depth-1)
}
