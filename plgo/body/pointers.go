package body

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"
)

// A pointer that is there for NULL's sake must not show where values mean what they are: a
// comparison of two such compares places in memory, and what prints it prints an address.

const (
	comparesPlaces = "this would compare where two values are, not the values"
	// PrintsPlaces is the message about a pointer that is printed.
	PrintsPlaces = "this would print where a value is, not the value"
)

// places finds where pointers to values of SQL are compared, or printed.
func (w *wrapper) places(p *Package) (diagnostics []Diagnostic) {
	report := func(at ast.Node, message string) {
		if p.generated.ours(p.Fset.PositionFor(at.Pos(), false).Offset) {
			w.mistakes = append(w.mistakes, at.Pos())
			d := p.Locate(at.Pos(), message)
			d.Hint = "What may be NULL is a pointer: where it is not nil, *x is its value."
			diagnostics = append(diagnostics, d)
		}
	}
	refuse := func(at ast.Node) { report(at, comparesPlaces) }
	is := func(x ast.Expr) bool { return x != nil && !isNil(x) && w.pointsToValue(p, p.Info.TypeOf(x)) }
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BinaryExpr:
			if (n.Op == token.EQL || n.Op == token.NEQ) && is(n.X) && is(n.Y) {
				refuse(n)
			}
		case *ast.SwitchStmt:
			if !is(n.Tag) {
				return true
			}
			for _, c := range n.Body.List {
				for _, x := range c.(*ast.CaseClause).List {
					if is(x) {
						refuse(x)
					}
				}
			}
		case *ast.CallExpr:
			if !prints(p.Info, n) {
				return true
			}
			for _, x := range n.Args {
				// Whoever takes an address means it.
				if u, ok := ast.Unparen(x).(*ast.UnaryExpr); (!ok || u.Op != token.AND) && w.showsPlace(p, p.Info.TypeOf(x), 0) {
					report(x, PrintsPlaces)
				}
			}
		case *ast.Ident:
			f, ok := p.Info.Uses[n].(*types.Func)
			instance, isInstance := p.Info.Instances[n]
			if !ok || !isInstance || f.Pkg() == nil || f.Pkg().Path() != "slices" {
				return true
			}
			for i := range f.Signature().TypeParams().Len() {
				if isComparable(f.Signature().TypeParams().At(i).Constraint()) && w.pointsToValue(p, instance.TypeArgs.At(i)) {
					refuse(n)
				}
			}
		}
		return true
	})
	return diagnostics
}

// prints reports whether a call shows what it is given as package fmt does.
func prints(info *types.Info, call *ast.CallExpr) bool {
	switch fun := ast.Unparen(call.Fun).(type) {
	case *ast.Ident:
		b, ok := info.Uses[fun].(*types.Builtin)
		return ok && b.Name() == "panic"
	case *ast.SelectorExpr:
		f, ok := info.Uses[fun.Sel].(*types.Func)
		return ok && f.Pkg() != nil && isPrinter(f.Pkg().Path()) && !strings.Contains(f.Name(), "can")
	}
	return false
}

