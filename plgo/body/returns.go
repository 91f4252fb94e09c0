package body

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// returns completes the return statements of the function: a value may stand
// without an error, nil is NULL, and a function without a result may just end.
// It reports whether the source has to be written again.
func (w *wrapper) returns(p *Package) bool {
	f := w.declaration(p)
	if f == nil {
		return false
	}
	list := returnStatements(f.Body)
	named := len(w.sig.Results) > 0 && w.sig.Results[0].Name != ""
	switch {
	case named:
		w.namedPointers(p, f, list)
	case w.sig.Set:
		w.rows(p, list)
	case len(w.sig.Results) == 1:
		for _, r := range list {
			w.pointers[0] = w.pointers[0] || len(r.Results) > 0 && w.isPointer(p, r.Results[0], 0)
		}
	}
	w.lost = named && w.narrowsReturned(p, list)
	w.pointTo(p)
	for _, r := range list {
		w.complete(p, r, named)
	}
	slices.SortStableFunc(w.edits, func(a, b edit) int { return a.at - b.at })
	again := len(w.edits) > 0 || w.rowsFail
	for _, pointer := range w.pointers {
		again = again || pointer
	}
	return again
}

// returnStatements are those of the function itself, not of literals in it.
func returnStatements(body *ast.BlockStmt) []*ast.ReturnStmt {
	var list []*ast.ReturnStmt
	ast.Inspect(body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			list = append(list, n)
		}
		return true
	})
	return list
}

// complete edits one return statement.
func (w *wrapper) complete(p *Package, r *ast.ReturnStmt, named bool) {
	g := p.generated
	at := func(pos token.Pos) int { return g.origin(p.Fset.PositionFor(pos, false).Offset) }
	if !g.ours(p.Fset.PositionFor(r.Pos(), false).Offset) {
		return
	}
	n := len(w.sig.Results)
	insert := func(pos int, s string) { w.edits = append(w.edits, edit{at: pos, insert: s}) }
	end := func(x ast.Expr) int { return at(x.End()-1) + 1 }
	if w.sig.Set && len(r.Results) > 0 {
		t, helper := p.Info.TypeOf(r.Results[0]), "pgstd_rows("
		if isTuple(t) {
			t, helper = t.(*types.Tuple).At(0).Type(), "pgstd_rowsPair("
		}
		if w.isRows(p, t) {
			insert(at(r.Results[0].Pos()), helper)
			insert(end(r.Results[0]), ")")
			w.helpers = true
		}
	}
	if n == 1 && !named && !w.sig.Set && len(r.Results) > 0 && len(r.Results) < 3 && w.isOtherNumber(p, r.Results[0], w.sig.Results[0].Type) {
		open, last := "pgstd_number["+w.sig.Results[0].Type+"](", ")"
		if w.pointers[0] {
			open, last = "pgstd_pair["+w.sig.Results[0].Type+"]("+open, "))"
		}
		switch {
		case isTuple(p.Info.TypeOf(r.Results[0])):
		case len(r.Results) == 1:
			last = ", nil" + last
		}
		insert(at(r.Results[0].Pos()), open)
		insert(end(r.Results[len(r.Results)-1]), last)
		w.helpers, w.numbers = true, true
		w.imports["pgstd_pg"] = w.sig.PG
		return
	}
	switch {
	case n == 0 && len(r.Results) == 0:
		insert(at(r.Pos())+len("return"), " nil")
	case n == 0 || len(r.Results) == 0:
	case len(r.Results) == 1 && isTuple(p.Info.TypeOf(r.Results[0])):
		if n == 1 && !w.sig.Set && w.pointers[0] && !w.tuplePointer(p, r.Results[0]) {
			insert(at(r.Results[0].Pos()), "pgstd_pair["+w.sig.Results[0].Type+"](")
			insert(end(r.Results[0]), ")")
			w.helpers = true
		}
	case named && len(r.Results) == 1 && n > 0 && isError(p.Info.TypeOf(r.Results[0])):
		names := make([]string, n)
		for i, result := range w.sig.Results {
			names[i] = identifier(result.Name)
		}
		open := strings.Join(names, ", ") + ", "
		if w.lost {
			open += "pgstd_lost(&pgstd_err, "
			insert(end(r.Results[0]), ")")
		}
		insert(at(r.Results[0].Pos()), open)
	case len(r.Results) == n || len(r.Results) == n+1:
		for i, x := range r.Results[:n] {
			open, last := "", ""
			elem := strings.TrimPrefix(w.sig.Results[i].Type, "*")
			if w.pointers[i] && !w.sig.Set && !w.isPointer(p, x, i) {
				open, last = "pgstd_value["+elem+"](", ")"
			}
			if named && w.isOtherNumber(p, x, elem) {
				open, last = open+w.narrowing(i), last+")"
			}
			if open != "" {
				insert(at(x.Pos()), open)
				insert(end(x), last)
				w.helpers = true
			}
		}
		switch last := r.Results[len(r.Results)-1]; {
		case len(r.Results) == n && w.lost:
			insert(end(last), ", pgstd_lost(&pgstd_err, nil)")
		case len(r.Results) == n:
			insert(end(last), ", nil")
		case w.lost:
			insert(at(last.Pos()), "pgstd_lost(&pgstd_err, ")
			insert(end(last), ")")
		}
	}
}

