package source

import (
	"go/ast"
	"go/types"
)

// keptAway are the calls of reflect.Value.UnsafePointer whose result becomes a value of an interface at once: a key of
// a map, an element of a composite literal, any(…). Packages that walk through values remember so where they have been.
// The expression is the only one with the pointer's type. Nobody gets the pointer out of the interface without a type
// that has unsafe.Pointer in it, written or inferred, which is refused; and reflect and what is built on it make of
// it a number.
func keptAway(p *pass, f *File) map[ast.Node]bool {
	found := map[ast.Node]bool{}
	take := func(e ast.Expr, to types.Type) {
		call, ok := ast.Unparen(e).(*ast.CallExpr)
		if !ok || !isInterface(to) {
			return
		}
		sel, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
		if !ok {
			return
		}
		fn, ok := p.Info.Uses[sel.Sel].(*types.Func)
		if !ok || fn.FullName() != "(reflect.Value).UnsafePointer" {
			return
		}
		for e != ast.Expr(call) {
			found[e] = true
			e = e.(*ast.ParenExpr).X
		}
		found[call], found[call.Fun], found[sel], found[sel.Sel] = true, true, true, true
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.IndexExpr:
			if m, ok := under(p, n.X).(*types.Map); ok {
				take(n.Index, m.Key())
			}
		case *ast.CallExpr:
			if len(n.Args) == 1 && p.Info.Types[n.Fun].IsType() {
				take(n.Args[0], p.Info.TypeOf(n.Fun))
			}
		case *ast.CompositeLit:
			for i, e := range n.Elts {
				value, key := e, ast.Expr(nil)
				if pair, ok := e.(*ast.KeyValueExpr); ok {
					value, key = pair.Value, pair.Key
				}
				switch t := under(p, n).(type) {
				case *types.Map:
					take(key, t.Key())
					take(value, t.Elem())
				case *types.Slice:
					take(value, t.Elem())
				case *types.Array:
					take(value, t.Elem())
				case *types.Struct:
					if id, ok := key.(*ast.Ident); ok {
						take(value, p.Info.TypeOf(id))
					} else if key == nil && i < t.NumFields() {
						take(value, t.Field(i).Type())
					}
				}
			}
		}
		return true
	})
	return found
}

func under(p *pass, e ast.Expr) types.Type {
	if t := p.Info.TypeOf(e); t != nil {
		return t.Underlying()
	}
	return nil
}

// isInterface reports whether a type is that of an interface, and no parameter for one.
func isInterface(t types.Type) bool {
	if t == nil {
		return false
	}
	if _, parameter := types.Unalias(t).(*types.TypeParam); parameter {
		return false
	}
	return types.IsInterface(t)
}