// showsPlace reports whether a value of a type, printed, shows where something of SQL is.
func (w *wrapper) showsPlace(p *Package, t types.Type, depth int) bool {
	if t == nil || depth > 4 || describesItself(t) {
		return false
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Pointer:
		if depth > 0 || w.pointsToValue(p, t) {
			return w.pointsToValue(p, t)
		}
		_, isSlice := types.Unalias(u.Elem()).Underlying().(*types.Slice)
		return isSlice || w.showsPlace(p, u.Elem(), depth+1)
	case *types.Slice:
		return w.showsPlace(p, u.Elem(), depth+1)
	case *types.Array:
		return w.showsPlace(p, u.Elem(), depth+1)
	case *types.Map:
		return w.showsPlace(p, u.Elem(), depth+1)
	case *types.Struct:
		if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != p.Types {
			return false // what packages keep to themselves
		}
		for f := range u.Fields() {
			if w.showsPlace(p, f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// describesItself reports whether package fmt asks a value what to print.
func describesItself(t types.Type) bool {
	for _, name := range []string{"String", "Error", "Format"} {
		if m, _, _ := types.LookupFieldOrMethod(t, false, nil, name); m != nil {
			if _, ok := m.(*types.Func); ok {
				return true
			}
		}
	}
	return false
}

func isComparable(t types.Type) bool {
	return types.Identical(types.Unalias(t), types.Universe.Lookup("comparable").Type())
}

// pointsToValue reports whether a type is a pointer to what SQL has values of, not to a type
// of the text's own.
func (w *wrapper) pointsToValue(p *Package, t types.Type) bool {
	if t == nil || !isPointer(t) {
		return false
	}
	named, ok := types.Unalias(pointedTo(t)).(*types.Named)
	if !ok {
		_, ok := pointedTo(t).Underlying().(*types.Basic)
		return ok
	}
	if pkg := named.Obj().Pkg(); pkg != nil && pkg != p.Types {
		return pkg.Path() == w.sig.PG || pkg.Path() == "time" || pkg.Path() == "net/netip" || isJSON(named)
	}
	return false
}

// looksIntoInterfaces reports whether a text prints values of which it only knows that they
// are some, or compares them: pointers among these would show.
func (h *hoisting) looksIntoInterfaces(p *Package) (looks bool) {
	is := func(x ast.Expr) bool { return !isNil(x) && holdsInterface(h.info.TypeOf(x), 0) }
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			if path := h.calledPackage(n); isPrinter(path) {
				for _, x := range n.Args {
					looks = looks || is(x)
				}
			}
		case *ast.SelectorExpr:
			// A function of fmt that is called by another name.
			if call, isCall := h.parents[n].(*ast.CallExpr); !isCall || call.Fun != ast.Expr(n) {
				f, ok := h.info.Uses[n.Sel].(*types.Func)
				looks = looks || ok && f.Pkg() != nil && isPrinter(f.Pkg().Path()) && f.Signature().Recv() == nil
			}
		case *ast.BinaryExpr:
			if n.Op == token.EQL || n.Op == token.NEQ {
				looks = looks || is(n.X) && is(n.Y)
			}
		case *ast.MapType:
			looks = looks || is(n.Key)
		case *ast.Ident:
			if instance, ok := h.info.Instances[n]; ok {
				for i := range instance.TypeArgs.Len() {
					f, isFunc := h.info.Uses[n].(*types.Func)
					looks = looks || isFunc && f.Pkg() != nil && f.Pkg().Path() == "slices" && isEmptyInterface(instance.TypeArgs.At(i))
				}
			}
		}
		return !looks
	})
	return looks
}

func isPrinter(path string) bool { return path == "fmt" || path == "log" || path == "log/slog" }

// calledPackage is the path of the package whose function is called; empty: of none.
func (h *hoisting) calledPackage(call *ast.CallExpr) string {
	s, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr)
	if !ok {
		return ""
	}
	f, ok := h.info.Uses[s.Sel].(*types.Func)
	if !ok || f.Pkg() == nil {
		return ""
	}
	return f.Pkg().Path()
}

func isEmptyInterface(t types.Type) bool {
	i, ok := types.Unalias(t).Underlying().(*types.Interface)
	return ok && i.Empty()
}

