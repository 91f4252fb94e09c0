package extension

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/pgtypes"
)

// typmodForms are the methods by which a base type has a modifier, as numeric(10,2) has.
var typmodForms = []struct {
	name            string
	params, results []string
	form            string
}{
	{"ParseTypmod", []string{"[]string"}, []string{"int32", "error"}, "ParseTypmod(words []string) (int32, error)"},
	{"FormatTypmod", []string{"int32"}, []string{"string"}, "FormatTypmod(typmod int32) string"},
	{"ApplyTypmod", []string{"int32", "bool"}, []string{"$T", "error"}, "ApplyTypmod(typmod int32, explicit bool) ($T, error)"},
}

// typmod finds out whether a base type has a modifier.
func (c *collector) typmod(b *BaseType, methods map[string]*ast.FuncDecl, info *types.Info) {
	for _, f := range typmodForms {
		b.Typmod = b.Typmod || methods[f.name] != nil
	}
	if !b.Typmod {
		return
	}
	own := strings.NewReplacer("$T", b.GoName)
	same := func(got, want []string) bool {
		return slices.EqualFunc(got, want, func(g, w string) bool { return g == own.Replace(w) })
	}
	list := func(fields *ast.FieldList) (names []string) {
		if fields == nil {
			return nil
		}
		for _, f := range fields.List {
			for range max(1, len(f.Names)) {
				names = append(names, c.shortType(info.TypeOf(f.Type)))
			}
		}
		return names
	}
	for _, f := range typmodForms {
		fn := methods[f.name]
		form := own.Replace(f.form)
		if fn == nil {
			c.addAt(b.Pos, "%s has no method %s, which a type with a modifier has", b.GoName, form)
			continue
		}
		if !same(list(fn.Type.Params), f.params) || !same(list(fn.Type.Results), f.results) {
			c.addf(fn.Name.Pos(), "%s of %s is %s", f.name, b.GoName, form)
		}
	}
}

// makeTypmod describes the functions that read a text or message, and those of the modifier. PostgreSQL
// calls those with what only C understands, which then calls these.
func (b *BaseType) makeTypmod(value pgtypes.Type, add func(what string, entry Entry, fails bool, result pgtypes.Type, args ...pgtypes.Type) *Function) {
	text, integer, boolean := simple(types.Typ[types.String]), simple(types.Typ[types.Int32]), simple(types.Typ[types.Bool])
	cstring := text
	cstring.SQL = "cstring"
	support := func(f *Function, entry, result string, args ...string) {
		b.supports = append(b.supports, &support{args: args, result: result, entry: "pgstd_pg_" + entry, behind: f})
	}
	in := add("in", ByTypes, true, value, text, integer)
	in.call = "typed_in" + b.GoName
	add("out", ToCString, true, cstring, value)
	recv := add("recv", ByTypes, true, value, bytea(), integer)
	recv.call = "typed_recv" + b.GoName
	add("send", ByTypes, true, bytea(), value)
	support(in, "typmod_input", value.SQL, "cstring", "oid", "integer")
	support(recv, "typmod_receive", value.SQL, "internal", "oid", "integer")
	support(add("typmod_in", ByTypes, true, integer, simple(types.NewSlice(types.Typ[types.String]))), "typmod_read", "integer", "cstring[]")
	add("typmod_out", ToCString, true, cstring, integer)
	coerce := add("coerce", ByTypes, true, value, value, integer, boolean)
	coerce.Casts = []Cast{{Context: "implicit", Pos: b.Pos}}
}

// typmodFunctions are the Go functions behind them.
const typmodFunctions = `
func coerce$T(k $KEPT, typmod int32, explicit bool) ($KEPT, error) {
	if typmod < 0 {
		return k, nil
	}
	v, err := unpack$T(k)
	if err != nil {
		return k, err
	}
	if v, err = v.ApplyTypmod(typmod, explicit); err != nil {
		return k, err
	}
	return pack$T(v)
}

func typed_in$T(s string, typmod int32) ($KEPT, error) {
	k, err := in$T(s)
	if err != nil {
		return k, err
	}
	return coerce$T(k, typmod, false)
}

func typed_recv$T(b []byte, typmod int32) ($KEPT, error) {
	k, err := recv$T(b)
	if err != nil {
		return k, err
	}
	return coerce$T(k, typmod, false)
}

func typmod_in$T(words []string) (int32, error) {
	var v author.$T
	return v.ParseTypmod(words)
}

func typmod_out$T(typmod int32) (string, error) {
	var v author.$T
	return v.FormatTypmod(typmod), nil
}
`
