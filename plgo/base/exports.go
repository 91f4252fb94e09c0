package base

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/pgstd/pgstd/internal/exportdata"
	"github.com/pgstd/pgstd/internal/kit"
)

// What modules may refer to is found out from what packages export, and from the compiler: it
// compiles a package that uses each exported function, method and variable, which also tells
// what the bodies that it inlines refer to. What is in a base for another reason, such as the
// host's hooks and what the library's packages have of each other by //go:linkname, is not for modules.
//
// A set's packages offer what they have themselves. Of the library, a base offers the same whatever
// set is in it: what their bodies refer to by //go:linkname, where a policy accepts that, is not among it.

// exporter lists what a probe uses.
type exporter struct {
	fset    *token.FileSet
	library exportdata.Library
	listed  map[string]*listed // by path
	ofSet   map[string]bool    // paths, as symbols have them, of packages that are not the library's
	loaded  map[string]*types.Package
	imports map[string]string // name in the probe, by path
	lines   []string
	names   map[string]bool // of symbols
	seen    map[*types.Named]bool
}

// exportNames returns the names of what modules may refer to.
func exportNames(ctx context.Context, k *kit.Kit, list []*listed, set *Set, work string) ([]string, error) {
	e := &exporter{fset: token.NewFileSet(), library: k.Types(), listed: map[string]*listed{}, ofSet: map[string]bool{}, loaded: map[string]*types.Package{},
		names: map[string]bool{}, seen: map[*types.Named]bool{}}
	var config bytes.Buffer
	var library []string
	for _, l := range list {
		e.listed[l.ImportPath] = l
		fmt.Fprintf(&config, "packagefile %s=%s\n", l.ImportPath, l.Export)
		if ours := l.Standard || kit.Carries(l.ImportPath); !ours {
			e.ofSet[symbolPath(l.ImportPath)] = true
		} else if !isInternal(l.ImportPath) {
			library = append(library, l.ImportPath)
		}
	}
	if err := e.use(ctx, k, library, work, config.Bytes()); err != nil {
		return nil, err
	}
	if set != nil {
		offered := e.names
		e.names = map[string]bool{}
		if err := e.use(ctx, k, set.Packages, work, config.Bytes()); err != nil {
			return nil, err
		}
		for name := range e.names {
			if e.ofSet[packageOf(name)] || strings.HasPrefix(name, "type:.") {
				offered[name] = true
			}
		}
		e.names = offered
	}
	if err := e.useCompiler(k.Golang.Root); err != nil {
		return nil, fmt.Errorf("finding out what the compiler needs: %w", err)
	}
	names := make([]string, 0, len(e.names))
	for name := range e.names {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}

// use lists what packages export, and what the bodies refer to that the compiler inlines.
func (e *exporter) use(ctx context.Context, k *kit.Kit, packages []string, work string, config []byte) error {
	e.imports, e.lines = map[string]string{}, nil
	for _, path := range packages {
		p, err := e.load(path)
		if err != nil {
			return err
		}
		e.useAll(p)
	}
	if err := e.probe(ctx, k, work, config); err != nil {
		return fmt.Errorf("finding out what a base offers: %w", err)
	}
	return nil
}

// isInternal reports whether a package is not for users.
func isInternal(path string) bool {
	return path == "unsafe" || path == "main" || strings.HasPrefix(path, "vendor/") || slices.Contains(strings.Split(path, "/"), "internal")
}

func (e *exporter) load(path string) (*types.Package, error) {
	if p := e.loaded[path]; p != nil && p.Complete() {
		return p, nil
	}
	l := e.listed[path]
	if l == nil {
		return nil, fmt.Errorf("no package %s", path)
	}
	noted, err := e.library.Section(l.Export, path, l.Standard)
	if err != nil {
		return nil, err
	}
	return exportdata.Read(noted, e.fset, e.loaded, path)
}

// useAll lists what a package exports, and that it is initialised, which who imports it refers to.
func (e *exporter) useAll(p *types.Package) {
	e.names[symbolPath(p.Path())+"..inittask"] = true
	for _, name := range p.Scope().Names() {
		o := p.Scope().Lookup(name)
		if !o.Exported() {
			continue
		}
		switch o := o.(type) {
		case *types.Var:
			e.names[symbolPath(p.Path())+"."+name] = true
			e.reach(o.Type())
		case *types.Func:
			e.names[symbolPath(p.Path())+"."+name] = true
			e.reach(o.Type())
			e.call(o)
		case *types.TypeName:
			e.reach(o.Type())
			if !o.IsAlias() && !e.ofSet[symbolPath(p.Path())] {
				e.callMethods(o)
			}
		}
	}
}

// reach lists the exported methods of all types that code can come by. Those of types without an
// exported name cannot be named in a probe.
func (e *exporter) reach(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		if e.seen[t] {
			return
		}
		e.seen[t] = true
		o := t.Obj()
		for i := range t.TypeArgs().Len() {
			e.reach(t.TypeArgs().At(i))
		}
		if o.Pkg() != nil {
			for _, from := range []types.Type{t, types.NewPointer(t)} {
				set := types.NewMethodSet(from)
				for i := range set.Len() {
					m := set.At(i).Obj()
					if m.Exported() {
						e.names[fmt.Sprintf("%s.%s.%s", symbolPath(o.Pkg().Path()), o.Name(), m.Name())] = true
						e.names[fmt.Sprintf("%s.(*%s).%s", symbolPath(o.Pkg().Path()), o.Name(), m.Name())] = true
						e.reach(m.Type())
					}
				}
			}
			// Those of a set are called here, also of packages that no function can import.
			if o.Exported() && e.ofSet[symbolPath(o.Pkg().Path())] && !isInternal(o.Pkg().Path()) {
				e.callMethods(o)
			}
		}
		e.reach(t.Underlying())
	case *types.Pointer:
		e.reach(t.Elem())
	case *types.Slice:
		e.reach(t.Elem())
	case *types.Array:
		e.reach(t.Elem())
	case *types.Chan:
		e.reach(t.Elem())
	case *types.Map:
		e.reach(t.Key())
		e.reach(t.Elem())
	case *types.Signature:
		for _, tuple := range []*types.Tuple{t.Params(), t.Results()} {
			for i := range tuple.Len() {
				e.reach(tuple.At(i).Type())
			}
		}
	case *types.Struct:
		for i := range t.NumFields() {
			if f := t.Field(i); f.Exported() || f.Embedded() {
				e.reach(f.Type())
			}
		}
	case *types.Interface:
		for i := range t.NumMethods() {
			e.reach(t.Method(i).Type())
		}
	}
}

