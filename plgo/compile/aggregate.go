package compile

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/plgo/body"
)

// All functions of an aggregate are in one object, so that they share a world: the state is
// a value of a type of the text that stays there between calls.

// parts are what an aggregate can have, and the methods that they are.
var parts = map[Part]struct {
	method string
	part   extension.AggregatePart
}{
	PartStep:    {"Step", extension.Step},
	PartFinal:   {"Final", extension.Final},
	PartInverse: {"Inverse", extension.Inverse},
	PartMerge:   {"Merge", extension.Combine},
}

func (f *Function) checkAggregate() error {
	for i, p := range f.Parts {
		if parts[p].method == "" || slices.Contains(f.Parts[:i], p) {
			return &RequestError{fmt.Sprintf("part %d of the aggregate is %q; there are step, final, inverse and merge, each once", i+1, p)}
		}
	}
	for i, a := range f.Args {
		if a.Mode != "" && a.Mode != ModeIn {
			return &RequestError{fmt.Sprintf("argument %d has mode %q; an aggregate has arguments that are in", i+1, a.Mode)}
		}
	}
	if f.Direct != nil && (*f.Direct < 0 || *f.Direct >= len(f.Args) || len(f.Parts) > 2) {
		return &RequestError{"an aggregate with WITHIN GROUP has fewer direct arguments than arguments, and the parts step and final"}
	}
	if f.Returns == nil || f.Set || !slices.Contains(f.Parts, PartStep) || !slices.Contains(f.Parts, PartFinal) {
		return &RequestError{"an aggregate has one result, and the parts step and final"}
	}
	return nil
}

// takesName is a type that is put beside the text: what Step takes and Final returns.
const takesName = "pgstd_takes"

// aggregate is the work on the text of one.
type aggregate struct {
	f           *Function
	shape       *shape
	pkg         *body.Package
	state       *types.Named
	want        *types.Signature // of takesName
	made        *extension.Aggregate
	diagnostics body.Diagnostics
}

// wrapAggregate does for an aggregate what wrap does for a function.
func wrapAggregate(f *Function, importer *packageImporter) (*body.Package, *extension.Package, error) {
	a := &aggregate{f: f}
	how := &taking{params: map[int]manner{}, fields: map[string]manner{}, dims: map[string]int{}, lists: map[string]bool{resultSpot: true}}
	for i := range f.Args {
		how.params[i] = asValue
		how.lists[argumentSpot(i)] = true
	}
	var err error
	if a.shape, err = f.shape(how); err != nil {
		return nil, nil, err
	}
	if len(a.shape.sig.Results) != 1 {
		return nil, nil, &RequestError{"an aggregate returns a value, and void is none"}
	}
	sig := a.shape.sig
	var takes []string
	for _, p := range sig.Params {
		takes = append(takes, p.Type)
	}
	sig.Declarations[takesName] = fmt.Sprintf("type %s func(%s) %s\n", takesName, strings.Join(takes, ", "), sig.Results[0].Type)
	sig.Params, sig.Results, sig.Bare = nil, nil, true
	a.pkg, err = body.Wrap(f.Source, link.FunctionPath, sig, importer)
	if d := (body.Diagnostics)(nil); errors.As(err, &d) {
		return nil, nil, &SourceError{d}
	} else if err != nil {
		return nil, nil, err
	}
	functions := a.functions()
	if a.diagnostics != nil {
		return nil, nil, &SourceError{a.diagnostics}
	}
	if err := judge(a.pkg); err != nil {
		return nil, nil, err
	}
	return a.pkg, &extension.Package{
		ImportPath: link.FunctionPath, JSON: passesJSON(a.pkg),
		Functions: functions, Aggregates: []*extension.Aggregate{a.made},
	}, nil
}

