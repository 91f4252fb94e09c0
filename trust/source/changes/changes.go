// Package changes finds what code does to the variables of packages.
package changes

import (
	"go/ast"
	"go/token"
	"go/types"
)

// Way is how code can change a variable.
type Way struct {
	Address bool   // it is taken; else the variable is assigned to
	Builtin string // the function of the language that does; else none does
}

// Each calls found for each expression in code that is assigned to, whose address is taken, or that is
// handed to a function of the language that changes it. Methods are for the caller to judge.
func Each(info *types.Info, code ast.Node, found func(ast.Expr, Way)) {
	ast.Inspect(code, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, e := range n.Lhs {
					found(e, Way{})
				}
			}
		case *ast.IncDecStmt:
			found(n.X, Way{})
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				found(n.Key, Way{})
				found(n.Value, Way{})
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				found(n.X, Way{Address: true})
			}
		case *ast.SliceExpr:
			if t := info.TypeOf(n.X); t != nil {
				if _, array := t.Underlying().(*types.Array); array {
					found(n.X, Way{Address: true})
				}
			}
		case *ast.CallExpr:
			if name := changer(info, n); name != "" {
				found(n.Args[0], Way{Builtin: name})
			}
		}
		return true
	})
}

// changer is the name of the function of the language that a call calls, if that changes its first
// argument.
func changer(info *types.Info, call *ast.CallExpr) string {
	id, ok := ast.Unparen(call.Fun).(*ast.Ident)
	if !ok || len(call.Args) == 0 {
		return ""
	}
	if b, ok := info.Uses[id].(*types.Builtin); ok {
		switch b.Name() {
		case "delete", "clear", "copy":
			return b.Name()
		}
	}
	return ""
}

// Variable is the package variable in which an expression has its place, or by way of which it
// has; nil: there is none. Those that ours says are passed over.
func Variable(info *types.Info, e ast.Expr, ours func(*types.Var) bool) *types.Var {
	named := func(id *ast.Ident) *types.Var {
		v, ok := info.Uses[id].(*types.Var)
		if !ok || v.IsField() || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() || ours(v) {
			return nil
		}
		return v
	}
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
			if v := named(x.Sel); v != nil {
				return v
			}
			e = x.X
		case *ast.Ident:
			return named(x)
		default:
			return nil
		}
	}
}
