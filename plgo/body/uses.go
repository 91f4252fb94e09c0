package body

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"strings"
)

// What a text does with its arguments, and with the fields of rows, says how it takes
// them: what it compares with nil, or reads through a pointer, is a pointer.

// Uses is what a text says about what may be NULL.
type Uses struct {
	// Params tells of each argument whether the text takes it as a pointer.
	Params []bool
	// Mentioned tells which arguments the text names at all.
	Mentioned []bool
	// Selected has the fields and methods that it takes of each.
	Selected []map[string]bool
	// Printed has those that package fmt or the like is given, which would show addresses.
	Printed []bool
	// Parts has those that the text takes for lists: it ranges over them, counts or indexes them,
	// or has package slices do that.
	Parts []bool
	// Wrong has the arguments that stand in a statement with a mistake.
	Wrong   []bool
	Structs map[string]*StructUse // by the name of the struct
}

// StructUse is what a text does with a struct of a row.
type StructUse struct {
	Whole   bool            // values of it go where their fields cannot be followed
	Printed bool            // package fmt is among these places
	Fields  map[string]bool // that the text mentions; true for those it takes as pointers
	Read    map[string]bool // of these, those it does more with than to set them
	Omitted map[string]bool // that some value is made without
	Arrives bool            // values of it come from SQL, with NULL where it has NULL
}

// uses finds out what a checked text does, be it right or wrong.
func (w *wrapper) uses(p *Package, mistakes []token.Pos) *Uses {
	n := len(w.sig.Params)
	u := &Uses{
		Params: make([]bool, n), Mentioned: make([]bool, n), Selected: make([]map[string]bool, n), Printed: make([]bool, n), Parts: make([]bool, n), Wrong: make([]bool, n),
		Structs: map[string]*StructUse{},
	}
	for name := range w.sig.Declarations {
		u.Structs[name] = &StructUse{Fields: map[string]bool{}, Read: map[string]bool{}, Omitted: map[string]bool{}}
	}
	main := w.declaration(p)
	params, args := w.arguments(p, main)
	for i, param := range w.sig.Params {
		u.Mentioned[i] = u.Mentioned[i] || param.NilSlice
	}
	for _, f := range main.Type.Params.List {
		w.arrives(p, u, p.Info.TypeOf(f.Type))
	}
	// What is fetched as rows of a type, pg.RowToStructByName[Item].
	for id, instance := range p.Info.Instances {
		if f := p.Info.Uses[id]; f.Pkg() != nil && f.Pkg().Path() == w.sig.PG {
			for t := range instance.TypeArgs.Types() {
				w.arrives(p, u, t)
			}
		}
	}
	h := newHoisting(p)
	looks := h.looksIntoInterfaces(p)
	take := func(i int, e ast.Expr) {
		u.Mentioned[i] = true
		if s, ok := h.parents[e].(*ast.SelectorExpr); ok && s.X == e {
			if u.Selected[i] == nil {
				u.Selected[i] = map[string]bool{}
			}
			u.Selected[i][s.Sel.Name] = true
		}
		u.Params[i] = u.Params[i] || h.asPointer(e)
		u.Printed[i] = u.Printed[i] || h.isPrinted(e) || looks && h.becomesInterface(e)
		u.Parts[i] = u.Parts[i] || h.looksInto(e)
		u.Wrong[i] = u.Wrong[i] || h.inMistake(e, mistakes)
	}
	h.copies(main, params)
	for obj, i := range params {
		for _, id := range h.uses[obj] {
			if p.generated.ours(p.Fset.PositionFor(id.Pos(), false).Offset) {
				take(i, id)
			}
		}
	}
	for _, id := range h.uses[args] {
		if !p.generated.ours(p.Fset.PositionFor(id.Pos(), false).Offset) {
			continue
		}
		if i, e := h.indexed(id, n); e != nil {
			take(i, e)
			continue
		}
		for i := range n {
			u.Mentioned[i] = true
			u.Printed[i] = u.Printed[i] || looks || h.isPrinted(id)
		}
	}
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			if s := w.structOf(p, u, p.Info.TypeOf(n.X)); s != nil && n.Sel != nil {
				s.Fields[n.Sel.Name] = s.Fields[n.Sel.Name] || h.asPointer(n)
				s.Read[n.Sel.Name] = s.Read[n.Sel.Name] || !h.isSet(n)
			}
		case *ast.ValueSpec:
			if s := w.declaredStruct(p, p.Info.TypeOf(n.Type)); s != nil && len(n.Values) == 0 {
				use := w.structOf(p, u, p.Info.TypeOf(n.Type))
				for f := range s.Fields() {
					use.Omitted[f.Name()] = true
				}
			}
		case *ast.CompositeLit:
			w.literal(p, u, h, n)
		}
		if e, ok := n.(ast.Expr); ok {
			if s := w.structOf(p, u, p.Info.TypeOf(e)); s != nil && p.Info.Types[e].IsValue() && !h.staysInSight(e) {
				s.Whole = true
				s.Printed = s.Printed || h.isPrinted(e)
			}
		}
		return true
	})
	return u
}