// functions finds the state's type and describes the parts.
func (a *aggregate) functions() (list []extension.Function) {
	scope := a.pkg.Types.Scope()
	a.want = scope.Lookup(takesName).Type().Underlying().(*types.Signature)
	for _, name := range scope.Names() {
		t, ok := scope.Lookup(name).Type().(*types.Named)
		_, isType := scope.Lookup(name).(*types.TypeName)
		if !ok || !isType || method(t, "Step") == nil || method(t, "Final") == nil {
			continue
		}
		if a.state != nil {
			a.fail(t.Obj(), "%s is a second type with the methods Step and Final; an aggregate has one state", name)
			return nil
		}
		a.state = t
	}
	switch {
	case a.state == nil:
		a.diagnostics = body.Diagnostics{body.At(a.f.Source, 1, 1,
			"there is no type with the methods Step and Final; its values are the state of the aggregate")}
		return nil
	case !a.state.Obj().Exported():
		a.fail(a.state.Obj(), "the name of %s has to begin with an upper case letter", a.state.Obj().Name())
		return nil
	case a.state.TypeParams() != nil:
		a.fail(a.state.Obj(), "%s is generic; the state is of one type", a.state.Obj().Name())
		return nil
	}
	a.made = &extension.Aggregate{GoName: a.state.Obj().Name()}
	if slices.Contains(a.f.Parts, PartInverse) {
		a.made.Inverse = &extension.Function{}
	}
	if init := method(a.state, "Init"); init != nil {
		a.made.Init = true
		if s := init.Signature(); s.Params().Len() > 0 || s.Results().Len() > 0 {
			a.fail(init, "Init takes and returns nothing")
		}
	}
	for _, p := range a.f.Parts {
		list = append(list, a.part(p))
	}
	return list
}

// method finds a method of a type or of pointers to it.
func method(t *types.Named, name string) *types.Func {
	obj, _, _ := types.LookupFieldOrMethod(types.NewPointer(t), true, t.Obj().Pkg(), name)
	fn, _ := obj.(*types.Func)
	return fn
}

func (a *aggregate) fail(at types.Object, format string, args ...any) {
	a.diagnostics = append(a.diagnostics, a.pkg.Locate(at.Pos(), fmt.Sprintf(format, args...)))
}

// part describes the function of one part, whose method has to fit.
func (a *aggregate) part(p Part) extension.Function {
	name := parts[p].method
	f := extension.Function{
		GoName: "_" + a.made.GoName + "_" + name, SQLName: string(p),
		Aggregate: a.made, Part: parts[p].part,
		Args:    []extension.Arg{{Type: extension.StateType}},
		Results: []extension.Result{{Type: extension.StateType}},
	}
	fn := method(a.state, name)
	if fn == nil {
		a.fail(a.state.Obj(), "%s has no method %s", a.made.GoName, name)
		return f
	}
	s := fn.Signature()
	var results []types.Type
	for v := range s.Results().Variables() {
		results = append(results, v.Type())
	}
	if n := len(results); n > 0 && types.Identical(results[n-1], types.Universe.Lookup("error").Type()) {
		f.Fails, results = true, results[:n-1]
	}
	switch p {
	case PartFinal:
		a.arguments(&f, fn, 0, a.direct())
		a.result(&f, fn, results)
		if len(f.Results) == 1 && pgtypes.IsPolymorphic(f.Results[0].Type.SQL) {
			// SQL finds out what it is by the types of these.
			for _, arg := range a.shape.function.Args[a.direct():] {
				f.Args = append(f.Args, extension.Arg{Type: arg.Type.Pointer()})
				f.Untouched++
			}
		}
		return f
	case PartMerge:
		f.Args = append(f.Args, extension.Arg{Type: extension.StateType})
		if s.Params().Len() != 1 || !types.Identical(s.Params().At(0).Type(), types.NewPointer(a.state)) {
			a.fail(fn, "Merge takes another state: Merge(other *%s)", a.made.GoName)
		}
	default:
		a.arguments(&f, fn, a.direct(), len(a.f.Args))
	}
	f.Undoes = p == PartInverse && len(results) == 1 && types.Identical(results[0], types.Typ[types.Bool])
	if len(results) > 0 && !f.Undoes {
		a.fail(fn, "%s returns nothing or an error%s", name, map[bool]string{true: ", or before that a bool: whether it could take the row out"}[p == PartInverse])
	}
	return f
}

// direct is how many arguments stand before WITHIN GROUP.
func (a *aggregate) direct() int {
	if a.f.Direct == nil {
		return 0
	}
	return *a.f.Direct
}

