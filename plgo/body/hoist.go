package body

import (
	"encoding/base32"
	"encoding/base64"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	htmltemplate "html/template"
	"net/netip"
	"regexp"
	"strings"
	texttemplate "text/template"
)

// A variable of the call that has the same value in each call, and is only read, may as
// well be made once: nobody can tell. What is known to be so is in tables; all else is
// made anew.

// maker is a function that returns the same for the same constant strings.
type maker struct {
	path, name string
	// good makes the value here: what would panic is left to do so in the call.
	good func(args []string) bool
	// reads are the methods that change nothing, and return nothing by which it could be
	// changed. A value without any is used as such.
	reads string
}

const (
	readsRegexp = " Expand ExpandString Find FindAll FindAllIndex FindAllString FindAllStringIndex FindAllStringSubmatch " +
		"FindAllStringSubmatchIndex FindAllSubmatch FindAllSubmatchIndex FindIndex FindReaderIndex FindReaderSubmatchIndex FindString " +
		"FindStringIndex FindStringSubmatch FindStringSubmatchIndex FindSubmatch FindSubmatchIndex LiteralPrefix Match MatchReader " +
		"MatchString NumSubexp ReplaceAll ReplaceAllFunc ReplaceAllLiteral ReplaceAllLiteralString ReplaceAllString " +
		"ReplaceAllStringFunc Split String SubexpIndex "
	readsEncoding = " AppendDecode AppendEncode Decode DecodeString DecodedLen Encode EncodeToString EncodedLen "
	readsTemplate = " Execute ExecuteTemplate Name "
)

// makers are the table. Template stands for template.Must(template.New(…).Parse(…)).
var makers = []maker{
	{"regexp", "MustCompile", one(func(s string) error { _, err := regexp.Compile(s); return err }), readsRegexp},
	{"regexp", "MustCompilePOSIX", one(func(s string) error { _, err := regexp.CompilePOSIX(s); return err }), readsRegexp},
	{"strings", "NewReplacer", func(args []string) bool { return len(args)%2 == 0 }, " Replace WriteString "},
	{"net/netip", "MustParseAddr", one(func(s string) error { _, err := netip.ParseAddr(s); return err }), ""},
	{"net/netip", "MustParseAddrPort", one(func(s string) error { _, err := netip.ParseAddrPort(s); return err }), ""},
	{"net/netip", "MustParsePrefix", one(func(s string) error { _, err := netip.ParsePrefix(s); return err }), ""},
	{"encoding/base64", "NewEncoding", alphabet(func(s string) { base64.NewEncoding(s) }), readsEncoding},
	{"encoding/base32", "NewEncoding", alphabet(func(s string) { base32.NewEncoding(s) }), readsEncoding},
	{"text/template", "Template", template(func(name, text string) error {
		_, err := texttemplate.New(name).Parse(text)
		return err
	}), readsTemplate},
	{"html/template", "Template", template(func(name, text string) error {
		_, err := htmltemplate.New(name).Parse(text)
		return err
	}), readsTemplate},
}

func one(try func(string) error) func([]string) bool {
	return func(args []string) bool { return len(args) == 1 && try(args[0]) == nil }
}

func template(try func(name, text string) error) func([]string) bool {
	return func(args []string) bool { return len(args) == 2 && try(args[0], args[1]) == nil }
}

func alphabet(try func(string)) func([]string) bool {
	return func(args []string) (ok bool) {
		defer func() { ok = recover() == nil && len(args) == 1 }()
		try(strings.Join(args, ""))
		return true
	}
}

// listReads are functions that read a slice and keep nothing of it.
var listReads = map[string]bool{
	"slices.BinarySearch": true, "slices.Contains": true, "slices.Index": true, "slices.Max": true, "slices.Min": true, "strings.Join": true,
}

// hoisting is the search in one checked package.
type hoisting struct {
	info    *types.Info
	parents map[ast.Node]ast.Node
	uses    map[types.Object][]*ast.Ident
}

