//lint:file-ignore SA1019 types are what it keeps from being computed: there are only objects of the parser

package body

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/types"
)

// What a few lines can be made to cost: types that hold each other double with each of
// them, and so do generic functions that call each other. The type checker and the
// compiler write them out, so how much that would be is found out before.
const (
	// maxParts is how many parts a type may have, written out, and how many copies a
	// generic function may lead to.
	maxParts = 1 << 17
	// maxValues is how many bytes all values may have that composite literals make: they
	// stand in the object.
	maxValues = 16 << 20
)

// costs counts without doing any of it. Counts are upper bounds, and end at most.
type costs struct {
	file    *ast.File
	parts   map[*ast.Object]int
	copies  map[*ast.Object]int
	methods map[*ast.Object][]*ast.FuncDecl // of generic types, and of what generic has
	// generic has something that stands for all methods of a name that have type parameters of their
	// own: which of them a selector means is not known before types are.
	generic map[string]*ast.Object
}

// costly finds types and generic functions that are too much written out.
func costly(p *Package) (diagnostics []Diagnostic) {
	c := &costs{file: p.File, parts: map[*ast.Object]int{}, copies: map[*ast.Object]int{}, methods: map[*ast.Object][]*ast.FuncDecl{}, generic: map[string]*ast.Object{}}
	for _, d := range p.File.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Recv != nil && len(f.Recv.List) > 0 {
			c.method(f)
		}
	}
	ast.Inspect(p.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.TypeSpec:
			if c.ofType(n.Name.Obj) >= maxParts {
				diagnostics = append(diagnostics, p.Locate(n.Pos(), fmt.Sprintf("type %s consists of more than %d parts", n.Name.Name, maxParts)))
				return false
			}
		case *ast.FuncDecl:
			obj := n.Name.Obj
			if n.Recv != nil && n.Type.TypeParams != nil {
				obj = c.generic[n.Name.Name]
			}
			if c.ofGeneric(obj) >= maxParts {
				diagnostics = append(diagnostics, p.Locate(n.Pos(), fmt.Sprintf("function %s leads to more than %d copies of generic functions", n.Name.Name, maxParts)))
			}
		case ast.Expr:
			// Types without a name, too; what they hold is counted with them.
			if c.isType(n) {
				if c.ofExpr(n, false) >= maxParts {
					diagnostics = append(diagnostics, p.Locate(n.Pos(), fmt.Sprintf("a type that consists of more than %d parts", maxParts)))
				}
				return false
			}
		}
		return diagnostics == nil
	})
	return diagnostics
}

// method takes note of a method of which there can be copies.
func (c *costs) method(f *ast.FuncDecl) {
	if obj := c.object(receiver(f.Recv.List[0].Type)); isGeneric(obj) {
		c.methods[obj] = append(c.methods[obj], f)
	}
	if f.Type.TypeParams != nil {
		name := f.Name.Name
		if c.generic[name] == nil {
			c.generic[name] = ast.NewObj(ast.Fun, name)
		}
		c.methods[c.generic[name]] = append(c.methods[c.generic[name]], f)
	}
}

// isType reports whether an expression is certainly a type, and not just a name.
func (c *costs) isType(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.StructType, *ast.ArrayType, *ast.MapType, *ast.ChanType, *ast.FuncType, *ast.InterfaceType:
		return true
	case *ast.IndexExpr:
		return isGeneric(c.object(e.X)) && c.object(e.X).Kind == ast.Typ
	case *ast.IndexListExpr:
		return isGeneric(c.object(e.X)) && c.object(e.X).Kind == ast.Typ
	}
	return false
}

func receiver(e ast.Expr) ast.Expr {
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		default:
			return e
		}
	}
}

// object is what a name stands for; nil if that is declared elsewhere.
func (c *costs) object(e ast.Expr) *ast.Object {
	id, ok := e.(*ast.Ident)
	if !ok {
		return nil
	}
	if id.Obj == nil {
		return c.file.Scope.Lookup(id.Name)
	}
	return id.Obj
}

func isGeneric(obj *ast.Object) bool {
	if obj == nil {
		return false
	}
	switch d := obj.Decl.(type) {
	case *ast.TypeSpec:
		return d.TypeParams != nil
	case *ast.FuncDecl:
		return d.Type.TypeParams != nil
	}
	return false
}

// ofType is how many parts a declared type has.
func (c *costs) ofType(obj *ast.Object) int {
	spec, ok := obj.Decl.(*ast.TypeSpec)
	if !ok {
		return 1
	}
	if n, known := c.parts[obj]; known {
		return n
	}
	c.parts[obj] = 1 // of one that contains itself
	n := c.ofExpr(spec.Type, false)
	c.parts[obj] = n
	return n
}

