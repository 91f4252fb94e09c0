package body

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// Go's int is not SQL's: what a text gives to a result, a row or a column is converted to
// what SQL declares where nothing is lost. What does not fit is an ERROR, 22003. Maps,
// structs and lists become JSON where SQL wants that.

// conversion is a function that makes a value of one type from one of another. Its Go type
// is func(F, error) (T, error): an error that comes with the value is handed on.
type conversion struct {
	helper   string // of fitSource
	from, to string // the numbers' types; from is empty where it has no name that is surely seen
}

// call is how a call of the conversion begins; its arguments' types are inferred.
func (c *conversion) call() string { return c.helper + "[" + c.to + "]" }

// explicit is the conversion with all its types, for where they cannot be inferred.
func (c *conversion) explicit() string { return c.helper + "[" + c.to + ", " + c.from + "]" }

// conversion returns how values of a type become those of another; nil if they need not, or
// cannot.
func (w *wrapper) conversion(from, to types.Type) *conversion {
	if w.sig.PG == "" || from == nil || to == nil || types.AssignableTo(from, to) {
		return nil
	}
	helper := ""
	switch {
	case isJSON(to):
		if !w.becomesJSON(from) {
			return nil
		}
		w.json, w.imports["pgstd_encoding"] = true, "encoding/json"
		return &conversion{helper: "pgstd_json", to: "pgstd_encoding.RawMessage"}
	case isPackaged(from, "time", "Duration") && isPackaged(to, w.sig.PG, "Interval"):
		return &conversion{helper: "pgstd_interval", to: "pgstd_pg.Interval"}
	case isPointer(from) && isPackaged(pointedTo(from), "math/big", "Int") && isPointer(to) && w.isNumeric(pointedTo(to)):
		return &conversion{helper: "pgstd_whole", to: "pgstd_pg.Numeric"}
	case isPointer(from) && isPointer(to):
		helper, from, to = "pgstd_pointer", pointedTo(from), pointedTo(to)
	case isSlice(from) && isSlice(to):
		helper, from, to = "pgstd_list", element(from), element(to)
		switch {
		case isPointer(from) && isPointer(to):
			helper, from, to = "pgstd_pointers", pointedTo(from), pointedTo(to)
		case isPointer(to):
			helper, to = "pgstd_valuePointers", pointedTo(to)
		case isSlice(from) && isSlice(to):
			helper, from, to = "pgstd_lists", element(from), element(to)
		}
	}
	f, ok := from.Underlying().(*types.Basic)
	if !ok || helper != "" && f.Kind() == types.Uint8 {
		return nil // bytes are no numbers
	}
	c := &conversion{helper: helper}
	switch to := types.Unalias(to).(type) {
	case *types.Basic:
		if !isNumber(from, f, to) {
			return nil
		}
		c.to = to.Name()
		if helper == "" {
			c.helper = "pgstd_number"
		}
	case *types.Named:
		if helper != "" && helper != "pgstd_list" || !w.isNumeric(to) || f.Info()&(types.IsInteger|types.IsFloat) == 0 {
			return nil
		}
		c.helper, c.to = "pgstd_numeric", "pgstd_pg.Numeric"
		if f.Info()&types.IsFloat != 0 {
			c.helper = "pgstd_decimal"
		}
		if helper != "" {
			c.helper += "List"
		}
	default:
		return nil
	}
	if _, ok := types.Unalias(from).(*types.Basic); ok && f.Info()&types.IsUntyped == 0 {
		c.from = f.Name()
	}
	return c
}

// isPackaged reports whether a type is the one of a package with a name.
func isPackaged(t types.Type, path, name string) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

// isJSON reports whether a type is that of json and jsonb, which from go1.27 on is another name
// of jsontext.Value.
func isJSON(t types.Type) bool {
	return isPackaged(t, "encoding/json", "RawMessage") || isPackaged(t, "encoding/json/jsontext", "Value")
}

// becomesJSON reports whether values of a type can only mean what they are in JSON: a row has
// names of columns that its struct has not.
func (w *wrapper) becomesJSON(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return (!ok || w.sig.Declarations[named.Obj().Name()] == "") && BecomesJSON(t)
}

// BecomesJSON reports the same of a type that is no row: text may be JSON already.
func BecomesJSON(t types.Type) bool {
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Info()&(types.IsInteger|types.IsFloat|types.IsBoolean) != 0
	case *types.Map, *types.Struct:
		return true
	case *types.Interface:
		return t.NumMethods() == 0
	case *types.Slice:
		b, ok := t.Elem().Underlying().(*types.Basic)
		return !ok || b.Kind() != types.Uint8
	}
	return false
}