// arguments takes over those of a method, which are some of the aggregate's, each a value or,
// where NULL is to be seen, a pointer.
func (a *aggregate) arguments(f *extension.Function, fn *types.Func, from, to int) {
	params := fn.Signature().Params()
	if params.Len() != to-from || fn.Signature().Variadic() {
		switch {
		case from == to:
			a.fail(fn, "%s takes nothing", fn.Name())
		case a.f.Direct != nil:
			a.fail(fn, "%s takes %s, as the aggregate does %s ORDER BY", fn.Name(), a.described(from, to), map[bool]string{true: "before", false: "behind"}[to == a.direct()])
		default:
			a.fail(fn, "%s takes %s, as the aggregate does", fn.Name(), a.described(from, to))
		}
		return
	}
	for i := range params.Len() {
		arg, want := a.shape.function.Args[from+i], a.want.Params().At(from+i).Type()
		arg.Name = params.At(i).Name()
		var ok bool
		if arg.Type, ok = fitting(arg.Type, want, params.At(i).Type()); !ok {
			a.fail(params.At(i), "%s takes %s here, for %s, or a pointer to one that is nil for NULL", fn.Name(), a.string(want), a.f.Args[from+i].Type.Name)
			return
		}
		f.Args = append(f.Args, arg)
	}
}

// result takes over that of Final.
func (a *aggregate) result(f *extension.Function, fn *types.Func, results []types.Type) {
	want := a.want.Results().At(0).Type()
	if len(results) == 1 {
		if t, ok := a.converted(a.shape.function.Results[0].Type, want, results[0]); ok {
			f.Results = []extension.Result{{Type: t}}
			return
		}
	}
	takes := a.string(want)
	if isJSON(a.shape.function.Results[0].Type) {
		takes += ", a number, a map, a list or a struct of an exported type"
	}
	a.fail(fn, "Final returns %s, for %s, or a pointer to one that is nil for NULL, and if wanted an error", takes, a.f.Returns.Name)
}

// fitting returns how values of a type cross if a method has another one for it: a pointer, an
// array of several dimensions or with NULLs in it, a pg.Array, a pg.Matrix, or any array as a text.
func fitting(t pgtypes.Type, want, got types.Type) (pgtypes.Type, bool) {
	if types.Identical(want, got) {
		return t, true
	}
	if p, ok := got.(*types.Pointer); ok && !t.Nullable {
		t, ok = fitting(t, want, p.Elem())
		return t.Pointer(), ok
	}
	if pgtypes.IsAnyArray(t.SQL) && types.Identical(got, types.Typ[types.String]) {
		return pgtypes.AnyText(t.SQL), true
	}
	if named, ok := types.Unalias(got).(*types.Named); ok && pgtypes.IsPolymorphic(t.SQL) && nameInPG(named) == "Any" {
		return pgtypes.AnyValue(t.SQL), true
	}
	if list, ok := want.(*types.Slice); ok && t.IsArray() && !t.IsNested() {
		isPointer := func(e types.Type) bool { return types.Identical(e, types.NewPointer(list.Elem())) }
		switch got := types.Unalias(got).(type) {
		case *types.Slice:
			if isPointer(got.Elem()) {
				return t.Nullables(), true
			}
		case *types.Named:
			if whole := nameInPG(got); (whole == "Array" || whole == "Matrix") && (isPointer(got.TypeArgs().At(0)) || types.Identical(got.TypeArgs().At(0), list.Elem())) {
				return t.Whole(whole, isPointer(got.TypeArgs().At(0))), true
			}
		}
	}
	for dims := 2; t.IsArray() && dims <= 3; dims++ {
		if want = types.NewSlice(want); types.Identical(want, got) {
			return t.Dimensions(dims), true
		}
	}
	return t, false
}

// nameInPG is the name of a type of package pg; empty for other types.
func nameInPG(t *types.Named) string {
	if t.Obj().Pkg() == nil || t.Obj().Pkg().Path() != kit.ModulePath+"/pg" {
		return ""
	}
	return t.Obj().Name()
}

// described is what a method has to take, for people.
func (a *aggregate) described(from, to int) string {
	var list []string
	for i := from; i < to; i++ {
		list = append(list, a.string(a.want.Params().At(i).Type()))
	}
	return "(" + strings.Join(list, ", ") + ")"
}

func (a *aggregate) string(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if p == a.pkg.Types {
			return ""
		}
		return p.Name()
	})
}
