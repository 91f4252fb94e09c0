package extension

import (
	"go/ast"
	"go/types"
)

// methodsOf lists the methods of each type of a package: its own, and those that it has by
// what it embeds, as the calls that are generated find them, too.
func methodsOf(files []*ast.File, info *types.Info) map[string]map[string]*ast.FuncDecl {
	declared := map[*types.Func]*ast.FuncDecl{}
	methods := map[string]map[string]*ast.FuncDecl{}
	for _, f := range files {
		for _, decl := range f.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok || fn.Recv == nil {
				continue
			}
			of := receiver(fn)
			if methods[of] == nil {
				methods[of] = map[string]*ast.FuncDecl{}
			}
			methods[of][fn.Name.Name] = fn
			if object, ok := info.Defs[fn.Name].(*types.Func); ok {
				declared[object] = fn
			}
		}
	}
	for _, object := range info.Defs {
		name, ok := object.(*types.TypeName)
		if !ok || name.IsAlias() || name.Parent() != name.Pkg().Scope() {
			continue
		}
		for m := range types.NewMethodSet(types.NewPointer(name.Type())).Methods() {
			fn, ok := m.Obj().(*types.Func)
			if !ok || len(m.Index()) == 1 || declared[fn] == nil || takesItsOwn(fn) {
				continue
			}
			if methods[name.Name()] == nil {
				methods[name.Name()] = map[string]*ast.FuncDecl{}
			}
			methods[name.Name()][fn.Name()] = declared[fn]
		}
	}
	return methods
}

// takesItsOwn reports whether a method takes a value of its receiver's type, as Compare and
// Merge do: such a one says nothing of a type that embeds the receiver's.
func takesItsOwn(fn *types.Func) bool {
	base := func(t types.Type) types.Type {
		if p, ok := types.Unalias(t).(*types.Pointer); ok {
			t = p.Elem()
		}
		return t
	}
	for v := range fn.Signature().Params().Variables() {
		if types.Identical(base(v.Type()), base(fn.Signature().Recv().Type())) {
			return true
		}
	}
	return false
}
