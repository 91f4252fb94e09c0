package base

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pgstd/pgstd/internal/exportdata"
	"github.com/pgstd/pgstd/internal/kit"
)

// What modules may refer to is found out from what packages export, and from the compiler: it
// compiles a package that uses each exported function, method and variable, which also tells
// what the bodies that it inlines refer to. What is in a base for another reason, such as the
// host's hooks and what the library's packages have of each other by //go:linkname, is not for modules.

// exporter lists what a probe uses.
type exporter struct {
	fset    *token.FileSet
	library exportdata.Library
	listed  map[string]*listed // by path
	loaded  map[string]*types.Package
	imports map[string]string // name in the probe, by path
	lines   []string
	names   map[string]bool // of symbols
	seen    map[*types.Named]bool
}

// exportNames returns the names of what modules may refer to.
func exportNames(ctx context.Context, k *kit.Kit, list []*listed, work string) ([]string, error) {
	e := &exporter{fset: token.NewFileSet(), library: k.Types(), listed: map[string]*listed{}, loaded: map[string]*types.Package{},
		imports: map[string]string{}, names: map[string]bool{}, seen: map[*types.Named]bool{}}
	var config bytes.Buffer
	for _, l := range list {
		e.listed[l.ImportPath] = l
		fmt.Fprintf(&config, "packagefile %s=%s\n", l.ImportPath, l.Export)
	}
	for _, l := range list {
		if isInternal(l.ImportPath) {
			continue
		}
		p, err := e.load(l.ImportPath)
		if err != nil {
			return nil, err
		}
		e.useAll(p)
	}
	if err := e.probe(ctx, k, work, config.Bytes()); err != nil {
		return nil, fmt.Errorf("finding out what a base offers: %w", err)
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

// useAll lists what a package exports.
func (e *exporter) useAll(p *types.Package) {
	for _, name := range p.Scope().Names() {
		o := p.Scope().Lookup(name)
		if !o.Exported() {
			continue
		}
		switch o := o.(type) {
		case *types.Var:
			e.names[p.Path()+"."+name] = true
			e.reach(o.Type())
		case *types.Func:
			e.names[p.Path()+"."+name] = true
			e.reach(o.Type())
			e.call(o)
		case *types.TypeName:
			e.reach(o.Type())
			if !o.IsAlias() {
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
						e.names[fmt.Sprintf("%s.%s.%s", o.Pkg().Path(), o.Name(), m.Name())] = true
						e.names[fmt.Sprintf("%s.(*%s).%s", o.Pkg().Path(), o.Name(), m.Name())] = true
						e.reach(m.Type())
					}
				}
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

// candidates are type arguments, of which some fit most constraints.
var candidates = []types.Type{
	types.Typ[types.Int], types.NewSlice(types.Typ[types.Int]), types.NewMap(types.Typ[types.Int], types.Typ[types.Int]), types.Typ[types.String],
	types.NewPointer(types.Typ[types.Int]), types.Typ[types.Int32], types.Typ[types.Float64], types.NewSlice(types.Typ[types.Byte]),
	types.Universe.Lookup("error").Type(),
}

func instantiate(t types.Type, n int) ([]types.Type, types.Type) {
	total := 1
	for range n {
		total *= len(candidates)
	}
	for i := range total {
		list := make([]types.Type, n)
		for k := range list {
			list[k] = candidates[i%len(candidates)]
			i /= len(candidates)
		}
		if instance, err := types.Instantiate(nil, t, list, true); err == nil {
			return list, instance
		}
	}
	return nil, nil
}

// write adds a function that calls what, or a method of that name.
func (e *exporter) write(what string, sig *types.Signature, receiver types.Type) {
	var params, args []string
	good := true
	add := func(t types.Type, variadic bool) {
		text, ok := e.spell(t)
		good = good && ok
		name := fmt.Sprintf("a%d", len(params))
		params = append(params, name+" "+text)
		if variadic {
			name += "..."
		}
		args = append(args, name)
	}
	if receiver != nil {
		add(receiver, false)
		what = "a0." + what
	}
	for i := range sig.Params().Len() {
		add(sig.Params().At(i).Type(), sig.Variadic() && i == sig.Params().Len()-1)
	}
	if receiver != nil {
		args = args[1:]
	}
	// What nobody has a use for, the compiler leaves out, and with it what an inlined body refers to.
	call, uses := what+"("+strings.Join(args, ", ")+")", ""
	if n := sig.Results().Len(); n > 0 {
		var results, pointers []string
		for i := range n {
			results = append(results, fmt.Sprintf("r%d", i))
			pointers = append(pointers, fmt.Sprintf("unsafe.Pointer(&r%d)", i))
		}
		call, uses = strings.Join(results, ", ")+" := "+call, strings.Join(pointers, ", ")
	}
	if good {
		e.lines = append(e.lines, fmt.Sprintf("func P%d(%s) (any, []unsafe.Pointer) { f := %s; %s; return f, []unsafe.Pointer{%s} }",
			len(e.lines), strings.Join(params, ", "), what, call, uses))
	}
}

func (e *exporter) spellAll(list []types.Type) string {
	var texts []string
	for _, t := range list {
		text, _ := e.spell(t)
		texts = append(texts, text)
	}
	return strings.Join(texts, ", ")
}

// spell writes a type as the probe has to; false if that cannot name it.
func (e *exporter) spell(t types.Type) (string, bool) {
	good := true
	text := types.TypeString(t, func(p *types.Package) string {
		if isInternal(p.Path()) {
			good = false
		}
		return e.name(p)
	})
	// What is not exported follows a dot, in lower case.
	return text, good && !notExported.MatchString(text)
}

var notExported = regexp.MustCompile(`\bp\d+\.[^A-Z]`)

// name is what the probe calls a package.
func (e *exporter) name(p *types.Package) string {
	if isInternal(p.Path()) {
		return "p0"
	}
	if e.imports[p.Path()] == "" {
		e.imports[p.Path()] = fmt.Sprintf("p%d", len(e.imports)+1)
	}
	return e.imports[p.Path()]
}

var probeLine = regexp.MustCompile(`(?m)probe\.go:(\d+):\d+:`)

// probe compiles the package, without what the compiler does not take: a few functions can
// only be used in a way of their own.
func (e *exporter) probe(ctx context.Context, k *kit.Kit, work string, config []byte) error {
	var head []string
	for path, name := range e.imports {
		head = append(head, fmt.Sprintf("import %s %q", name, path))
	}
	slices.Sort(head)
	head = append([]string{"package probe", "import \"unsafe\""}, head...)
	cfg := filepath.Join(work, "probe.cfg")
	if err := os.WriteFile(cfg, config, 0o644); err != nil {
		return err
	}
	var last error
	for range 5 {
		file, archive := filepath.Join(work, "probe.go"), filepath.Join(work, "probe.a")
		if err := os.WriteFile(file, []byte(strings.Join(append(slices.Clone(head), e.lines...), "\n")+"\n"), 0o644); err != nil {
			return err
		}
		last = goTool(ctx, k, work, "compile", "-p", "probe", "-complete", "-pack", "-shared", "-linkshared", "-dwarf=false", "-e", k.DebugFlag(),
			"-importcfg", cfg, "-o", archive, file)
		if last == nil {
			data, err := os.ReadFile(archive)
			if err != nil {
				return err
			}
			used, err := symbolNames(data)
			if err != nil {
				return err
			}
			for _, name := range used {
				if !strings.HasPrefix(name, "probe.") {
					e.names[name] = true
				}
			}
			return nil
		}
		wrong := probeLine.FindAllStringSubmatch(last.Error(), -1)
		if len(wrong) == 0 {
			return last
		}
		for _, w := range wrong {
			n, err := strconv.Atoi(w[1])
			if err != nil || n <= len(head) || n > len(head)+len(e.lines) {
				return last
			}
			e.lines[n-1-len(head)] = ""
		}
	}
	return last
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
