package body

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// Many a value is its text in Go: one of an enum, a range, money, whatever an anyelement is. Go
// orders such as texts, and SQL by another rule.

// unordered says of a type how Go would order its values, and what to write instead.
type unordered struct{ what, hint string }

var unorderedNumeric = &unordered{"a pg.Numeric is a text", numericOrder}

// unorderedText is the same for an SQL type whose values are texts in Go.
func unorderedText(sql string) *unordered {
	u := &unordered{what: sql + " is a text in Go"}
	if pgtypes.IsAnyArray(sql) {
		u.hint = `Have SQL sort what knows its type, and return the text: err := pg.QueryRow("SELECT array_agg(x ORDER BY x)::text FROM unnest($1) x", pg.Any(list)).Scan(&sorted); or write a function that compares string(a) and string(b), for the order of texts.`
		return u
	}
	if pgtypes.IsPolymorphic(sql) {
		u.hint = `Have SQL compare what knows its type: err := pg.QueryRow("SELECT $1 < $2", pg.Any(a), pg.Any(b)).Scan(&less), with a.String() for a's text; string(a) < string(b) compares texts.`
		return u
	}
	u.hint = strings.ReplaceAll(`Have SQL compare: err := pg.QueryRow("SELECT $1::TYPE < $2::TYPE", a, b).Scan(&less), and SELECT array_agg(x ORDER BY x) FROM unnest($1::TYPE[]) x sorts; string(a) < string(b) compares texts.`, "TYPE", sql)
	return u
}

// texts knows the variables of a text in which such values are.
type texts struct {
	w    *wrapper
	p    *Package
	h    *hoisting
	sql  map[types.Object]string // their SQL types
	args types.Object            // the list of all arguments
}

// texts finds the variables: arguments, and what is made of them.
func (w *wrapper) texts(p *Package) *texts {
	h := newHoisting(p)
	t := &texts{w: w, p: p, h: h, sql: map[types.Object]string{}}
	main := w.declaration(p)
	places, args := w.arguments(p, main)
	t.args = args
	for obj, i := range places {
		t.sql[obj] = w.sig.Params[i].Text
	}
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if n.Tok == token.DEFINE && (len(n.Lhs) == len(n.Rhs) || i == 0) {
					t.note(l, t.of(n.Rhs[i]))
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				switch place := w.nilSlice(p, name); {
				case place >= 0:
					t.note(name, w.sig.Params[place].Text)
				case i < len(n.Values):
					t.note(name, t.of(n.Values[i]))
				}
			}
		case *ast.RangeStmt:
			t.note(n.Key, t.of(n.X))
			t.note(n.Value, t.of(n.X))
		case *ast.CallExpr:
			// What slices.SortFunc calls takes elements.
			if h.calledPackage(n) != "slices" {
				return true
			}
			for _, x := range n.Args {
				if f, ok := x.(*ast.FuncLit); ok {
					for _, field := range f.Type.Params.List {
						for _, name := range field.Names {
							t.note(name, t.ofAny(n.Args))
						}
					}
				}
			}
		}
		return true
	})
	return t
}

// nilSlice returns the argument for which a slice has been declared, nil for NULL; -1: none.
func (w *wrapper) nilSlice(p *Package, name *ast.Ident) int {
	if p.generated.ours(p.Fset.PositionFor(name.Pos(), false).Offset) {
		return -1
	}
	for i, param := range w.sig.Params {
		if param.NilSlice && w.textName(i) == name.Name {
			return i
		}
	}
	return -1
}

// note keeps what a new variable has.
func (t *texts) note(x ast.Expr, sql string) {
	if name, ok := x.(*ast.Ident); ok && sql != "" && t.p.Info.Defs[name] != nil {
		t.sql[t.p.Info.Defs[name]] = sql
	}
}

