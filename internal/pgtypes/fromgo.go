package pgtypes

import (
	"errors"
	"fmt"
	"go/types"
	"strings"

	"github.com/pgstd/pgstd/internal/sqltext"
	"github.com/pgstd/pgstd/pg/pgabi"
)

// Named is what an author says of a type that he has defined.
type Named struct {
	SQL string // the name of the SQL type
	Own *Type  // how it crosses, if that is not what the Go type says
}

// Resolver finds the types of an author's package.
type Resolver struct {
	// Named has the types with a directive, by what go/types knows them as.
	Named map[*types.TypeName]Named
	// Column makes the SQL name of a field.
	Column func(goName string) string

	records map[*types.TypeName]*Record
	open    map[*types.TypeName]bool
}

// Resolve returns the type for a Go type, as the SQL type that the author has
// named, if he has. Aliases are followed; defined types are not unless a directive
// says what they are, as their meaning is not that of the underlying type.
func (r *Resolver) Resolve(t types.Type, sql string) (Type, error) {
	t = types.Unalias(t)
	if sql != "" {
		name, err := sqltext.Type(sql)
		if err != nil {
			return Type{}, err
		}
		sql = Canonical(name)
	}
	if p, ok := t.(*types.Pointer); ok {
		e, err := r.value(types.Unalias(p.Elem()), sql)
		if err != nil {
			return Type{}, err
		}
		return e.Pointer(), nil
	}
	return r.value(t, sql)
}

func (r *Resolver) value(t types.Type, sql string) (Type, error) {
	if p, ok := t.(*types.TypeParam); ok {
		if sql != "" {
			return Type{}, fmt.Errorf("%s is any type, and so anyelement", p.Obj().Name())
		}
		return anyElement, nil
	}
	if sql == "json" || sql == "jsonb" {
		if found, ok := lookup(typeName(t), sql); ok {
			return found, nil
		}
		if hasParameter(t) {
			return Type{}, errors.New("what is in JSON has a type of its own, and so not a type parameter")
		}
		return jsonOf(t, sql), nil
	}
	if n, ok := t.(*types.Named); ok {
		if d, ok := r.Named[n.Obj()]; ok {
			return r.defined(n, d, sql)
		}
	}
	if found, ok := lookup(typeName(t), sql); ok {
		return found, nil
	}
	if found, ok := lookup(typeName(t), ""); ok {
		return override(found, sql)
	}
	if whole, ok, err := r.whole(t, sql); ok {
		return whole, err
	}
	if s, ok := t.(*types.Slice); ok && !isRune(s.Elem()) {
		element := ""
		if sql != "" {
			var isArray bool
			if element, isArray = strings.CutSuffix(sql, "[]"); !isArray {
				return Type{}, fmt.Errorf("a slice is an array; write the type as %s[]", sql)
			}
			if isNested(s.Elem()) {
				element = sql // SQL has one type for all dimensions
			}
		}
		e, err := r.Resolve(s.Elem(), element)
		if err != nil {
			return Type{}, err
		}
		switch {
		case e.IsAny():
			return Type{}, errNoPart
		case e.view:
			return Type{}, errors.New("a pg.View is of one dimension; use slices in slices")
		case isNested(s.Elem()):
			return e.Rows(), nil
		case e.Code == pgabi.Array && strings.HasSuffix(e.SQL, "[]"):
			return Type{}, errors.New("a slice of pointers to slices is no array in SQL; use slices in slices")
		}
		a := e.Slice()
		a.SQL = arrayOf(e)
		return a, nil
	}
	if r := remedy(t); r != "" {
		return Type{}, errors.New(r)
	}
	return Type{}, &unnamed{}
}

var errNoPart = errors.New("a pg.Any is an argument by itself, and no part of another value")

// unnamed is the error about a type that is no SQL type by itself, and can be several.
type unnamed struct{ with string }

func (e *unnamed) Error() string {
	if e.with == "" {
		return "name an SQL type that it can be, such as jsonb"
	}
	return "name an SQL type that it can be, such as jsonb, with " + e.with
}

// NamedWith makes an error of Resolve say with what the author would name an SQL type, if that is
// what it is about: a directive, or a tag, which depends on where the type stands.
func NamedWith(err error, with string) error {
	if e, ok := err.(*unnamed); ok && e.with == "" {
		return &unnamed{with}
	}
	return err
}

// isNested reports whether the elements of a slice are arrays themselves, and not one
// value each.
func isNested(element types.Type) bool {
	s, ok := types.Unalias(element).(*types.Slice)
	if !ok || isRune(s.Elem()) {
		return false
	}
	_, leaf := lookup(typeName(s), "")
	return !leaf
}

// isRune reports whether a type is written as rune: a slice of them is a text.
func isRune(t types.Type) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Name() == "rune"
}

// override makes a type that is in the table one for an SQL type that is not.
func override(t Type, sql string) (Type, error) {
	if sql == t.SQL || sql == "" {
		return t, nil
	}
	if t.view && strings.HasSuffix(sql, "[]") {
		return Type{}, fmt.Errorf("%s cannot be %s; it is %s, or a domain over that", t.Go, sql, t.SQL)
	}
	if t.Go != "string" && strings.HasSuffix(sql, "[]") {
		return Type{}, fmt.Errorf("%s cannot be %s; use []%s", t.Go, sql, t.Go)
	}
	if t.Go != "string" && (Known(sql) || t.asked && isRange(sql)) {
		return Type{}, fmt.Errorf("%s cannot be %s; %s", t.Go, sql, choices(sql))
	}
	t = t.As(sql)
	if t.Go == "[]byte" {
		t.Code = pgabi.Binary
	}
	return t, nil
}

