package pgtypes

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/pgstd/pgstd/pg/pgabi"
)

// Pointer returns the type *T.
func (t Type) Pointer() Type {
	p := t
	p.Go, p.Nullable, p.target = "*"+t.Go, true, &t
	p.Get = "func(s *codec.Slot) (" + p.Go + ", error) { return codec.GetPointer(s, " + t.Get + ") }"
	p.Put = "func(o *codec.Out, s *codec.Slot, v " + p.Go + ") error { return codec.PutPointer(o, s, v, " + t.Put + ") }"
	p.Imports = with(t.Imports, codecPath)
	return p
}

// Slice returns the type []T, which is an array.
func (t Type) Slice() Type {
	a := t
	a.Go, a.SQL, a.Nullable, a.Simple, a.fixed = "[]"+t.Go, t.SQL+"[]", false, "", false
	a.Code, a.Details = pgabi.Array, string(t.Code)+t.Details
	a.target = nil
	a.element = &t
	element, name := &t, "Slice"
	switch {
	case t.target != nil:
		element, name = t.target, "Pointers"
	case t.Nullable:
		name = "Nullables"
	case t.fixed:
		a.Get, a.Put = "codec.GetFixed["+t.Go+"]", "codec.PutFixed["+t.Go+"]"
		return a
	}
	a.Get = "func(s *codec.Slot) (" + a.Go + ", error) { return codec.Get" + name + "(s, " + element.Get + ") }"
	if t.Get == "codec.GetText["+t.Go+"]" {
		a.Get = "codec.GetTexts[" + t.Go + "]"
	}
	if name == "Nullables" {
		name = "Slice"
	}
	a.Put = "func(o *codec.Out, s *codec.Slot, v " + a.Go + ") error { return codec.Put" + name + "(o, s, v, " + element.Put + ") }"
	a.Imports = with(t.Imports, codecPath)
	return a
}

// Whole returns, for an array, the type of a pg.Array or pg.Matrix of the same elements, or of
// pointers to them.
func (t Type) Whole(name string, nulls bool) Type {
	e := *t.element
	if nulls && !e.Nullable {
		e = e.Pointer()
	}
	return wholeOf(e, name, wholeKinds[name]).As(t.SQL)
}

// Nullables returns, for an array of one dimension, the type []*T.
func (t Type) Nullables() Type { return t.element.Pointer().Slice().As(t.SQL) }

// Rows returns the type []T for an array []…: an array of one more dimension.
func (t Type) Rows() Type {
	r := t
	depth := 1
	for r.rows != nil {
		r, depth = *r.rows, depth+1
	}
	r = t
	r.Go, r.rows, r.fixed = "[]"+t.Go, &t, false
	r.Get = fmt.Sprintf("func(s *codec.Slot) (%s, error) { return codec.GetRows(s, %d, %s) }", r.Go, depth+1, t.Get)
	r.Put = "func(o *codec.Out, s *codec.Slot, v " + r.Go + ") error { return codec.PutRows(o, s, v, " + t.Put + ") }"
	return r
}

// Dimensions returns the type for an array of one dimension, if it is one, with as many
// as dims says.
func (t Type) Dimensions(dims int) Type {
	if !t.IsArray() {
		return t
	}
	for ; dims > 1; dims-- {
		t = t.Rows()
	}
	return t
}

// PutFrom returns, for an integer, the type of those of another Go type, for results: one that does
// not fit is an ERROR.
func (t Type) PutFrom(goType string) Type {
	t.Put = "codec.PutFitting[" + t.Go + ", " + goType + "]"
	t.Go, t.Simple, t.Get, t.fixed = goType, "", "", false
	return t
}

// IsArray reports whether the type is a slice that is an array of SQL's.
func (t Type) IsArray() bool { return t.Code == pgabi.Array && !t.view && t.target == nil }

// IsNested reports whether the type is an array of several dimensions.
func (t Type) IsNested() bool { return t.rows != nil }

// As returns the type with another name of the SQL type: of a domain over it, or,
// for a string, of any type, which then crosses as text.
func (t Type) As(sql string) Type {
	t.SQL, t.Simple = sql, ""
	return t
}

// Defined returns the type for a Go type that is defined as t's.
func (t Type) Defined(goType string) Type {
	d := t
	d.Get, d.Put = strings.Replace(t.Get, "["+t.Go+"]", "["+goType+"]", 1), strings.Replace(t.Put, "["+t.Go+"]", "["+goType+"]", 1)
	d.Go, d.Simple = goType, ""
	return d
}

// By returns the type for another Go type and SQL type, which cross by functions of their own.
func (t Type) By(goType, sql, get, put string) Type {
	t = t.As(sql)
	t.Go, t.Get, t.Put, t.fixed = goType, get, put, false
	return t
}

// JSON returns a Go type that crosses as the SQL type json or jsonb.
func JSON(goType, sql string) Type {
	return Type{
		Go: goType, SQL: sql, Code: pgabi.Text,
		Get: "jsoncodec.Get[" + goType + "]", Put: "jsoncodec.Put[" + goType + "]",
		Imports: []string{codecPath, jsonPath},
	}
}

// with returns imports with one more, once.
func with(imports []string, path string) []string {
	for _, i := range imports {
		if i == path {
			return imports
		}
	}
	return append(imports[:len(imports):len(imports)], path)
}

// Record is a Go struct that crosses as a composite type.
type Record struct {
	Name   string // in names of generated functions
	Go     string
	Fields []Field
	unread []string // names that fields of columns would have that are left out
}

// Field is a field of a Record.
type Field struct {
	Go   string
	SQL  string // the column's name
	Type Type
}

// RecordType returns the type of a struct.
func RecordType(r *Record, sql string) Type {
	t := Type{
		Go: r.Go, SQL: sql, Code: pgabi.Record, Details: Details(r.Fields),
		Get: "get" + r.Name, Put: "put" + r.Name, Imports: []string{codecPath},
	}
	for _, f := range r.Fields {
		for _, i := range f.Type.Imports {
			t.Imports = with(t.Imports, i)
		}
		t.Records = append(t.Records, f.Type.Records...)
	}
	t.Records = append(t.Records, r)
	return t
}

// Details are those of a record with these fields. A field without an SQL name
// goes by its position.
func Details(fields []Field) string {
	var b strings.Builder
	b.Write(binary.LittleEndian.AppendUint16(nil, uint16(len(fields))))
	for _, f := range fields {
		b.WriteByte(byte(len(f.SQL)))
		b.WriteString(f.SQL)
		b.WriteByte(f.Type.Code)
		b.WriteString(f.Type.Details)
	}
	return b.String()
}

// MaxFields is the largest number of fields of a record: PostgreSQL's limit for a row.
const MaxFields = 1664

// Getting is the Go expression that reads a slot.
func (t Type) Getting(slot string) string {
	if t.target != nil {
		return "codec.GetPointer(" + slot + ", " + t.target.Get + ")"
	}
	return t.Get + "(" + slot + ")"
}

// Putting is the Go expression that writes a value to a slot.
func (t Type) Putting(out, slot, value string) string {
	if t.target != nil {
		return "codec.PutPointer(" + out + ", " + slot + ", " + value + ", " + t.target.Put + ")"
	}
	return t.Put + "(" + out + ", " + slot + ", " + value + ")"
}
