package source

import (
	"go/ast"
	"go/types"

	"github.com/pgstd/pgstd/trust/source/changes"
)

// settable are variables of other packages that functions of the language may set all the same,
// each with the reason.
var settable = map[string]string{}

// checkVariables looks for whatever can change a variable of another package in place. What a
// variable leads to can be changed by another name, too: that is not for a look at the source.
func checkVariables(p *pass) {
	if !p.Function || p.Info == nil {
		return
	}
	for f := range p.typed {
		changes.Each(p.Info, f.Syntax, func(e ast.Expr, way changes.Way) {
			switch {
			case way.Address:
				p.refuseVariable(e, "has its address taken")
			case way.Builtin != "":
				p.refuseVariable(e, "is changed by "+way.Builtin)
			default:
				p.refuseVariable(e, "is assigned to")
			}
		})
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if n, ok := n.(*ast.SelectorExpr); ok {
				if s := p.Info.Selections[n]; s != nil && s.Kind() == types.MethodVal && takesAddress(s) {
					p.refuseVariable(n.X, "has its address taken")
				}
			}
			return true
		})
	}
}

// takesAddress reports whether a method of a pointer is called on what is none.
func takesAddress(s *types.Selection) bool {
	f, ok := s.Obj().(*types.Func)
	if !ok {
		return false
	}
	recv := f.Signature().Recv()
	if recv == nil {
		return false
	}
	_, pointer := types.Unalias(recv.Type()).(*types.Pointer)
	_, already := s.Recv().Underlying().(*types.Pointer)
	return pointer && !already && !s.Indirect()
}

func (p *pass) refuseVariable(e ast.Expr, what string) {
	ours := func(v *types.Var) bool { return v.Pkg() == p.Types }
	if v := changes.Variable(p.Info, e, ours); v != nil {
		if name := v.Pkg().Path() + "." + v.Name(); settable[name] == "" {
			p.report(e.Pos(), "variable %s of another package %s; others may share that package", name, what)
		}
	}
}