// arguments are the variables that are arguments, with their places, and the list of all of
// them, or nil.
func (w *wrapper) arguments(p *Package, main *ast.FuncDecl) (params map[types.Object]int, args types.Object) {
	params = map[types.Object]int{}
	for i, f := range main.Type.Params.List {
		for _, id := range f.Names {
			params[p.Info.Defs[id]] = i
		}
	}
	for i, param := range w.sig.Params {
		if !param.InOut {
			continue
		}
		for _, f := range main.Type.Results.List {
			for _, id := range f.Names {
				if id.Name == identifier(param.Name) {
					params[p.Info.Defs[id]] = i
				}
			}
		}
	}
	return params, w.otherNames(p, main, params)
}

// otherNames adds to the arguments what the wrapper has declared for those that a text calls
// by their numbers, _1; it returns what it has declared as args, or nil.
func (w *wrapper) otherNames(p *Package, main *ast.FuncDecl, params map[types.Object]int) (args types.Object) {
	for _, s := range main.Body.List {
		a, ok := s.(*ast.AssignStmt)
		if !ok || a.Tok != token.DEFINE || p.generated.ours(p.Fset.PositionFor(a.Pos(), false).Offset) {
			continue
		}
		name := a.Lhs[0].(*ast.Ident)
		if name.Name == "args" {
			args = p.Info.Defs[name]
		} else if n, err := strconv.Atoi(strings.TrimPrefix(name.Name, "_")); err == nil {
			params[p.Info.Defs[name]] = n - 1
		}
	}
	return args
}

// copies adds to the arguments the variables that are made of them, x := title: what the text
// does with one it does with the other.
func (h *hoisting) copies(main *ast.FuncDecl, params map[types.Object]int) {
	note := func(name *ast.Ident, value ast.Expr) {
		id, ok := ast.Unparen(value).(*ast.Ident)
		if !ok || h.info.Defs[name] == nil {
			return
		}
		if i, ok := params[h.info.Uses[id]]; ok {
			params[h.info.Defs[name]] = i
		}
	}
	ast.Inspect(main.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, l := range n.Lhs {
				if name, ok := l.(*ast.Ident); ok && n.Tok == token.DEFINE && len(n.Lhs) == len(n.Rhs) {
					note(name, n.Rhs[i])
				}
			}
		case *ast.ValueSpec:
			for i, name := range n.Names {
				if n.Type == nil && i < len(n.Values) {
					note(name, n.Values[i])
				}
			}
		}
		return true
	})
}

// indexed returns the element of a list of n that an expression is, args[0], and its number.
func (h *hoisting) indexed(list *ast.Ident, n int) (int, ast.Expr) {
	e, ok := h.parents[list].(*ast.IndexExpr)
	if !ok || e.X != ast.Expr(list) {
		return 0, nil
	}
	v := h.info.Types[e.Index].Value
	if v == nil {
		return 0, nil
	}
	i, exact := constant.Int64Val(constant.ToInt(v))
	if !exact || i < 0 || i >= int64(n) {
		return 0, nil
	}
	return int(i), e
}

// structOf returns the use of the struct that a type is, points to or consists of.
func (w *wrapper) structOf(p *Package, u *Uses, t types.Type) *StructUse {
	if row := w.rowOf(p, t); row != nil {
		return u.Structs[row.Obj().Name()]
	}
	return nil
}

// rowOf returns the type of the text's own that a type is, points to or consists of.
func (w *wrapper) rowOf(p *Package, t types.Type) *types.Named {
	for depth := 0; t != nil && depth < 10; depth++ {
		switch x := types.Unalias(t).(type) {
		case *types.Pointer:
			t = x.Elem()
		case *types.Slice:
			t = x.Elem()
		case *types.Array:
			t = x.Elem()
		case *types.Map:
			t = x.Elem()
		case *types.Named:
			if x.Obj().Pkg() == p.Types {
				return x
			}
			return nil
		default:
			return nil
		}
	}
	return nil
}