// ofExpr is how many parts a type has. Behind a pointer and the like, one with a name of
// its own is not written out.
func (c *costs) ofExpr(e ast.Expr, indirect bool) int {
	switch e := e.(type) {
	case *ast.Ident:
		obj := c.object(e)
		if obj == nil || obj.Kind != ast.Typ {
			return 1
		}
		if spec, ok := obj.Decl.(*ast.TypeSpec); ok && indirect && !spec.Assign.IsValid() {
			return 1
		}
		return c.ofType(obj)
	case *ast.ParenExpr:
		return c.ofExpr(e.X, indirect)
	case *ast.StarExpr:
		return bounded(1 + c.ofExpr(e.X, true))
	case *ast.ArrayType:
		return bounded(1 + c.ofExpr(e.Elt, e.Len == nil))
	case *ast.MapType:
		return bounded(1 + c.ofExpr(e.Key, false) + c.ofExpr(e.Value, true))
	case *ast.ChanType:
		return bounded(1 + c.ofExpr(e.Value, true))
	case *ast.Ellipsis:
		return bounded(1 + c.ofExpr(e.Elt, true))
	case *ast.StructType:
		return c.ofFields(e.Fields, false)
	case *ast.InterfaceType:
		return c.ofFields(e.Methods, false)
	case *ast.FuncType:
		return bounded(c.ofFields(e.TypeParams, false) + c.ofFields(e.Params, true) + c.ofFields(e.Results, true))
	case *ast.UnaryExpr:
		return c.ofExpr(e.X, indirect)
	case *ast.BinaryExpr:
		return bounded(c.ofExpr(e.X, indirect) + c.ofExpr(e.Y, indirect))
	case *ast.IndexExpr:
		return c.ofInstance(e.X, []ast.Expr{e.Index})
	case *ast.IndexListExpr:
		return c.ofInstance(e.X, e.Indices)
	}
	return 1
}

// ofInstance is how many parts a generic type has with arguments.
func (c *costs) ofInstance(generic ast.Expr, arguments []ast.Expr) int {
	if obj := c.object(generic); obj == nil || obj.Kind != ast.Typ {
		return 1
	}
	sum := 0
	for _, a := range arguments {
		sum = bounded(sum + c.ofExpr(a, false))
	}
	return bounded(c.ofExpr(generic, false) * sum)
}

func (c *costs) ofFields(list *ast.FieldList, indirect bool) int {
	n := 1
	if list == nil {
		return n
	}
	for _, f := range list.List {
		n = bounded(n + max(len(f.Names), 1)*c.ofExpr(f.Type, indirect))
	}
	return n
}

func bounded(n int) int { return min(n, maxParts) }

// ofGeneric is how many copies of generic functions one copy of a generic function, of the
// methods of a name, or of a generic type's methods, leads to; 0 if it is none of these.
func (c *costs) ofGeneric(obj *ast.Object) int {
	if !isGeneric(obj) && len(c.methods[obj]) == 0 {
		return 0
	}
	if n, known := c.copies[obj]; known {
		return n
	}
	c.copies[obj] = 1
	n := 1
	count := func(body *ast.BlockStmt) {
		if body == nil {
			return
		}
		ast.Inspect(body, func(node ast.Node) bool {
			switch node := node.(type) {
			case *ast.Ident:
				n = bounded(n + c.ofGeneric(c.object(node)))
			case *ast.SelectorExpr:
				n = bounded(n + c.ofGeneric(c.generic[node.Sel.Name]))
			}
			return n < maxParts
		})
	}
	if f, ok := obj.Decl.(*ast.FuncDecl); ok {
		count(f.Body)
	}
	for _, m := range c.methods[obj] {
		count(m.Body)
	}
	c.copies[obj] = n
	return n
}

// heavy finds composite literals that are large values. Those of all count together, and
// what is in another one counts there, too.
func heavy(p *Package, sizes types.Sizes) (diagnostics []Diagnostic) {
	var total int64
	ast.Inspect(p.File, func(n ast.Node) bool {
		if f, ok := n.(*ast.FuncDecl); ok && dependsOnTypes(f) {
			return false // sizes are not known; the object's own is limited besides
		}
		lit, ok := n.(*ast.CompositeLit)
		if !ok || len(lit.Elts) == 0 {
			return diagnostics == nil
		}
		size := valueSize(lit, p.Info, sizes)
		// What does not fit into the number is below zero.
		if size < 0 || size > maxValues-total {
			diagnostics = append(diagnostics, p.Locate(lit.Pos(), fmt.Sprintf("values of more than %d MB in composite literals", maxValues>>20)))
			return false
		}
		total += size
		return true
	})
	return diagnostics
}

func dependsOnTypes(f *ast.FuncDecl) bool {
	if f.Type.TypeParams != nil {
		return true
	}
	generic := false
	if f.Recv != nil {
		ast.Inspect(f.Recv, func(n ast.Node) bool {
			switch n.(type) {
			case *ast.IndexExpr, *ast.IndexListExpr:
				generic = true
			}
			return !generic
		})
	}
	return generic
}

// valueSize is how many bytes the value of a literal has, that of a slice its elements.
func valueSize(lit *ast.CompositeLit, info *types.Info, sizes types.Sizes) int64 {
	t := info.TypeOf(lit)
	if t == nil {
		return 0
	}
	switch t := t.Underlying().(type) {
	case *types.Array, *types.Struct:
		return sizes.Sizeof(t)
	case *types.Slice:
		size := sizes.Sizeof(t.Elem())
		n := length(lit, info)
		if size > 0 && n > maxValues/size {
			return -1
		}
		return size * n
	}
	return 0
}

// length is how many elements the literal of a slice has.
func length(lit *ast.CompositeLit, info *types.Info) int64 {
	var at, n int64
	for _, e := range lit.Elts {
		if pair, ok := e.(*ast.KeyValueExpr); ok {
			if v := info.Types[pair.Key].Value; v != nil {
				at, _ = constant.Int64Val(constant.ToInt(v))
			}
		}
		at++
		n = max(n, at)
	}
	return n
}
