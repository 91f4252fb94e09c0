package pg

import (
	"errors"
	"reflect"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Refusals name the type in SQL, the type in Go, and what to write instead.

var codeNames = [...]string{
	host.Bool: "a boolean", host.Int2: "a smallint", host.Int4: "an integer", host.Int8: "a bigint",
	host.Float4: "a real", host.Float8: "a double precision", host.Text: "a text", host.Bytea: "a bytea",
	host.OID: "an oid", host.Date: "a date", host.Time: "a time", host.Timestamp: "a timestamp", host.Timestamptz: "a timestamptz",
	host.UUID: "a uuid", host.Interval: "an interval", host.Binary: "a value in binary", host.Array: "an array",
	host.Record: "a record", host.Row: "a record",
}

// takers are what to write instead.
var takers = [...]string{
	host.Bool: "bool", host.Int2: "int16", host.Int4: "int32", host.Int8: "int64",
	host.Float4: "float32", host.Float8: "float64", host.Text: "string", host.Bytea: "[]byte",
	host.OID: "uint32", host.Date: "time.Time or string", host.Time: "time.Duration or string", host.Timestamp: "time.Time or string",
	host.Timestamptz: "time.Time or string",
	host.UUID:        "pg.UUID or string", host.Interval: "pg.Interval or string", host.Binary: "string",
	host.Array:  "a slice of what takes its elements",
	host.Record: "pg.Record or a struct with its columns as fields", host.Row: "pg.Record or a struct with its columns as fields",
}

// String returns the type as people call it.
func (t sqlType) String() string {
	switch t.oid {
	case oidNumeric:
		return "a numeric"
	case oidJSON:
		return "a json"
	case oidJSONB:
		return "a jsonb"
	}
	return codeNames[t.code]
}

func (t sqlType) taker() string {
	switch t.oid {
	case oidNumeric:
		return "pg.Numeric or float64"
	case oidJSON, oidJSONB:
		return "json.RawMessage or string"
	}
	return takers[t.code]
}

// typeName is the type of what a destination points to.
func typeName(dest any) string {
	t := reflect.TypeOf(dest)
	if t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil {
		return "nil"
	}
	return t.String()
}

// mismatch is the refusal of a type.
type mismatch struct {
	typ  sqlType
	dest any
}

func (e *mismatch) Error() string {
	return "it is " + e.typ.String() + ", which " + typeName(e.dest) + " cannot take; use " + e.typ.taker()
}

func errType(t sqlType, dest any) error { return &mismatch{t, dest} }

// errElements is the refusal of an array for the type of its elements.
func errElements(element sqlType, dest any) error {
	return errors.New("it is " + element.String() + "[], which " + typeName(dest) + " cannot take; use a slice of " + element.taker())
}

func errNull(dest any) error {
	return errors.New("it is NULL, which " + typeName(dest) + " cannot be; use *" + typeName(dest))
}

func errRange(dest any) error {
	return errors.New("the value is out of the range of " + typeName(dest) + ", or not exact in it")
}

func errDestination(dest any) error {
	if dest == nil {
		return errors.New("its destination is nil; pass the address of a variable")
	}
	return errors.New("its destination is of type " + typeNameOf(dest) + ", and no address of a variable; pass &v")
}

func errParameter(arg any) error {
	return errors.New("type " + typeNameOf(arg) + " has no form in SQL; pass a number, a text, a slice, a struct or what pg.Exec's documentation lists")
}

func typeNameOf(v any) string { return reflect.TypeOf(v).String() }

func errNoStruct(t reflect.Type) error {
	return errors.New("pg: " + t.String() + " is no struct that a row could be; use pg.RowTo for a row of one column")
}
