package compile

import (
	"go/types"
	"strings"

	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgtypes"
	"github.com/pgstd/pgstd/plgo/body"
)

// What Final returns is converted as what a function returns is, but by the wrapper: the text has
// no return statement of the aggregate's.

// converted is fitting for a result, which an integer of another width is as well, and for JSON
// what is no text.
func (a *aggregate) converted(t pgtypes.Type, want, got types.Type) (pgtypes.Type, bool) {
	if fits, ok := fitting(t, want, got); ok {
		return fits, true
	}
	if p, ok := got.(*types.Pointer); ok && !t.Nullable {
		t, ok = a.converted(t, want, p.Elem())
		return t.Pointer(), ok
	}
	if isJSON(t) {
		if !body.BecomesJSON(got) || !a.hasName(got) {
			return t, false
		}
		j, err := (&pgtypes.Resolver{}).Resolve(got, "jsonb")
		return j.As(t.SQL), err == nil
	}
	if number, ok := types.Unalias(got).(*types.Basic); ok && isInteger(want) && isInteger(number) {
		return t.PutFrom(number.Name()), true
	}
	return t, false
}

func isJSON(t pgtypes.Type) bool { return strings.HasSuffix(t.Go, "json.RawMessage") && !t.IsArray() }

func isInteger(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0 && b.Kind() != types.Uintptr
}

// hasName reports whether package main can say what a type is, and whether it is no row, whose
// columns have other names in JSON.
func (a *aggregate) hasName(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.Basic:
		return true
	case *types.Pointer:
		return a.hasName(t.Elem())
	case *types.Slice:
		return a.hasName(t.Elem())
	case *types.Array:
		return a.hasName(t.Elem())
	case *types.Map:
		return a.hasName(t.Key()) && a.hasName(t.Elem())
	case *types.Interface:
		return t.Empty()
	case *types.Named:
		name := t.Obj()
		if name.Pkg() != a.pkg.Types {
			return name.Pkg() != nil && (name.Pkg().Path() == "time" || name.Pkg().Path() == kit.ModulePath+"/pg") && t.TypeArgs() == nil
		}
		return name.Exported() && name.Parent() == a.pkg.Types.Scope() && t.TypeArgs() == nil && a.shape.structs[name.Name()] == nil
	}
	return false
}