// ours reports whether an offset lies in what was taken from the text.
func (g *generated) ours(at int) bool {
	for _, s := range g.spans {
		if at >= s.at && at < s.at+s.size {
			return true
		}
	}
	return false
}

// rows finds out from what is returned whether rows are pointers, and whether each
// comes with an error.
func (w *wrapper) rows(p *Package, list []*ast.ReturnStmt) {
	for _, r := range list {
		if len(r.Results) == 0 {
			continue
		}
		t := p.Info.TypeOf(r.Results[0])
		if tuple, ok := t.(*types.Tuple); ok && tuple.Len() > 0 {
			t = tuple.At(0).Type()
		}
		row, fails := rowOf(t)
		if row == nil {
			continue
		}
		_, pointer := row.Underlying().(*types.Pointer)
		w.pointers[0] = w.pointers[0] || pointer && !strings.HasPrefix(w.sig.Results[0].Type, "*")
		w.rowsFail = w.rowsFail || fails
	}
}

// rowOf returns what an iterator or a slice has for rows; nil if it is neither.
func rowOf(t types.Type) (row types.Type, fails bool) {
	if t == nil {
		return nil, false
	}
	if s, ok := t.Underlying().(*types.Slice); ok {
		return s.Elem(), false
	}
	iterator, ok := t.Underlying().(*types.Signature)
	if !ok || iterator.Params().Len() != 1 {
		return nil, false
	}
	yield, ok := iterator.Params().At(0).Type().Underlying().(*types.Signature)
	if !ok || yield.Params().Len() == 0 {
		return nil, false
	}
	return yield.Params().At(0).Type(), yield.Params().Len() == 2
}

// isRows reports whether t is a slice of the set's rows. Another slice is for the
// compiler to refuse, by the name that the text has for it.
func (w *wrapper) isRows(p *Package, t types.Type) bool {
	if t == nil {
		return false
	}
	slice, ok := t.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	f, ok := p.Types.Scope().Lookup(w.function).(*types.Func)
	if !ok {
		return true
	}
	row, _ := rowOf(f.Signature().Results().At(0).Type())
	if row == nil || types.Identical(slice.Elem(), row) {
		return true
	}
	pointer, ok := slice.Elem().(*types.Pointer)
	return ok && types.Identical(pointer.Elem(), row)
}

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isTuple(t types.Type) bool {
	tuple, ok := t.(*types.Tuple)
	return ok && tuple.Len() > 1
}