// isNumber reports whether a number of a type becomes one of another.
func isNumber(from types.Type, f, to *types.Basic) bool {
	if f.Info()&types.IsUntyped != 0 || types.Identical(from, to) {
		return false
	}
	switch to.Kind() {
	case types.Int, types.Int16, types.Int32, types.Int64, types.Uint32, types.Float32:
		return f.Info()&types.IsInteger != 0
	case types.Float64:
		return f.Info()&(types.IsInteger|types.IsFloat) != 0
	}
	return false
}

func isSlice(t types.Type) bool { return element(t) != nil }

func element(t types.Type) types.Type {
	if s, ok := t.Underlying().(*types.Slice); ok {
		return s.Elem()
	}
	return nil
}

func pointedTo(t types.Type) types.Type { return t.Underlying().(*types.Pointer).Elem() }

// fits notes that a conversion stands in the source.
func (w *wrapper) fits() {
	w.helpers, w.fitting = true, true
	w.imports["pgstd_pg"], w.imports["pgstd_strconv"] = w.sig.PG, "strconv"
}

// fitted returns what stands before and behind a value of an expression that has no place
// for an error: it comes out of the call, or of the iterator, as a panic. What is a pointer
// for NULL's sake points to the value.
func (w *wrapper) fitted(p *Package, x ast.Expr, to types.Type, where string) (open, last string) {
	from := p.Info.TypeOf(x)
	c := w.conversion(from, to)
	if c == nil && isPointer(to) {
		c = w.conversion(from, pointedTo(to))
	}
	if c == nil {
		return "", ""
	}
	w.fits()
	w.unfit = true
	return "pgstd_fit(" + strconv.Quote(where) + ", " + c.call() + ", ", ")"
}

// resultType is the Go type of a result, or of a set's rows.
func (w *wrapper) resultType(p *Package, i int) types.Type {
	f, ok := p.Types.Scope().Lookup(w.function).(*types.Func)
	if !ok || i >= f.Signature().Results().Len() {
		return nil
	}
	t := f.Signature().Results().At(i).Type()
	if w.sig.Set {
		t, _ = rowOf(t)
	}
	return t
}

// outType is the Go type of an OUT argument, as far as it is known what is NULL.
func (w *wrapper) outType(p *Package, i int) types.Type {
	t := w.resultType(p, i)
	if t != nil && w.pointers[i] && !isPointer(t) {
		return types.NewPointer(t)
	}
	return t
}

// pointedLike returns the type of a result that a text gives back as it does a value: one
// that has been found to be a pointer is written so the next time.
func pointedLike(from, to types.Type) types.Type {
	if from != nil && to != nil && isPointer(from) && !isPointer(to) {
		return types.NewPointer(to)
	}
	return to
}

// returned converts the one value of a return statement, with the error that may come with
// it, and reports whether it had to.
func (w *wrapper) returned(p *Package, r *ast.ReturnStmt, insert func(before, behind string)) bool {
	t := p.Info.TypeOf(r.Results[0])
	tuple, isTuple := t.(*types.Tuple)
	if isTuple {
		if tuple.Len() != 2 || !isError(tuple.At(1).Type()) || len(r.Results) != 1 {
			return false
		}
		t = tuple.At(0).Type()
	}
	c := w.conversion(t, pointedLike(t, w.resultType(p, 0)))
	if c == nil {
		return false
	}
	open, last := c.call()+"(", ")"
	if w.pointers[0] && !isPointer(t) {
		open, last = "pgstd_pair["+strings.TrimPrefix(w.sig.Results[0].Type, "*")+"]("+open, "))"
	}
	if len(r.Results) == 1 && !isTuple {
		last = ", nil" + last
	}
	insert(open, last)
	w.fits()
	return true
}

// returnedRows converts the rows that are returned to what the set yields: a slice to an
// iterator, rows to those of the set's type, and one that cannot fail to one that can.
func (w *wrapper) returnedRows(p *Package, x ast.Expr, insert func(before, behind string)) {
	t, pair := p.Info.TypeOf(x), false
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
		t, pair = tuple.At(0).Type(), true
	}
	row, fails := rowOf(t)
	if row == nil {
		return
	}
	c := w.rowConversion(p, t)
	helper := "pgstd_rows"
	switch {
	case c == nil && !w.isRow(p, row):
		return // for the compiler to refuse
	case !isSlice(t) && c == nil && fails == w.rowsFail:
		return
	case c == nil && w.rowsFail:
		helper = "pgstd_failingRows"
	case c != nil:
		helper = "pgstd_fittingRows"
		w.fits()
	}
	var more string
	if c != nil {
		more = c.call() + ", "
	}
	if !isSlice(t) {
		helper += "Of"
		if fails {
			helper += "2"
		}
	}
	w.helpers, w.rowHelpers = true, true
	switch {
	case !pair:
		insert(helper+"("+more, ")")
	case c == nil:
		insert(helper+"Pair(", ")")
	default:
		insert(helper+"Pair("+c.explicit()+")(", ")")
	}
}