// call has the probe call a function, and take its value.
func (e *exporter) call(f *types.Func) {
	sig := f.Type().(*types.Signature)
	args := ""
	if n := sig.TypeParams().Len(); n > 0 {
		list, instance := instantiate(sig, n)
		if instance == nil {
			return
		}
		sig, args = instance.(*types.Signature), "["+e.spellAll(list)+"]"
	}
	e.write(e.name(f.Pkg())+"."+f.Name()+args, sig, nil)
}

func (e *exporter) callMethods(o *types.TypeName) {
	t, ok := o.Type().(*types.Named)
	if !ok || types.IsInterface(t) {
		return
	}
	if n := t.TypeParams().Len(); n > 0 {
		_, instance := instantiate(t, n)
		if instance == nil {
			return
		}
		t = instance.(*types.Named)
		// A value in an interface brings all methods of its type, which a module compiles for itself.
		if text, ok := e.spell(t); ok {
			e.lines = append(e.lines, fmt.Sprintf("func P%d() any { return new(%s) }", len(e.lines), text))
		}
	}
	p := types.NewPointer(t)
	set := types.NewMethodSet(p)
	for i := range set.Len() {
		if m := set.At(i).Obj(); m.Exported() {
			e.write(m.Name(), set.At(i).Type().(*types.Signature), p)
		}
	}
}

// compilerNames are what compiled code refers to besides what cmd/compile declares itself.
var compilerNames = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^runtime\.(morestack|morestack_noctxt|gcWriteBarrier[1-8]|panic[A-Z]\w*|panicdivide|panicshift|panicoverflow|panicwrap|` +
		`duffzero|duffcopy|mem(equal|hash|move|clr)\w*|\w+(hash|equal)|unreachableMethod|mapinitnoop|writeBarrier|zeroVal|zerobase|staticuint64s|deferreturn|deferproc\w*|newproc|` +
		`asyncPreempt|typedmemmove|typedmemclr|wb\w+|x86Has\w+|arm64Has\w+|textsectionmap|gcbits\..*)(·f)?$`)
})

// useCompiler lists the functions that the compiler has code call, by its own declarations of them.
func (e *exporter) useCompiler(goroot string) error {
	path := filepath.Join(goroot, "src/cmd/compile/internal/typecheck/_builtin/runtime.go")
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	for _, d := range f.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			e.names["runtime."+d.Name.Name] = true
		case *ast.GenDecl:
			for _, s := range d.Specs {
				if v, ok := s.(*ast.ValueSpec); ok {
					for _, n := range v.Names {
						e.names["runtime."+n.Name] = true
					}
				}
			}
		}
	}
	return nil
}
