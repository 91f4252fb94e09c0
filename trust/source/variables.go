package source

import (
	"go/ast"
	"go/token"
	"go/types"
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
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, e := range n.Lhs {
						p.refuseVariable(e, "is assigned to")
					}
				}
			case *ast.IncDecStmt:
				p.refuseVariable(n.X, "is assigned to")
			case *ast.RangeStmt:
				if n.Tok == token.ASSIGN {
					p.refuseVariable(n.Key, "is assigned to")
					p.refuseVariable(n.Value, "is assigned to")
				}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					p.refuseVariable(n.X, "has its address taken")
				}
			case *ast.SliceExpr:
				if t := p.Info.TypeOf(n.X); t != nil {
					if _, array := t.Underlying().(*types.Array); array {
						p.refuseVariable(n.X, "has its address taken")
					}
				}
			case *ast.CallExpr:
				p.checkChanged(n)
			case *ast.SelectorExpr:
				if s := p.Info.Selections[n]; s != nil && s.Kind() == types.MethodVal && takesAddress(s) {
					p.refuseVariable(n.X, "has its address taken")
				}
			}
			return true
		})
	}
}

// checkChanged looks at the functions of the language that change what they are given.
func (p *pass) checkChanged(call *ast.CallExpr) {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return
	}
	if b, ok := p.Info.Uses[id].(*types.Builtin); ok {
		switch b.Name() {
		case "delete", "clear", "copy":
			p.refuseVariable(call.Args[0], "is changed by "+b.Name())
		}
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
	if v := p.variableOf(e); v != nil {
		if name := v.Pkg().Path() + "." + v.Name(); settable[name] == "" {
			p.report(e.Pos(), "variable %s of another package %s; others may share that package", name, what)
		}
	}
}

// variableOf is the variable of another package in which an expression has its place, or by way
// of which it has; nil: there is none.
func (p *pass) variableOf(e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SliceExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v := p.foreign(x.Sel); v != nil {
				return v
			}
			e = x.X
		case *ast.Ident:
			return p.foreign(x)
		default:
			return nil
		}
	}
}

func (p *pass) foreign(id *ast.Ident) *types.Var {
	v, ok := p.Info.Uses[id].(*types.Var)
	if !ok || v.IsField() || v.Pkg() == nil || v.Pkg() == p.Types || v.Parent() != v.Pkg().Scope() {
		return nil
	}
	return v
}