// hoist makes variables of the package of those that can be. It reports whether there
// are any.
func (w *wrapper) hoist(p *Package) bool {
	if w.keep {
		return false
	}
	g := p.generated
	byStart := map[int]*piece{}
	for _, one := range w.placed {
		if one.local && one.keyword == token.VAR && one.prefix == "" {
			byStart[one.from] = one
		}
	}
	var h *hoisting
	found := false
	for _, s := range w.declaration(p).Body.List {
		d, ok := s.(*ast.DeclStmt)
		if !ok {
			continue
		}
		decl := d.Decl.(*ast.GenDecl)
		offset := p.Fset.PositionFor(decl.Pos(), false).Offset
		one := byStart[g.origin(offset)]
		if one == nil || !g.ours(offset) || len(decl.Specs) != 1 {
			continue
		}
		spec, ok := decl.Specs[0].(*ast.ValueSpec)
		if !ok || len(spec.Names) != 1 || len(spec.Values) != 1 || w.taken(p, spec.Names[0].Name) {
			continue
		}
		if h == nil {
			h = newHoisting(p)
		}
		if obj := p.Info.Defs[spec.Names[0]]; obj != nil && h.isConstant(obj, spec.Values[0]) {
			one.local, found = false, true
		}
	}
	return found
}

// taken reports whether a name means something in the package, or cannot in any.
func (w *wrapper) taken(p *Package, name string) bool {
	return name == "_" || name == "init" || name == "main" || w.imports[name] != "" || types.Universe.Lookup(name) != nil ||
		p.Types.Scope().Lookup(name) != nil || strings.HasPrefix(name, "pgstd_")
}

func newHoisting(p *Package) *hoisting {
	h := &hoisting{info: p.Info, parents: map[ast.Node]ast.Node{}, uses: map[types.Object][]*ast.Ident{}}
	var open []ast.Node
	ast.Inspect(p.File, func(n ast.Node) bool {
		if n == nil {
			open = open[:len(open)-1]
			return true
		}
		if len(open) > 0 {
			h.parents[n] = open[len(open)-1]
		}
		open = append(open, n)
		return true
	})
	for id, obj := range p.Info.Uses {
		h.uses[obj] = append(h.uses[obj], id)
	}
	return h
}

// isConstant reports whether a variable has one value for ever, which nothing changes.
func (h *hoisting) isConstant(obj types.Object, value ast.Expr) bool {
	t := h.info.TypeOf(value)
	if t == nil || !types.Identical(t, obj.Type()) || len(h.uses[obj]) == 0 {
		return false
	}
	var read func(*ast.Ident) bool
	if lit, ok := value.(*ast.CompositeLit); ok {
		if !h.isPlain(lit) {
			return false
		}
		read = h.readsElement
	} else {
		m := h.maker(value)
		switch {
		case m == nil:
			return false
		case m.reads == "":
			read = h.readsValue
		default:
			read = func(id *ast.Ident) bool { return h.callsMethod(id, m.reads) }
		}
	}
	for _, id := range h.uses[obj] {
		if !read(id) {
			return false
		}
	}
	return true
}

// maker finds the row of the table for a call with constant strings.
func (h *hoisting) maker(x ast.Expr) *maker {
	path, name, args := h.call(x)
	if name == "Must" && len(args) == 1 {
		// template.New(…).Parse(…)
		parse, ok := args[0].(*ast.CallExpr)
		if !ok || parse.Ellipsis.IsValid() {
			return nil
		}
		method, ok := parse.Fun.(*ast.SelectorExpr)
		if !ok || method.Sel.Name != "Parse" {
			return nil
		}
		from, made, first := h.call(method.X)
		if from != path || made != "New" {
			return nil
		}
		name, args = "Template", append(first[:len(first):len(first)], parse.Args...)
	}
	values := make([]string, len(args))
	for i, a := range args {
		v := h.info.Types[a].Value
		if v == nil || v.Kind() != constant.String {
			return nil
		}
		values[i] = constant.StringVal(v)
	}
	for i := range makers {
		if m := &makers[i]; m.path == path && m.name == name && m.good(values) {
			return m
		}
	}
	return nil
}

// call takes apart the call of a package's function.
func (h *hoisting) call(x ast.Expr) (path, name string, args []ast.Expr) {
	call, ok := x.(*ast.CallExpr)
	if !ok || call.Ellipsis.IsValid() {
		return "", "", nil
	}
	if s, ok := call.Fun.(*ast.SelectorExpr); ok {
		if id, ok := s.X.(*ast.Ident); ok {
			if pkg, ok := h.info.Uses[id].(*types.PkgName); ok {
				return pkg.Imported().Path(), s.Sel.Name, call.Args
			}
		}
	}
	return "", "", nil
}