// arrives notes that values of a struct come from SQL, and with them those of its columns.
func (w *wrapper) arrives(p *Package, u *Uses, t types.Type) {
	s := w.structOf(p, u, t)
	if s == nil || s.Arrives {
		return
	}
	s.Arrives = true
	if fields, ok := w.rowOf(p, t).Underlying().(*types.Struct); ok {
		for f := range fields.Fields() {
			w.arrives(p, u, f.Type())
		}
	}
}

// literal notes what a composite literal gives the fields of a struct.
func (w *wrapper) literal(p *Package, u *Uses, h *hoisting, lit *ast.CompositeLit) {
	t := p.Info.TypeOf(lit)
	if t == nil {
		return
	}
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() != p.Types || u.Structs[named.Obj().Name()] == nil {
		return
	}
	s := u.Structs[named.Obj().Name()]
	fields, ok := named.Underlying().(*types.Struct)
	if !ok {
		return
	}
	given := map[string]bool{}
	for i, e := range lit.Elts {
		name, value := "", e
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok {
				name, value = id.Name, kv.Value
			}
		} else if i < fields.NumFields() {
			name = fields.Field(i).Name()
		}
		given[name] = true
		s.Fields[name] = s.Fields[name] || h.isNilOrAddress(value)
	}
	for f := range fields.Fields() {
		if !given[f.Name()] {
			s.Omitted[f.Name()] = true
		}
	}
}

// asPointer reports whether the place of an expression is one for pointers only.
func (h *hoisting) asPointer(e ast.Expr) bool {
	parent := h.parents[e]
	for {
		paren, ok := parent.(*ast.ParenExpr)
		if !ok {
			break
		}
		e, parent = paren, h.parents[paren]
	}
	switch parent := parent.(type) {
	case *ast.StarExpr:
		return true
	case *ast.BinaryExpr:
		return (parent.Op == token.EQL || parent.Op == token.NEQ) && (isNil(parent.X) || isNil(parent.Y))
	case *ast.AssignStmt:
		for i, l := range parent.Lhs {
			// What a += b adds to is a value, whatever b is yet.
			if l == e && parent.Tok == token.ASSIGN && len(parent.Lhs) == len(parent.Rhs) {
				return h.isNilOrAddress(parent.Rhs[i])
			}
		}
	case *ast.SwitchStmt:
		for _, c := range parent.Body.List {
			for _, x := range c.(*ast.CaseClause).List {
				if isNil(x) {
					return true
				}
			}
		}
	}
	return false
}

func isNil(x ast.Expr) bool {
	id, ok := ast.Unparen(x).(*ast.Ident)
	return ok && id.Name == "nil"
}

// isNilOrAddress reports whether a value is nil or points to something.
func (h *hoisting) isNilOrAddress(x ast.Expr) bool {
	if isNil(x) {
		return true
	}
	if u, ok := ast.Unparen(x).(*ast.UnaryExpr); ok && u.Op == token.AND {
		return true
	}
	// What is a pointer by itself, whatever the argument or the field is.
	call, isCall := ast.Unparen(x).(*ast.CallExpr)
	if _, isName := ast.Unparen(x).(*ast.Ident); !isName && !isCall || isCall && isHelper(call) {
		return false
	}
	t := h.info.TypeOf(x)
	return t != nil && isPointer(t)
}

// isHelper reports whether a call has been put around what the text says.
func isHelper(call *ast.CallExpr) bool {
	index, ok := call.Fun.(*ast.IndexExpr)
	if !ok {
		return false
	}
	id, ok := index.X.(*ast.Ident)
	return ok && strings.HasPrefix(id.Name, "pgstd_")
}

// looksInto reports whether an expression is ranged over, counted, indexed, appended, or given to
// what is for lists.
func (h *hoisting) looksInto(e ast.Expr) bool {
	switch parent := h.parents[e].(type) {
	case *ast.ParenExpr:
		return h.looksInto(parent)
	case *ast.StarExpr:
		return h.looksInto(parent)
	case *ast.RangeStmt:
		return parent.X == e
	case *ast.IndexExpr:
		return parent.X == e
	case *ast.SliceExpr:
		return parent.X == e
	case *ast.CallExpr:
		i := slices.Index(parent.Args, e)
		if i < 0 {
			return false
		}
		if id, ok := ast.Unparen(parent.Fun).(*ast.Ident); ok {
			return id.Name == "len" && i == 0 || id.Name == "append" && (i == 0 || parent.Ellipsis.IsValid() && i == len(parent.Args)-1)
		}
		path, name, _ := h.call(parent)
		return path == "slices" || path == "sort" || path == "strings" && name == "Join" && i == 0
	}
	return false
}