// holdsInterface reports whether a value of a type may have one of any type in it.
func holdsInterface(t types.Type, depth int) bool {
	if t == nil || depth > 4 {
		return false
	}
	if _, ok := types.Unalias(t).(*types.TypeParam); ok {
		return false
	}
	switch u := types.Unalias(t).Underlying().(type) {
	case *types.Interface:
		return u.Empty()
	case *types.Slice:
		return holdsInterface(u.Elem(), depth+1)
	case *types.Array:
		return holdsInterface(u.Elem(), depth+1)
	case *types.Map:
		return holdsInterface(u.Elem(), depth+1) || holdsInterface(u.Key(), depth+1)
	case *types.Pointer:
		return holdsInterface(u.Elem(), depth+1)
	case *types.Struct:
		if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil && !strings.HasPrefix(named.Obj().Pkg().Path(), "plgo") {
			return false // what packages keep to themselves
		}
		for f := range u.Fields() {
			if holdsInterface(f.Type(), depth+1) {
				return true
			}
		}
	}
	return false
}

// becomesInterface reports whether an expression is put into a variable of any type, other
// than by what knows NULL: statements and JSON.
func (h *hoisting) becomesInterface(e ast.Expr) bool {
	switch parent := h.parents[e].(type) {
	case *ast.ParenExpr:
		return h.becomesInterface(parent)
	case *ast.CallExpr:
		return parent.Fun != e && h.passedAsInterface(parent, e)
	case *ast.KeyValueExpr:
		lit, ok := h.parents[parent].(*ast.CompositeLit)
		if !ok || h.info.TypeOf(lit) == nil {
			return false
		}
		switch t := h.info.TypeOf(lit).Underlying().(type) {
		case *types.Map:
			return isEmptyInterface(t.Elem()) && parent.Value == e || isEmptyInterface(t.Key()) && parent.Key == e
		case *types.Struct:
			id, ok := parent.Key.(*ast.Ident)
			return ok && parent.Value == e && h.info.Uses[id] != nil && isEmptyInterface(h.info.Uses[id].Type())
		}
		return parent.Value == e && elementIsInterface(h.info.TypeOf(lit), 0)
	case *ast.CompositeLit:
		for i, x := range parent.Elts {
			if x == e {
				return elementIsInterface(h.info.TypeOf(parent), i)
			}
		}
	case *ast.AssignStmt:
		for i, x := range parent.Rhs {
			if x == e && len(parent.Lhs) == len(parent.Rhs) && h.info.TypeOf(parent.Lhs[i]) != nil {
				return isEmptyInterface(h.info.TypeOf(parent.Lhs[i]))
			}
		}
	case *ast.ValueSpec:
		return parent.Type != nil && h.info.TypeOf(parent.Type) != nil && isEmptyInterface(h.info.TypeOf(parent.Type))
	case *ast.IndexExpr:
		if t := h.info.TypeOf(parent.X); parent.Index == e && t != nil {
			m, ok := t.Underlying().(*types.Map)
			return ok && isEmptyInterface(m.Key())
		}
	}
	return false
}

func elementIsInterface(t types.Type, i int) bool {
	if t == nil {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Slice:
		return isEmptyInterface(t.Elem())
	case *types.Array:
		return isEmptyInterface(t.Elem())
	case *types.Struct:
		return i < t.NumFields() && isEmptyInterface(t.Field(i).Type())
	}
	return false
}

func (h *hoisting) passedAsInterface(call *ast.CallExpr, e ast.Expr) bool {
	if path := h.calledPackage(call); strings.HasSuffix(path, "/pg") || strings.HasPrefix(path, "encoding/json") || path == "database/sql" {
		return false
	}
	fun := h.info.Types[call.Fun]
	switch {
	case fun.Type == nil:
		return false
	case fun.IsType():
		return isEmptyInterface(fun.Type)
	}
	f, ok := fun.Type.Underlying().(*types.Signature)
	if !ok {
		return false
	}
	for i, x := range call.Args {
		if x != e {
			continue
		}
		last := f.Params().Len() - 1
		switch {
		case f.Variadic() && i >= last && !call.Ellipsis.IsValid():
			s, ok := f.Params().At(last).Type().Underlying().(*types.Slice)
			return ok && isEmptyInterface(s.Elem())
		case i <= last:
			return isEmptyInterface(f.Params().At(i).Type())
		}
	}
	return false
}
