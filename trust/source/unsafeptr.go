package source

import (
	"go/ast"
	"go/types"
)

// checkUnsafePointer looks at the type of every expression and of every object that
// the package declares or uses, and at the type arguments of every instantiation:
// there is no way to have a value that is none of these.
func checkUnsafePointer(p *pass) {
	if p.Info == nil {
		return // rule "types" refuses the package
	}
	c := &containment{pkg: p.Types, known: map[types.Type]bool{}}
	for f := range p.typed {
		kept := keptAway(p, f)
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if n == nil {
				return false
			}
			if kept[n] {
				return true
			}
			if e, ok := n.(ast.Expr); ok {
				if tv, ok := p.Info.Types[e]; ok && c.contains(tv.Type) {
					p.report(e.Pos(), "%s contains unsafe.Pointer", c.what(tv.Type))
				}
			}
			if obj := p.Info.Implicits[n]; obj != nil && !isPackageName(obj) && c.contains(obj.Type()) {
				p.report(n.Pos(), "%s of type %s contains unsafe.Pointer", obj.Name(), c.what(obj.Type()))
			}
			id, ok := n.(*ast.Ident)
			if !ok {
				return true
			}
			for _, obj := range []types.Object{p.Info.Defs[id], p.Info.Uses[id]} {
				if obj != nil && !isPackageName(obj) && c.contains(obj.Type()) {
					p.report(id.Pos(), "%s of type %s contains unsafe.Pointer", id.Name, c.what(obj.Type()))
				}
			}
			if inst, ok := p.Info.Instances[id]; ok {
				for arg := range inst.TypeArgs.Types() {
					if c.contains(arg) {
						p.report(id.Pos(), "%s is instantiated with %s, which contains unsafe.Pointer", id.Name, c.what(arg))
					}
				}
			}
			return true
		})
	}
}

func isPackageName(obj types.Object) bool {
	_, ok := obj.(*types.PkgName)
	return ok
}

// containment answers whether unsafe.Pointer occurs in a type, as far as code of pkg
// can reach into it.
type containment struct {
	pkg   *types.Package
	known map[types.Type]bool
	depth int
}

// maxTypeDepth ends the walk of types that grow without end. Such a type counts as
// one that contains unsafe.Pointer: what is not understood is refused.
const maxTypeDepth = 500

// what writes a type for a message, unless that would never end: types can be small in
// memory, where parts are shared, and without measure on paper.
func (c *containment) what(t types.Type) string {
	if budget := 1000; !printable(t, &budget) {
		return "a type too long to be written"
	}
	return clip(types.TypeString(t, types.RelativeTo(c.pkg)))
}

func (c *containment) contains(t types.Type) bool {
	if t == nil {
		return false
	}
	if known, ok := c.known[t]; ok {
		return known
	}
	if c.depth > maxTypeDepth {
		return true
	}
	c.known[t] = false // while on the way: a type that contains itself
	c.depth++
	found := c.walk(t)
	c.depth--
	// A false that was found below an unfinished type may be wrong only if that type
	// turns out to be true, and then the finding is made there.
	c.known[t] = found
	return found
}

func (c *containment) walk(t types.Type) bool {
	switch t := t.(type) {
	case *types.Basic:
		return t.Kind() == types.UnsafePointer
	case *types.Alias:
		return c.args(t.TypeArgs()) || c.contains(types.Unalias(t))
	case *types.Named:
		return c.args(t.TypeArgs()) || c.contains(t.Underlying())
	case *types.Pointer:
		return c.contains(t.Elem())
	case *types.Slice:
		return c.contains(t.Elem())
	case *types.Array:
		return c.contains(t.Elem())
	case *types.Chan:
		return c.contains(t.Elem())
	case *types.Map:
		return c.contains(t.Key()) || c.contains(t.Elem())
	case *types.Signature:
		return c.contains(t.Params()) || c.contains(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			if c.contains(v.Type()) {
				return true
			}
		}
	case *types.Struct:
		for f := range t.Fields() {
			if c.reachable(f) && c.contains(f.Type()) {
				return true
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			if c.reachable(m) && c.contains(m.Type()) {
				return true
			}
		}
		for e := range t.EmbeddedTypes() {
			if c.contains(e) {
				return true
			}
		}
	case *types.Union:
		for term := range t.Terms() {
			if c.contains(term.Type()) {
				return true
			}
		}
	case *types.TypeParam:
		return c.contains(t.Constraint())
	default:
		return true // a kind of type that this gate does not know
	}
	return false
}

func (c *containment) args(list *types.TypeList) bool {
	for t := range list.Types() {
		if c.contains(t) {
			return true
		}
	}
	return false
}

// reachable reports whether code of the package can name a field or method. What it
// cannot name, an opaque type of another package keeps to itself.
func (c *containment) reachable(obj types.Object) bool {
	return obj.Exported() || obj.Pkg() == c.pkg
}

// printable counts the parts of a type down, as often as they would be written.
func printable(t types.Type, budget *int) bool {
	if *budget--; *budget < 0 {
		return false
	}
	each := func(t types.Type) bool { return printable(t, budget) }
	switch t := t.(type) {
	case *types.Named:
		return all(t.TypeArgs().Len(), t.TypeArgs().At, each)
	case *types.Alias:
		return all(t.TypeArgs().Len(), t.TypeArgs().At, each)
	case interface{ Elem() types.Type }:
		if m, ok := t.(*types.Map); ok && !each(m.Key()) {
			return false
		}
		return each(t.Elem())
	case *types.Signature:
		return each(t.Params()) && each(t.Results())
	case *types.Tuple:
		return all(t.Len(), func(i int) types.Type { return t.At(i).Type() }, each)
	case *types.Struct:
		return all(t.NumFields(), func(i int) types.Type { return t.Field(i).Type() }, each)
	case *types.Interface:
		return all(t.NumExplicitMethods(), func(i int) types.Type { return t.ExplicitMethod(i).Type() }, each) &&
			all(t.NumEmbeddeds(), t.EmbeddedType, each)
	case *types.Union:
		return all(t.Len(), func(i int) types.Type { return t.Term(i).Type() }, each)
	}
	return true
}

func all(n int, at func(int) types.Type, each func(types.Type) bool) bool {
	for i := range n {
		if !each(at(i)) {
			return false
		}
	}
	return true
}
