package extension

import (
	"go/types"

	"github.com/pgstd/pgstd/pg/pgabi"
)

// Type is a type that crosses between SQL and Go.
type Type uint8

// The types, numbered as in the host's ABI.
const (
	Void   Type = pgabi.Void
	Bool   Type = pgabi.Bool
	Int2   Type = pgabi.Int2
	Int4   Type = pgabi.Int4
	Int8   Type = pgabi.Int8
	Float4 Type = pgabi.Float4
	Float8 Type = pgabi.Float8
	Text   Type = pgabi.Text
	Bytea  Type = pgabi.Bytea
)

// typeTable is indexed by Type: the names in SQL, in Go, and of the methods of
// pgabi.Slot that read (M) and write (SetM) the type.
var typeTable = [...]struct{ sql, goType, method string }{
	Void:   {"void", "", "Void"},
	Bool:   {"boolean", "bool", "Bool"},
	Int2:   {"smallint", "int16", "Int2"},
	Int4:   {"integer", "int32", "Int4"},
	Int8:   {"bigint", "int64", "Int8"},
	Float4: {"real", "float32", "Float4"},
	Float8: {"double precision", "float64", "Float8"},
	Text:   {"text", "string", "Text"},
	Bytea:  {"bytea", "[]byte", "Bytea"},
}

const allowedTypes = "bool, int16, int32, int64, float32, float64, string, []byte, or a pointer to one of them for NULL"

// SQL returns the type's name in SQL.
func (t Type) SQL() string { return typeTable[t].sql }

// byValue reports whether a Datum of the type holds the value itself.
func (t Type) byValue() bool { return t != Text && t != Bytea }

func (t Type) method() string { return typeTable[t].method }

var basicTypes = map[types.BasicKind]Type{
	types.Bool:    Bool,
	types.Int16:   Int2,
	types.Int32:   Int4,
	types.Int64:   Int8,
	types.Float32: Float4,
	types.Float64: Float8,
	types.String:  Text,
}

// typeOf returns the Type for a Go type and whether it is nullable. Aliases are
// followed; defined types are not, as their meaning is not that of the
// underlying type (time.Duration is no bigint).
func typeOf(t types.Type) (typ Type, nullable, ok bool) {
	t = types.Unalias(t)
	if p, isPointer := t.(*types.Pointer); isPointer {
		t, nullable = types.Unalias(p.Elem()), true
	}
	switch t := t.(type) {
	case *types.Basic:
		typ, ok = basicTypes[t.Kind()]
	case *types.Slice:
		if e, isBasic := types.Unalias(t.Elem()).(*types.Basic); isBasic && e.Kind() == types.Uint8 {
			typ, ok = Bytea, true
		}
	}
	return typ, nullable, ok
}

// typeRemedy says what to write instead of a type that is not supported.
func typeRemedy(t types.Type) string {
	t = types.Unalias(t)
	if p, ok := t.(*types.Pointer); ok {
		t = types.Unalias(p.Elem())
	}
	switch t := t.(type) {
	case *types.Basic:
		switch t.Kind() {
		case types.Int:
			return "use int64 (bigint), int32 (integer) or int16 (smallint)"
		case types.Uint, types.Uint32, types.Uint64, types.Uintptr:
			return "SQL has no unsigned integers; use int64 (bigint)"
		case types.Int8, types.Uint8, types.Uint16:
			return "use int16 (smallint) or int32 (integer)"
		}
	case *types.Slice:
		if e, ok := types.Unalias(t.Elem()).(*types.Basic); ok && e.Kind() == types.Int32 {
			return "use string (text)"
		}
	case *types.Named:
		if _, _, ok := typeOf(t.Underlying()); ok {
			return "use " + t.Underlying().String() + " and convert in the function"
		}
	}
	return "allowed are " + allowedTypes
}