// isPointer reports whether a returned value stands for NULL or for a value that
// may be NULL: nil, or a pointer to what the result is.
func (w *wrapper) isPointer(p *Package, x ast.Expr, i int) bool {
	t := p.Info.TypeOf(x)
	if tuple, ok := t.(*types.Tuple); ok {
		return tuple.Len() > 0 && w.isPointerType(p, tuple.At(0).Type(), 0)
	}
	if basic, ok := t.(*types.Basic); ok && basic.Kind() == types.UntypedNil {
		return true
	}
	// Where a string is wanted, go/types may have recorded nil with that type.
	if id, ok := ast.Unparen(x).(*ast.Ident); ok && id.Name == "nil" {
		return true
	}
	return t != nil && w.isPointerType(p, t, i)
}

func (w *wrapper) tuplePointer(p *Package, x ast.Expr) bool {
	return w.isPointerType(p, p.Info.TypeOf(x).(*types.Tuple).At(0).Type(), 0)
}

// isPointerType reports whether t points to what the function returns as result i.
func (w *wrapper) isPointerType(p *Package, t types.Type, i int) bool {
	pointer, ok := t.Underlying().(*types.Pointer)
	if !ok {
		return false
	}
	f, ok := p.Types.Scope().Lookup(w.function).(*types.Func)
	if !ok {
		return true
	}
	return types.AssignableTo(pointer.Elem(), f.Signature().Results().At(i).Type())
}

// narrowing is how a conversion begins of a number for an OUT argument.
func (w *wrapper) narrowing(i int) string {
	w.lost, w.helpers, w.numbers = true, true, true
	w.imports["pgstd_pg"] = w.sig.PG
	r := w.sig.Results[i]
	return "pgstd_narrow[" + strings.TrimPrefix(r.Type, "*") + "](&pgstd_err, " + strconv.Quote(r.Name) + ", "
}

// narrowsReturned reports whether any return statement has a number of another width than
// the OUT argument that it is for.
func (w *wrapper) narrowsReturned(p *Package, list []*ast.ReturnStmt) bool {
	return slices.ContainsFunc(list, func(r *ast.ReturnStmt) bool {
		for i, x := range r.Results {
			if len(r.Results) >= len(w.sig.Results) && i < len(w.sig.Results) && w.isOtherNumber(p, x, strings.TrimPrefix(w.sig.Results[i].Type, "*")) {
				return true
			}
		}
		return false
	})
}

// isOtherNumber reports whether a value is a number of another width than the result: it
// is converted where nothing is lost.
func (w *wrapper) isOtherNumber(p *Package, x ast.Expr, result string) bool {
	if w.sig.PG == "" {
		return false
	}
	t := p.Info.TypeOf(x)
	if tuple, ok := t.(*types.Tuple); ok && tuple.Len() == 2 && isError(tuple.At(1).Type()) {
		t = tuple.At(0).Type()
	}
	from, ok := t.(*types.Basic)
	if !ok || from.Info()&types.IsUntyped != 0 || from.Name() == result {
		return false
	}
	switch result {
	case "int16", "int32", "int64", "uint32":
		return from.Info()&types.IsInteger != 0
	case "float32":
		return from.Info()&types.IsInteger != 0
	case "float64":
		return from.Info()&(types.IsInteger|types.IsFloat) != 0
	}
	return false
}