// choices names the Go types of an SQL type.
func choices(sql string) string {
	var names []string
	for _, t := range table {
		if t.SQL == sql {
			names = append(names, t.Go)
		}
	}
	return "use " + strings.Join(append(names, "string"), ", ")
}

// defined is a type of the author's with a directive.
func (r *Resolver) defined(n *types.Named, d Named, sql string) (Type, error) {
	if sql == "" {
		sql = Canonical(d.SQL)
	}
	if d.Own != nil && sql == Canonical(d.SQL) {
		return *d.Own, nil
	}
	goType := authorName(n)
	if sql == "json" || sql == "jsonb" {
		return jsonOf(n, sql), nil
	}
	if s, ok := n.Underlying().(*types.Struct); ok {
		record, err := r.record(n, s)
		if err != nil {
			return Type{}, err
		}
		return RecordType(record, sql), nil
	}
	base, ok := lookup(typeName(n.Underlying()), "")
	if !ok {
		return Type{}, fmt.Errorf("%s is defined as %s, which cannot be the SQL type %s; use a struct, a string, []byte, a number or bool",
			n.Obj().Name(), n.Underlying(), d.SQL)
	}
	t, err := override(base, sql)
	return t.Defined(goType), err
}

// lookup finds the row of the table for a pair; without an SQL type, the first
// one that the Go type stands for by itself.
func lookup(goType, sql string) (Type, bool) {
	for _, t := range table {
		if t.Go == goType && (t.SQL == sql || sql == "" && t.plain) {
			return t, true
		}
	}
	return Type{}, false
}

// Known reports whether the table has an SQL type.
func Known(sql string) bool {
	for _, t := range table {
		if t.SQL == sql && !t.foreign && !t.view && !t.asked {
			return true
		}
	}
	return false
}

// shortName qualifies names as the author does.
func shortName(p *types.Package) string {
	if knownPackages[p.Path()] == nil {
		return ""
	}
	return p.Name()
}

// typeName is the type as the table writes it.
func typeName(t types.Type) string {
	if b, ok := t.(*types.Basic); ok && b.Kind() != types.Invalid {
		return types.Typ[b.Kind()].Name() // not byte and rune
	}
	name := types.TypeString(t, func(p *types.Package) string {
		for _, e := range table {
			for _, path := range e.Imports {
				if path == p.Path() {
					return p.Name()
				}
			}
		}
		return p.Path() // no name in the table has one
	})
	return strings.ReplaceAll(strings.ReplaceAll(name, "[]uint8", "[]byte"), "[16]uint8", "[16]byte")
}

// jsonOf is a Go type that crosses as JSON.
func jsonOf(t types.Type, sql string) Type {
	j := JSON(authorName(t), sql)
	for _, path := range imports(t) {
		j.Imports = with(j.Imports, path)
	}
	return j
}

// imports are the packages that the name of a type names, but for the author's.
func imports(t types.Type) (paths []string) {
	types.TypeString(t, func(p *types.Package) string {
		if knownPackages[p.Path()] != nil {
			paths = append(paths, p.Path())
		}
		return ""
	})
	return paths
}

// authorName is a type as generated code writes it, in which the author's package
// is called author.
func authorName(t types.Type) string {
	return types.TypeString(t, func(p *types.Package) string {
		if knownPackages[p.Path()] != nil {
			return p.Name()
		}
		return "author"
	})
}

// remedy says what to write instead of a type that is not supported; nothing, if an SQL type would
// do.
func remedy(t types.Type) string {
	if t == types.Typ[types.Invalid] {
		return "it is not one of the types that pgbuild knows; " + Allowed
	}
	switch t := t.(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.Int:
			return "use int64 (bigint), int32 (integer) or int16 (smallint)"
		case types.Uint, types.Uint64, types.Uintptr:
			return "SQL has no unsigned integers; use int64 (bigint)"
		case types.Int8, types.Uint8, types.Uint16:
			return "use int16 (smallint) or int32 (integer)"
		}
	case *types.Slice:
		return "use string (text)" // of the slices, only []rune comes here
	case *types.Named:
		if _, ok := t.Underlying().(*types.Struct); ok && local(t) {
			name := t.Obj().Name()
			return "write //pg:composite above " + name + " to make it a composite type, or //pg:type NAME if the SQL type exists; a function that returns a table of such rows returns an iter.Seq[" + name + "]"
		}
		if _, ok := lookup(typeName(t.Underlying()), ""); ok && local(t) {
			return "use " + types.TypeString(t.Underlying(), shortName) + ", or write //pg:type NAME above " + t.Obj().Name()
		}
	case *types.Map, *types.Interface, *types.Struct:
		return ""
	}
	return Allowed
}

func local(t *types.Named) bool {
	return t.Obj().Pkg() != nil && knownPackages[t.Obj().Pkg().Path()] == nil
}

// Allowed says which types there are.
const Allowed = "allowed are bool, int16, int32, int64, float32, float64, string, []byte, time.Time and the others of docs/functions.md, slices of them, and pointers to them for NULL"