// callsMethod reports whether an identifier only stands before a call of one of some
// methods, or before such a method as a value.
func (h *hoisting) callsMethod(id *ast.Ident, methods string) bool {
	s, ok := h.parents[id].(*ast.SelectorExpr)
	if !ok || s.X != ast.Expr(id) || !strings.Contains(methods, " "+s.Sel.Name+" ") {
		return false
	}
	selection := h.info.Selections[s]
	return selection != nil && selection.Kind() == types.MethodVal
}

// readsValue reports whether a variable that holds no reference is only read.
func (h *hoisting) readsValue(id *ast.Ident) bool {
	switch parent := h.parents[id].(type) {
	case *ast.SelectorExpr:
		selection := h.info.Selections[parent]
		return selection != nil && selection.Kind() == types.MethodVal && !isPointer(selection.Obj().Type().(*types.Signature).Recv().Type())
	case *ast.CallExpr, *ast.BinaryExpr, *ast.ReturnStmt:
		return true
	}
	return false
}

func isPointer(t types.Type) bool {
	_, ok := t.Underlying().(*types.Pointer)
	return ok
}

// isPlain reports whether a literal is a list or a map of constants and of what is made
// of them without references.
func (h *hoisting) isPlain(lit *ast.CompositeLit) bool {
	t := h.info.TypeOf(lit)
	if t == nil {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Slice:
		return isValue(t.Elem(), 0) && h.constants(lit)
	case *types.Array:
		return isValue(t.Elem(), 0) && h.constants(lit)
	case *types.Map:
		return isValue(t.Key(), 0) && isValue(t.Elem(), 0) && h.constants(lit)
	}
	return false
}

// isValue reports whether values of a type hold no reference to anything that changes.
func isValue(t types.Type, depth int) bool {
	if depth > 10 {
		return false
	}
	switch t := t.Underlying().(type) {
	case *types.Basic:
		return t.Kind() != types.UnsafePointer && t.Kind() != types.Invalid
	case *types.Array:
		return isValue(t.Elem(), depth+1)
	case *types.Struct:
		for f := range t.Fields() {
			if !isValue(f.Type(), depth+1) {
				return false
			}
		}
		return true
	}
	return false
}

func (h *hoisting) constants(lit *ast.CompositeLit) bool {
	good := func(x ast.Expr) bool {
		if inner, ok := x.(*ast.CompositeLit); ok {
			return h.constants(inner)
		}
		return h.info.Types[x].Value != nil
	}
	for _, e := range lit.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if !isStruct(h.info.TypeOf(lit)) && !good(kv.Key) || !good(kv.Value) {
				return false
			}
		} else if !good(e) {
			return false
		}
	}
	return true
}

// readsElement reports whether a list or a map is only read, element by element.
func (h *hoisting) readsElement(id *ast.Ident) bool {
	switch parent := h.parents[id].(type) {
	case *ast.RangeStmt:
		return parent.X == ast.Expr(id)
	case *ast.CallExpr:
		path, name, _ := h.call(parent)
		if listReads[path+"."+name] {
			return true
		}
		f, ok := parent.Fun.(*ast.Ident)
		if !ok {
			return false
		}
		builtin, ok := h.info.Uses[f].(*types.Builtin)
		return ok && builtin.Name() == "len"
	case *ast.IndexExpr:
		return parent.X == ast.Expr(id) && h.readsPart(parent)
	}
	return false
}

// readsPart reports whether a part of a variable is read, and neither written to nor
// made reachable.
func (h *hoisting) readsPart(x ast.Expr) bool {
	for {
		switch parent := h.parents[x].(type) {
		case *ast.ParenExpr:
			x = parent
		case *ast.IndexExpr:
			if parent.X != x {
				return true // the index of something else
			}
			x = parent
		case *ast.SelectorExpr:
			selection := h.info.Selections[parent]
			if selection == nil || selection.Kind() != types.FieldVal {
				return false
			}
			x = parent
		case *ast.AssignStmt:
			for _, l := range parent.Lhs {
				if l == x {
					return false
				}
			}
			return true
		case *ast.RangeStmt:
			return parent.X == x
		case *ast.UnaryExpr:
			return parent.Op != token.AND
		case *ast.IncDecStmt, *ast.SliceExpr, *ast.StarExpr:
			return false
		default:
			return true
		}
	}
}