// pointTo makes pointers of values that are given to what is a pointer for NULL's sake:
// a field of a row, or an OUT argument.
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
	field := func(t types.Type, x ast.Expr) {
		pointer, ok := t.(*types.Pointer)
		if !ok || w.isNullable(p, x) || isTuple(p.Info.TypeOf(x)) {
			return
		}
		wrap(x, "pgstd_set["+types.TypeString(pointer.Elem(), func(pkg *types.Package) string {
			if pkg == p.Types {
				return ""
			}
			return pkg.Name()
		})+"](", ")")
	}
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if s := w.declaredStruct(p, p.Info.TypeOf(n)); s != nil {
				for i, e := range n.Elts {
					if kv, ok := e.(*ast.KeyValueExpr); ok {
						if f, ok := kv.Key.(*ast.Ident); ok {
							for v := range s.Fields() {
								if v.Name() == f.Name {
									field(v.Type(), kv.Value)
								}
							}
						}
					} else if i < s.NumFields() {
						field(s.Field(i).Type(), e)
					}
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
					if !ok || w.isNullable(p, n.Rhs[i]) {
						continue
					}
					open, last, elem := "", "", strings.TrimPrefix(w.sig.Results[k].Type, "*")
					if w.pointers[k] || elem != w.sig.Results[k].Type {
						open, last = "pgstd_set["+elem+"](", ")"
					}
					if w.isOtherNumber(p, n.Rhs[i], elem) {
						open, last = open+w.narrowing(k), last+")"
					}
					if open != "" {
						wrap(n.Rhs[i], open, last)
					}
				case *ast.SelectorExpr:
					if w.declaredStruct(p, p.Info.TypeOf(l.X)) != nil && p.Info.TypeOf(l) != nil {
						field(p.Info.TypeOf(l), n.Rhs[i])
					}
				}
			}
		}
		return true
	})
}

// resultVars are the variables of OUT arguments, with their places among the results.
func (w *wrapper) resultVars(p *Package) map[types.Object]int {
	vars := map[types.Object]int{}
	for i, f := range w.declaration(p).Type.Results.List {
		for _, id := range f.Names {
			if obj := p.Info.Defs[id]; obj != nil && i < len(w.sig.Results) {
				vars[obj] = i
			}
		}
	}
	return vars
}

// declaredStruct returns the struct that stands for a row, if a type is one.
func (w *wrapper) declaredStruct(p *Package, t types.Type) *types.Struct {
	if t == nil {
		return nil
	}
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() != p.Types || w.sig.Declarations[named.Obj().Name()] == "" {
		return nil
	}
	s, _ := named.Underlying().(*types.Struct)
	return s
}

// namedPointers finds out which OUT parameters are pointers: those that the statements set
// to NULL, or do nothing with but to set them. One that is not set is NULL then.
func (w *wrapper) namedPointers(p *Package, f *ast.FuncDecl, list []*ast.ReturnStmt) {
	index := map[string]int{}
	for i, r := range w.sig.Results {
		index[identifier(r.Name)] = i
	}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || a.Tok != token.ASSIGN || len(a.Lhs) != len(a.Rhs) {
			return true
		}
		for i, lhs := range a.Lhs {
			id, ok := lhs.(*ast.Ident)
			if !ok {
				continue
			}
			if n, ok := index[id.Name]; ok && w.isNullable(p, a.Rhs[i]) {
				w.pointers[n] = true
			}
		}
		return true
	})
	tuple := slices.ContainsFunc(list, func(r *ast.ReturnStmt) bool {
		return len(r.Results) == 1 && isTuple(p.Info.TypeOf(r.Results[0]))
	})
	h := newHoisting(p)
	for obj, i := range w.resultVars(p) {
		others := slices.ContainsFunc(h.uses[obj], func(id *ast.Ident) bool {
			return p.generated.ours(p.Fset.PositionFor(id.Pos(), false).Offset) && !h.isSet(id)
		})
		w.pointers[i] = w.pointers[i] || !others && !tuple
	}
	for _, r := range list {
		for i, x := range r.Results {
			if len(r.Results) >= len(index) && i < len(index) {
				w.pointers[i] = w.pointers[i] || isNil(x)
			}
		}
	}
}

// isNullable reports whether a value is nil or an address.
func (w *wrapper) isNullable(p *Package, x ast.Expr) bool {
	switch x := ast.Unparen(x).(type) {
	case *ast.Ident:
		if x.Name == "nil" {
			return true
		}
	case *ast.UnaryExpr:
		if x.Op == token.AND {
			return true
		}
	}
	t := p.Info.TypeOf(x)
	if t == nil {
		return false
	}
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}
