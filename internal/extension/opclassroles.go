package extension

import (
	"fmt"
	"go/ast"
	"go/types"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// roles finds what the types of the methods are.
type roles struct {
	*collector
	info  *types.Info
	class *OperatorClass
	found map[role]types.Type
}

// method checks a method, and takes note of the author's types in it.
func (r *roles) method(k *methodKind, fn *ast.FuncDecl) {
	params, results := r.list(fn.Type.Params), r.list(fn.Type.Results)
	m := &classMethod{}
	if n := len(results); n > 0 && isError(results[n-1]) {
		m.fails, results = true, results[:n-1]
	}
	m.results = len(results)
	good := len(params) == len(k.params) && len(results) > 0
	for i := 0; good && i < len(params); i++ {
		good = r.is(role(k.params[i]), params[i])
	}
	if good {
		good = r.is(k.result, results[0])
	}
	if good && len(results) > 1 {
		extra := map[role]role{yes: yes, number: yes, search: 'S'}[k.result]
		good = len(results) == 2 && extra != 0 && k.name != "Same" && k.name != "Penalty" && r.is(extra, results[1])
	}
	if !good {
		r.addf(fn.Name.Pos(), "%s of %s is %s; an error can come last", k.name, r.class.GoName, k.form)
		return
	}
	r.class.methods[k.name] = m
}

func (r *roles) list(fields *ast.FieldList) (list []types.Type) {
	if fields == nil {
		return nil
	}
	for _, f := range fields.List {
		for range max(1, len(f.Names)) {
			list = append(list, types.Unalias(r.info.TypeOf(f.Type)))
		}
	}
	return list
}

// is reports whether a type is what a role wants. The first one of a role is what all others are.
func (r *roles) is(as role, t types.Type) bool {
	basic := func(kind types.BasicKind) bool { return types.Identical(t, types.Typ[kind]) }
	inPackage := func(name string) bool { n, _ := named(t); return n == pgPath+"."+name }
	switch as {
	case anOp:
		return basic(types.String)
	case isLeaf, yes, truth:
		return basic(types.Bool)
	case number, bound:
		return basic(types.Float64)
	case bounds:
		return types.Identical(t, types.NewSlice(types.Typ[types.Float64]))
	case integer, depth:
		return basic(types.Int)
	case branches:
		return types.Identical(t, types.NewSlice(types.Typ[types.Int]))
	case values:
		s, ok := t.(*types.Slice)
		return ok && r.is(aValue, types.Unalias(s.Elem()))
	case keyBytes:
		return types.Identical(t, types.NewSlice(types.Typ[types.Byte]))
	case ternary:
		return inPackage("Ternary")
	case 'S':
		return inPackage("Search")
	case present:
		return types.Identical(t, types.NewSlice(types.Typ[types.Bool]))
	case ternaries:
		s, ok := t.(*types.Slice)
		if !ok {
			return false
		}
		n, _ := named(s.Elem())
		return n == pgPath+".Ternary"
	case keyList, search:
		s, ok := t.(*types.Slice)
		return ok && r.is(aKey, types.Unalias(s.Elem()))
	}
	if first := r.found[as]; first != nil {
		return types.Identical(first, t)
	}
	r.found[as] = t
	return true
}

// resolve finds the SQL types.
func (r *roles) resolve(spec *ast.TypeSpec) {
	if r.found[aValue] == nil {
		r.found[aValue] = r.found[aKey] // an index keeps the values themselves
	}
	if r.class.Method == brin {
		r.found[aQuery] = r.found[aKey]
	}
	for _, one := range []struct {
		as   role
		what string
		to   *pgtypes.Type
	}{{aValue, "the indexed type", &r.class.Value}, {aKey, "the keys' type", &r.class.Key}, {aQuery, "the type that is searched for", &r.class.Query}} {
		t := r.found[one.as]
		if t == nil {
			continue // a method is missing, which has been said
		}
		typ, err := r.types.Resolve(t, "")
		if err != nil {
			r.unsupported(spec.Name.Pos(), fmt.Sprintf("%s of %s: type %s is not supported; ", one.what, r.class.GoName, r.shortType(t)), pgtypes.NamedWith(err, typeName+" jsonb above it"))
			continue
		}
		if typ.Nullable || typ.View() || typ.Polymorphic() || typ.IsAny() {
			r.addf(spec.Name.Pos(), "%s of %s is %s; take a type that is no pointer, no pg.View and not polymorphic", one.what, r.class.GoName, typ.Go)
		}
		*one.to = typ
	}
	if value := r.found[aValue]; value != nil && r.class.Value.SQL != "" && r.class.isTree() {
		var err error
		if r.class.Values, err = r.types.Resolve(types.NewSlice(value), ""); err != nil || r.class.Value.IsArray() {
			r.addf(spec.Name.Pos(), "the values of %s are arrays, of which there are no arrays in SQL; take another type", r.class.GoName)
		}
		return
	}
	if key := r.found[aKey]; key != nil && r.class.Key.SQL != "" {
		var err error
		if r.class.Keys, err = r.types.Resolve(types.NewSlice(key), ""); err != nil || r.class.Key.IsArray() {
			r.addf(spec.Name.Pos(), "the keys of %s are arrays, of which there are no arrays in SQL; take another type", r.class.GoName)
		}
	}
}