// unordered returns how Go would order a value, or the elements of a list; nil: as SQL does, or
// not at all.
func (t *texts) unordered(x ast.Expr) *unordered {
	typ := t.p.Info.TypeOf(x)
	if typ == nil {
		return nil
	}
	if t.w.isNumeric(typ) {
		return unorderedNumeric
	}
	if sql := t.of(x); sql != "" && isTexts(typ) {
		return unorderedText(sql)
	}
	return nil
}

// either returns the first of some values that is unordered.
func (t *texts) either(list ...ast.Expr) *unordered {
	for _, x := range list {
		if u := t.unordered(x); u != nil {
			return u
		}
	}
	return nil
}

// isTexts reports whether a type is string, or consists of some.
func isTexts(t types.Type) bool {
	for depth := 0; depth < 10; depth++ {
		switch u := types.Unalias(t).(type) {
		case *types.Pointer:
			t = u.Elem()
		case *types.Slice:
			t = u.Elem()
		case *types.Named:
			// iter.Seq[string], and pg.Array[string].
			if u.TypeArgs().Len() != 1 {
				return false
			}
			t = u.TypeArgs().At(0)
		default:
			return types.Identical(t, types.Typ[types.String])
		}
	}
	return false
}

// of returns the SQL type of what an expression is, or consists of; empty: it is of none in
// particular. What is converted is what its author has made of it.
func (t *texts) of(x ast.Expr) string {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		return t.sql[t.p.Info.Uses[x]]
	case *ast.StarExpr:
		return t.of(x.X)
	case *ast.SliceExpr:
		return t.of(x.X)
	case *ast.IndexExpr:
		if list, ok := x.X.(*ast.Ident); ok && t.args != nil && t.p.Info.Uses[list] == t.args {
			if i, e := t.h.indexed(list, len(t.w.sig.Params)); e != nil {
				return t.w.sig.Params[i].Text
			}
		}
		return t.of(x.X)
	case *ast.SelectorExpr:
		if t.w.declaredStruct(t.p, t.p.Info.TypeOf(x.X)) != nil {
			return t.w.sig.Texts[t.w.rowOf(t.p, t.p.Info.TypeOf(x.X)).Obj().Name()+"."+x.Sel.Name]
		}
		return t.of(x.X)
	case *ast.CallExpr:
		switch fun := ast.Unparen(x.Fun).(type) {
		case *ast.Ident:
			if b, ok := t.p.Info.Uses[fun].(*types.Builtin); ok && (b.Name() == "append" || b.Name() == "min" || b.Name() == "max") {
				return t.ofAny(x.Args)
			}
		case *ast.SelectorExpr:
			if fun.Sel.Name == "At" {
				return t.of(fun.X)
			}
			if t.h.calledPackage(x) == "slices" {
				return t.ofAny(x.Args)
			}
		}
	}
	return ""
}

// ofAny is the same for the first of a list that is of a type.
func (t *texts) ofAny(list []ast.Expr) string {
	for _, x := range list {
		if sql := t.of(x); sql != "" {
			return sql
		}
	}
	return ""
}

// orders returns the function that orders texts which a call is of, or hands on; nil: none.
func (t *texts) orders(call *ast.CallExpr) *types.Func {
	for _, x := range append([]ast.Expr{call.Fun}, call.Args...) {
		if index, ok := ast.Unparen(x).(*ast.IndexExpr); ok {
			x = index.X
		}
		var id *ast.Ident
		switch x := ast.Unparen(x).(type) {
		case *ast.Ident:
			id = x
		case *ast.SelectorExpr:
			id = x.Sel
		default:
			continue
		}
		f, ok := t.p.Info.Uses[id].(*types.Func)
		if !ok || f.Pkg() == nil {
			continue
		}
		switch path := f.Pkg().Path(); {
		case path == "strings" && f.Name() == "Compare", path == "sort" && strings.Contains(f.Name(), "Strings"):
			return f
		}
		params := f.Signature().TypeParams()
		for i := range params.Len() {
			if isOrdered(params.At(i).Constraint()) {
				return f
			}
		}
	}
	return nil
}