// rowConversion returns how the rows of a slice or an iterator become those of the set; nil
// if they need not, or cannot.
func (w *wrapper) rowConversion(p *Package, t types.Type) *conversion {
	tuple, pair := t.(*types.Tuple)
	if pair && tuple.Len() > 0 {
		t = tuple.At(0).Type()
	}
	row, _ := rowOf(t)
	c := w.conversion(row, pointedLike(row, w.resultType(p, 0)))
	if c != nil && pair && c.from == "" {
		return nil
	}
	return c
}

// isRow reports whether rows of a type are those of the set.
func (w *wrapper) isRow(p *Package, row types.Type) bool {
	want := w.resultType(p, 0)
	return want == nil || types.Identical(row, pointedLike(row, want))
}

// hasBareReturn reports whether a statement returns nothing.
func hasBareReturn(list []*ast.ReturnStmt) bool {
	return slices.ContainsFunc(list, func(r *ast.ReturnStmt) bool { return len(r.Results) == 0 })
}

// pointTo makes pointers of values that are given to what is a pointer for NULL's sake, a
// field of a row or an OUT argument, and numbers of the width that it has.
func (w *wrapper) pointTo(p *Package) {
	g := p.generated
	out := w.resultVars(p)
	wrap := func(x ast.Expr, open, last string) {
		from, to := p.Fset.PositionFor(x.Pos(), false).Offset, p.Fset.PositionFor(x.End()-1, false).Offset
		if !g.ours(from) || !g.ours(to) {
			return
		}
		w.edits = append(w.edits, edit{g.origin(from), open}, edit{g.origin(to) + 1, last})
		w.helpers = true
	}
	give := func(x ast.Expr, to types.Type, where string) {
		if to == nil || isTuple(p.Info.TypeOf(x)) {
			return
		}
		open, last := w.fitted(p, x, to, where)
		if isPointer(to) && !w.isNullable(p, x) {
			open, last = "pgstd_set["+w.typeName(p, pointedTo(to))+"]("+open, last+")"
		}
		if open != "" {
			wrap(x, open, last)
		}
	}
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.ExprStmt:
			// Nobody looks at whether a column could be set: then it has to be.
			if len(w.sig.Results) == 0 && w.setsColumn(p, n.X) {
				w.fits()
				w.unfit = true
				wrap(n.X, "pgstd_done(", ")")
			}
		case *ast.CompositeLit:
			s := w.declaredStruct(p, p.Info.TypeOf(n))
			if s == nil {
				return true
			}
			for i, e := range n.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					if f, ok := kv.Key.(*ast.Ident); ok {
						for v := range s.Fields() {
							if v.Name() == f.Name {
								give(kv.Value, v.Type(), v.Name())
							}
						}
					}
				} else if i < s.NumFields() {
					give(e, s.Field(i).Type(), s.Field(i).Name())
				}
			}
		case *ast.AssignStmt:
			if n.Tok != token.ASSIGN || len(n.Lhs) != len(n.Rhs) {
				return true
			}
			for i, l := range n.Lhs {
				switch l := ast.Unparen(l).(type) {
				case *ast.Ident:
					k, ok := out[p.Info.Uses[l]]
					if !ok {
						continue
					}
					give(n.Rhs[i], w.outType(p, k), l.Name)
				case *ast.SelectorExpr:
					if w.declaredStruct(p, p.Info.TypeOf(l.X)) != nil {
						give(n.Rhs[i], p.Info.TypeOf(l), l.Sel.Name)
					}
				}
			}
		}
		return true
	})
}

// setsColumn reports whether an expression is a call of a trigger's row that sets a column.
func (w *wrapper) setsColumn(p *Package, x ast.Expr) bool {
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	s, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != "Set" || p.Info.TypeOf(s.X) == nil || !isPointer(p.Info.TypeOf(s.X)) {
		return false
	}
	return isPackaged(pointedTo(p.Info.TypeOf(s.X)), w.sig.PG, "Record")
}

// typeName is how the package names a type.
func (w *wrapper) typeName(p *Package, t types.Type) string {
	return types.TypeString(t, func(pkg *types.Package) string {
		if pkg == p.Types {
			return ""
		}
		return pkg.Name()
	})
}
