package body

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
)

// A pg.Numeric is a text, so Go adds and orders numbers as texts: 1 + 2 is 12, and 9 is more
// than 10. No one means that. What else is a text in Go is ordered as one, too.

// What to write instead.
const (
	numericOrder = `Write a.Cmp(b) < 0, and slices.SortFunc(list, pg.Numeric.Cmp) for lists; pg.Numeric("0") is a number to compare with.`
	numericKey   = `Have SQL give each number one form, trim_scale(n), and use its text: map[string]int, m[string(n)]++.`
	numericSum   = `Let SQL do it, err := pg.QueryRow("SELECT $1 + $2", a, b).Scan(&sum), or package math/big: new(big.Rat).SetString(string(a)).`
)

// numerics finds what a text does with numerics as texts, and with numbers as characters, and
// where it orders values by their texts that SQL orders otherwise.
func (w *wrapper) numerics(p *Package) (diagnostics []Diagnostic) {
	refuse := func(pos token.Pos, message, hint string) {
		if p.generated.ours(p.Fset.PositionFor(pos, false).Offset) {
			d := p.Locate(pos, message)
			d.Hint, d.Typed = hint, true
			diagnostics = append(diagnostics, d)
		}
	}
	texts := w.texts(p)
	disorder := func(pos token.Pos, u *unordered, by string) {
		if u != nil {
			refuse(pos, u.what+", and "+by+" would compare two of them as such", u.hint)
		}
	}
	is := func(x ast.Expr) bool { return w.isNumeric(p.Info.TypeOf(x)) }
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if p.Info.Types[n].Value != nil {
				return true
			}
			switch n.Op {
			case token.LSS, token.LEQ, token.GTR, token.GEQ:
				disorder(n.Pos(), texts.either(n.X, n.Y), n.Op.String())
				return true
			}
			if !is(n.X) && !is(n.Y) {
				return true
			}
			switch n.Op {
			case token.ADD:
				refuse(n.Pos(), "a pg.Numeric is a text, and + would join two of them", numericSum)
			case token.EQL, token.NEQ:
				if !isSpecial(p, n.X) && !isSpecial(p, n.Y) {
					refuse(n.Pos(), "a pg.Numeric is a text, and "+n.Op.String()+" would tell 1.0 from 1.00", `Write a.Cmp(b) == 0.`)
				}
			}
		case *ast.SwitchStmt:
			if n.Tag == nil || !is(n.Tag) {
				return true
			}
			for _, c := range n.Body.List {
				for _, x := range c.(*ast.CaseClause).List {
					if !isSpecial(p, x) {
						refuse(x.Pos(), "a pg.Numeric is a text, and switch would tell 1.0 from 1.00", `Write switch { case a.Cmp("1") == 0: … }.`)
					}
				}
			}
		case *ast.MapType:
			if is(n.Key) {
				refuse(n.Key.Pos(), "a pg.Numeric is a text, and a map would tell 1.0 from 1.00", numericKey)
			}
		case *ast.AssignStmt:
			if n.Tok == token.ADD_ASSIGN && is(n.Lhs[0]) {
				refuse(n.Pos(), "a pg.Numeric is a text, and += would join two of them", numericSum)
			}
		case *ast.CallExpr:
			if w.isCharacter(p, n) {
				refuse(n.Pos(), "string(n) is the character of that number, not its digits", `Write strconv.Itoa(int(n)) or fmt.Sprint(n) for the digits, and string(rune(n)) for the character.`)
			}
			if id, ok := ast.Unparen(n.Fun).(*ast.Ident); ok {
				if b, ok := p.Info.Uses[id].(*types.Builtin); ok && (b.Name() == "min" || b.Name() == "max") {
					disorder(n.Pos(), texts.either(n.Args...), b.Name())
				}
			}
			if f := texts.orders(n); f != nil {
				if u := texts.either(n.Args...); u != unorderedNumeric {
					disorder(n.Pos(), u, f.Name())
				}
			}
		case *ast.Ident:
			instance, ok := p.Info.Instances[n]
			if !ok {
				return true
			}
			f, ok := p.Info.Uses[n].(*types.Func)
			if !ok || f.Signature().TypeParams() == nil {
				return true
			}
			for i := range f.Signature().TypeParams().Len() {
				constraint := f.Signature().TypeParams().At(i).Constraint()
				switch {
				case !w.isNumeric(instance.TypeArgs.At(i)):
				case isOrdered(constraint):
					disorder(n.Pos(), unorderedNumeric, f.Name())
				case isComparable(constraint) && f.Pkg() != nil && f.Pkg().Path() == "slices":
					refuse(n.Pos(), "a pg.Numeric is a text, and "+f.Name()+" would tell 1.0 from 1.00", `Write slices.`+f.Name()+`Func, with a.Cmp(b) == 0.`)
				}
			}
		}
		return true
	})
	return diagnostics
}

// isCharacter reports whether a call converts a number to a text, of which it makes one
// character.
func (w *wrapper) isCharacter(p *Package, call *ast.CallExpr) bool {
	fun := p.Info.Types[call.Fun]
	if !fun.IsType() || len(call.Args) != 1 || p.Info.Types[call].Value != nil {
		return false
	}
	to, ok := fun.Type.Underlying().(*types.Basic)
	from, isBasic := types.Unalias(p.Info.TypeOf(call.Args[0])).(*types.Basic)
	return ok && isBasic && to.Info()&types.IsString != 0 && from.Info()&types.IsInteger != 0 &&
		from != types.Universe.Lookup("rune").Type() && from != types.Universe.Lookup("byte").Type() && from.Info()&types.IsUntyped == 0
}

// isNumeric reports whether a type is pg.Numeric.
func (w *wrapper) isNumeric(t types.Type) bool {
	return t != nil && isPackaged(t, w.sig.PG, "Numeric")
}

// isSpecial reports whether an expression is a constant that is a numeric in one way only.
func isSpecial(p *Package, x ast.Expr) bool {
	v := p.Info.Types[x].Value
	return v != nil && v.Kind() == constant.String && slices.Contains([]string{"", "NaN", "Infinity", "-Infinity"}, constant.StringVal(v))
}

// isOrdered reports whether a constraint is cmp.Ordered.
func isOrdered(t types.Type) bool {
	return isPackaged(t, "cmp", "Ordered")
}
