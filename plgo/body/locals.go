package body

import (
	"go/ast"
	"go/token"
	"strings"
)

// localVariables finds the variables that are declared before the statements and
// belong to them all the same: Go's local variables are declared so, too. A
// variable keeps its value between calls if nothing but its declaration gives it
// one, if a declared function uses it, or if it stands in a group: var ( … ).
func localVariables(p *Package, function *ast.FuncDecl) [][2]int {
	if function == nil {
		return nil
	}
	var vars []*ast.GenDecl
	shared := map[string]bool{}
	for _, d := range p.File.Decls {
		switch d := d.(type) {
		case *ast.GenDecl:
			if d.Tok == token.VAR && !d.Lparen.IsValid() {
				vars = append(vars, d)
			}
		case *ast.FuncDecl:
			if d != function {
				addNames(shared, d)
			}
		}
	}
	changed := assigned(function.Body)
	local := map[string]bool{}
	for again := true; again; {
		again = false
		for _, d := range vars {
			spec := d.Specs[0].(*ast.ValueSpec)
			if isLocal(spec, local) || !belongsToCall(spec, shared, changed, local) {
				continue
			}
			for _, id := range spec.Names {
				local[id.Name] = true
			}
			again = true
		}
	}
	var ranges [][2]int
	for _, d := range vars {
		if isLocal(d.Specs[0].(*ast.ValueSpec), local) {
			g := p.generated
			from := g.origin(p.Fset.PositionFor(d.Pos(), false).Offset)
			to := g.origin(p.Fset.PositionFor(d.End(), false).Offset-1) + 1
			if rest := g.from.src[to:]; strings.HasPrefix(strings.TrimLeft(rest, " \t"), ";") {
				to += strings.IndexByte(rest, ';') + 1
			}
			ranges = append(ranges, [2]int{from, to})
		}
	}
	return ranges
}

func isLocal(spec *ast.ValueSpec, local map[string]bool) bool {
	return local[spec.Names[0].Name]
}

func belongsToCall(spec *ast.ValueSpec, shared, changed, local map[string]bool) bool {
	for _, id := range spec.Names {
		if shared[id.Name] {
			return false
		}
	}
	if len(spec.Values) == 0 {
		return true
	}
	for _, id := range spec.Names {
		if changed[id.Name] {
			return true
		}
	}
	used := map[string]bool{}
	for _, v := range spec.Values {
		addNames(used, v)
	}
	for name := range local {
		if used[name] {
			return true
		}
	}
	return false
}

func addNames(names map[string]bool, n ast.Node) {
	ast.Inspect(n, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok {
			names[id.Name] = true
		}
		return true
	})
}

// assigned returns the names of variables that statements assign to, or to a part
// of.
func assigned(body *ast.BlockStmt) map[string]bool {
	names := map[string]bool{}
	add := func(x ast.Expr) {
		for {
			switch e := x.(type) {
			case *ast.Ident:
				names[e.Name] = true
				return
			case *ast.ParenExpr:
				x = e.X
			case *ast.SelectorExpr:
				x = e.X
			case *ast.IndexExpr:
				x = e.X
			case *ast.StarExpr:
				x = e.X
			default:
				return
			}
		}
	}
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			if n.Tok != token.DEFINE {
				for _, x := range n.Lhs {
					add(x)
				}
			}
		case *ast.IncDecStmt:
			add(n.X)
		case *ast.RangeStmt:
			if n.Tok == token.ASSIGN {
				add(n.Key)
				if n.Value != nil {
					add(n.Value)
				}
			}
		case *ast.UnaryExpr:
			if n.Op == token.AND {
				add(n.X)
			}
		}
		return true
	})
	return names
}
