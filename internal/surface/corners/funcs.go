package main

import (
	"go/ast"
	"go/types"
	"slices"

	"github.com/pgstd/pgstd/internal/surface/library"
)

// function is what there is to know of one.
type function struct {
	why   map[string]bool      // what makes it a corner
	calls map[*types.Func]bool // directly
	obj   *types.Func
}

// funcCorners are the functions whose body the compiler does not vouch for, and those
// that call one of them which relies on its callers.
func funcCorners(packages []*library.Package, callers []string) (lines []string) {
	functions := map[*types.Func]*function{}
	for _, p := range packages {
		for _, f := range p.Files {
			for _, d := range f.Decls {
				if d, ok := d.(*ast.FuncDecl); ok {
					if fn := look(p, d); fn != nil {
						functions[fn.obj] = fn
					}
				}
			}
		}
	}
	for _, fn := range functions {
		for callee := range fn.calls {
			if name := symbol(callee); matches(callers, name) {
				fn.why["calls "+name] = true
			}
		}
	}
	for _, fn := range functions {
		if len(fn.why) > 0 {
			lines = append(lines, corner("func", symbol(fn.obj), fn.why))
		}
	}
	slices.Sort(lines)
	return lines
}

// look reads a declaration.
func look(p *library.Package, d *ast.FuncDecl) *function {
	obj, ok := p.Info.Defs[d.Name].(*types.Func)
	if !ok || d.Name.Name == "init" || d.Name.Name == "_" {
		return nil
	}
	fn := &function{obj: obj, why: map[string]bool{}, calls: map[*types.Func]bool{}}
	if d.Body == nil {
		fn.why["no body"] = true
		return fn
	}
	ast.Inspect(d.Body, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		if !ok {
			return true
		}
		switch used := p.Info.Uses[id].(type) {
		case *types.Func:
			fn.calls[used.Origin()] = true
		case *types.TypeName:
			if used.Pkg() == types.Unsafe {
				fn.why["unsafe"] = true
			}
		case *types.Builtin:
			switch used.Name() {
			case "Add", "Slice", "SliceData", "String", "StringData":
				fn.why["unsafe"] = true
			}
		}
		return true
	})
	return fn
}
