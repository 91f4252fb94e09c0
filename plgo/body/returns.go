package body

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
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
			w.pointers[0] = w.pointers[0] || w.isFailure(p, r) || len(r.Results) > 0 && w.isPointer(p, r.Results[0], 0)
		}
	}
	w.pointTo(p)
	if w.sig.Set {
		w.rowsFail = w.rowsFail || w.unfit || slices.ContainsFunc(list, func(r *ast.ReturnStmt) bool {
			return len(r.Results) > 0 && w.rowConversion(p, p.Info.TypeOf(r.Results[0])) != nil
		})
	}
	for _, r := range list {
		w.complete(p, r, named)
	}
	w.catches = w.unfit && (named || len(w.sig.Results) == 0 || !hasBareReturn(list))
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
	around := func(x ast.Expr) func(before, behind string) {
		return func(before, behind string) {
			insert(at(x.Pos()), before)
			insert(end(x), behind)
		}
	}
	if n == 1 && !named && w.isFailure(p, r) {
		insert(at(r.Results[0].Pos()), "nil, ")
		return
	}
	if w.sig.Set && len(r.Results) > 0 {
		w.returnedRows(p, r.Results[0], around(r.Results[0]))
	}
	if n == 1 && !named && !w.sig.Set && len(r.Results) > 0 && len(r.Results) < 3 {
		last := r.Results[len(r.Results)-1]
		if w.returned(p, r, func(before, behind string) {
			insert(at(r.Results[0].Pos()), before)
			insert(end(last), behind)
		}) {
			return
		}
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
		insert(at(r.Results[0].Pos()), strings.Join(names, ", ")+", ")
	case len(r.Results) == n || len(r.Results) == n+1:
		for i, x := range r.Results[:n] {
			open, last := "", ""
			if named {
				open, last = w.fitted(p, x, w.outType(p, i), w.sig.Results[i].Name)
			}
			if w.pointers[i] && !w.sig.Set && !w.isPointer(p, x, i) {
				open, last = "pgstd_value["+strings.TrimPrefix(w.sig.Results[i].Type, "*")+"]("+open, last+")"
			}
			if open != "" {
				around(x)(open, last)
				w.helpers = true
			}
		}
		if len(r.Results) == n {
			insert(end(r.Results[n-1]), ", nil")
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

func isError(t types.Type) bool {
	return t != nil && types.Identical(t, types.Universe.Lookup("error").Type())
}

func isTuple(t types.Type) bool {
	tuple, ok := t.(*types.Tuple)
	return ok && tuple.Len() > 1
}

// isFailure reports whether an error is all that is returned of a value and an error.
func (w *wrapper) isFailure(p *Package, r *ast.ReturnStmt) bool {
	if len(r.Results) != 1 || isNil(r.Results[0]) {
		return false
	}
	t, want := p.Info.TypeOf(r.Results[0]), w.resultType(p, 0)
	if t == nil || want == nil || isTuple(t) || types.AssignableTo(t, want) {
		return false
	}
	row, _ := rowOf(t)
	return row == nil && types.Implements(t, types.Universe.Lookup("error").Type().Underlying().(*types.Interface))
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
	want := f.Signature().Results().At(i).Type()
	return types.AssignableTo(pointer.Elem(), want) || w.conversion(pointer.Elem(), want) != nil || w.conversion(pointer, types.NewPointer(want)) != nil
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
				w.pointers[i] = w.pointers[i] || w.isNullable(p, x)
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