// isSet reports whether a variable or a field only gets a value, one of its own or that of a
// column: row.Scan(&x) makes nil of NULL where it can.
func (h *hoisting) isSet(x ast.Expr) bool {
	if u, ok := h.parents[x].(*ast.UnaryExpr); ok && u.Op == token.AND {
		call, ok := h.parents[u].(*ast.CallExpr)
		if !ok {
			return false
		}
		s, ok := call.Fun.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "Scan"
	}
	a, ok := h.parents[x].(*ast.AssignStmt)
	return ok && a.Tok == token.ASSIGN && len(a.Lhs) == len(a.Rhs) && slices.Contains(a.Lhs, x)
}

// inMistake reports whether a mistake lies in the innermost statement or expression of
// some size around an argument.
func (h *hoisting) inMistake(arg ast.Expr, mistakes []token.Pos) bool {
	var n ast.Node = arg
	for {
		switch n.(type) {
		case *ast.BlockStmt, *ast.CaseClause, *ast.CommClause, nil:
			return false
		}
		for _, pos := range mistakes {
			if pos >= n.Pos() && pos < n.End() {
				return true
			}
		}
		n = h.parents[n]
	}
}

// staysInSight reports whether a row goes nowhere but where its fields are named.
func (h *hoisting) staysInSight(e ast.Expr) bool {
	switch parent := h.parents[e].(type) {
	case *ast.SelectorExpr:
		return parent.X == e || parent.Sel == e
	case *ast.ParenExpr, *ast.StarExpr:
		return true // looked at itself
	case *ast.IndexExpr:
		return parent.X == e
	case *ast.SliceExpr, *ast.IncDecStmt:
		return true
	case *ast.BinaryExpr:
		return isNil(parent.X) || isNil(parent.Y)
	case *ast.RangeStmt:
		return true
	case *ast.AssignStmt:
		for i, l := range parent.Lhs {
			if l == e || len(parent.Lhs) == len(parent.Rhs) && parent.Rhs[i] == e && h.sameType(l, e) {
				return true
			}
		}
		return len(parent.Lhs) != len(parent.Rhs)
	case *ast.ValueSpec:
		for _, v := range parent.Values {
			if v == e {
				return parent.Type == nil || h.sameType(parent.Type, e)
			}
		}
		return true
	case *ast.Field:
		return true
	case *ast.CallExpr:
		return h.isOwn(parent.Fun) || h.isLength(parent)
	case *ast.UnaryExpr:
		return false
	case *ast.ExprStmt, *ast.FuncDecl:
		return true
	}
	return false
}

func (h *hoisting) sameType(a, b ast.Expr) bool {
	x, y := h.info.TypeOf(a), h.info.TypeOf(b)
	if id, ok := a.(*ast.Ident); ok && h.info.Defs[id] != nil {
		return true
	}
	return x != nil && y != nil && types.Identical(x, y)
}

// isOwn reports whether a function is declared in the text, with no type parameters.
func (h *hoisting) isOwn(f ast.Expr) bool {
	id, ok := ast.Unparen(f).(*ast.Ident)
	if !ok {
		return false
	}
	obj, ok := h.info.Uses[id].(*types.Func)
	if !ok {
		return false
	}
	for param := range obj.Signature().Params().Variables() {
		if types.IsInterface(param.Type()) {
			return false
		}
	}
	return obj.Signature().TypeParams() == nil
}

func (h *hoisting) isLength(call *ast.CallExpr) bool {
	id, ok := call.Fun.(*ast.Ident)
	if !ok {
		return false
	}
	b, ok := h.info.Uses[id].(*types.Builtin)
	return ok && (b.Name() == "len" || b.Name() == "cap")
}

// isPrinted reports whether an expression is given to a function that would show
// addresses of pointers.
func (h *hoisting) isPrinted(e ast.Expr) bool {
	call, ok := h.parents[e].(*ast.CallExpr)
	return ok && prints(h.info, call)
}
