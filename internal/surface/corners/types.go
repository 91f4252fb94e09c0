package main

import (
	"go/types"
	"slices"

	"github.com/pgstd/pgstd/internal/surface/library"
)

// typeCorners are the types within reach of a program that are more than what their
// fields say.
func typeCorners(packages []*library.Package) (lines []string) {
	r := reach{seen: map[types.Type]bool{}, named: map[*types.Named]bool{}}
	for _, p := range packages {
		scope := p.Scope()
		for _, name := range scope.Names() {
			if obj := scope.Lookup(name); obj.Exported() && library.Public(p.Path()) {
				r.visit(obj.Type())
			}
		}
	}
	for n := range r.named {
		if why := hidden(n); len(why) > 0 {
			lines = append(lines, corner("type", symbol(n.Obj()), why))
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines)
}

// reach walks over types as package reflect does.
type reach struct {
	seen  map[types.Type]bool
	named map[*types.Named]bool
}

func (r *reach) visit(t types.Type) {
	t = types.Unalias(t)
	if t == nil || r.seen[t] {
		return
	}
	r.seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		r.named[t.Origin()] = true
		for arg := range t.TypeArgs().Types() {
			r.visit(arg)
		}
		r.visit(t.Underlying())
		for m := range t.Methods() {
			if m.Exported() {
				r.visit(m.Type())
			}
		}
	case *types.Pointer:
		r.visit(t.Elem())
	case *types.Slice:
		r.visit(t.Elem())
	case *types.Array:
		r.visit(t.Elem())
	case *types.Chan:
		r.visit(t.Elem())
	case *types.Map:
		r.visit(t.Key())
		r.visit(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			r.visit(f.Type())
		}
	case *types.Signature:
		r.visit(t.Params())
		r.visit(t.Results())
	case *types.Tuple:
		for v := range t.Variables() {
			r.visit(v.Type())
		}
	case *types.Interface:
		for m := range t.Methods() {
			r.visit(m.Type())
		}
	}
}

// hidden says what a type has that its fields do not tell.
func hidden(n *types.Named) map[string]bool {
	why := map[string]bool{}
	if types.IsInterface(n) || n.Obj().Pkg() == nil {
		return why
	}
	methods := types.NewMethodSet(types.NewPointer(n))
	if methods.Len() == 0 {
		return why
	}
	generic := n.TypeParams().Len() > 0
	if !generic && library.Sizes.Sizeof(n) == 0 {
		why["size 0"] = true
	}
	parts(n.Underlying(), why, map[types.Type]bool{})
	return why
}

// parts looks at what a value holds in itself.
func parts(t types.Type, why map[string]bool, seen map[types.Type]bool) {
	t = types.Unalias(t)
	if seen[t] {
		return
	}
	seen[t] = true
	switch t := t.(type) {
	case *types.Named:
		if t.Obj().Name() == "noCopy" {
			why["noCopy"] = true
		}
		parts(t.Underlying(), why, seen)
	case *types.Basic:
		switch t.Kind() {
		case types.UnsafePointer:
			why["unsafe.Pointer"] = true
		case types.Uintptr:
			why["uintptr"] = true
		}
	case *types.Array:
		parts(t.Elem(), why, seen)
	case *types.Struct:
		for f := range t.Fields() {
			parts(f.Type(), why, seen)
		}
	}
}
