package pg

import (
	"errors"
	"reflect"
	"strings"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Columns and fields of structs find each other by name: a field is the column of its tag
// (`pg:"name"`, or `db:"name"` as other libraries have it), or that of its own name, in
// which neither case nor underscores count: OrderID is order_id. A tag "-" leaves it out.
// Embedded structs are as if their fields stood in their place.

// field is a field of a struct, with where it is.
type field struct {
	name   string // for people
	column string // of its tag; empty if it has none
	index  []int
}

func (f *field) takes(column string) bool {
	if f.column != "" {
		return f.column == column
	}
	return plainName(f.name) == plainName(column)
}

func plainName(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }

// fieldsOfType returns the fields of a struct.
func fieldsOfType(t reflect.Type) (fields []field) {
	for i := 0; i < t.NumField(); i++ {
		f := t.Field(i)
		column, tagged := f.Tag.Lookup("pg")
		if !tagged {
			column, tagged = f.Tag.Lookup("db")
		}
		column, _, _ = strings.Cut(column, ",")
		switch {
		case column == "-":
		case f.Anonymous && !tagged && isPlainStruct(f.Type):
			for _, inner := range fieldsOfType(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				fields = append(fields, inner)
			}
		case f.IsExported():
			fields = append(fields, field{f.Name, column, []int{i}})
		}
	}
	return fields
}

// isPlainStruct reports whether a type is a struct that is no value of its own.
func isPlainStruct(t reflect.Type) bool {
	if t.Kind() != reflect.Struct || implements(t, destinations) || implements(t, valueDestinations) {
		return false
	}
	switch t {
	case reflect.TypeFor[Record](), reflect.TypeFor[Interval]():
		return false
	}
	return true
}

var valueDestinations = []reflect.Type{reflect.TypeFor[timeDestination](), reflect.TypeFor[destination]()}

// match is what columns and fields have to have in common.
type match int

const (
	partOfRow   match = iota // each field has a column
	wholeRow                 // and each column a field
	wholeRowLax              // each column has a field
	byPosition               // as many fields as columns, in their order
)

// fieldPlan says which fields the columns of a row go into. It is the one that was
// made last: rows of one query mostly go into one type.
type fieldPlan struct {
	typ    reflect.Type
	how    match
	fields [][]int // of each column; nil: none
}

func (p *fieldPlan) find(t reflect.Type, columns []string, how match) ([][]int, error) {
	if p.typ == t && p.how == how && len(p.fields) == len(columns) {
		return p.fields, nil
	}
	fields := fieldsOfType(t)
	plan := make([][]int, len(columns))
	if how == byPosition {
		if len(fields) != len(columns) {
			return nil, errors.New("pg: the row has " + host.Itoa(len(columns)) + " columns, " + t.String() + " has " + host.Itoa(len(fields)) + " fields")
		}
		for i, f := range fields {
			plan[i] = f.index
		}
		*p = fieldPlan{t, how, plan}
		return plan, nil
	}
	taken := make([]bool, len(fields))
	for i, column := range columns {
		for k := range fields {
			if !taken[k] && fields[k].takes(column) {
				plan[i], taken[k] = fields[k].index, true
				break
			}
		}
		if plan[i] == nil && how != partOfRow {
			return nil, errors.New("pg: " + t.String() + " has no field for column " + column)
		}
	}
	for k := range fields {
		if !taken[k] && how != wholeRowLax {
			return nil, errors.New("pg: the row has no column for field " + fields[k].name + " of " + t.String() + "; its columns are " + strings.Join(columns, ", "))
		}
	}
	*p = fieldPlan{t, how, plan}
	return plan, nil
}

// destinationsIn returns a destination for each column.
func destinationsIn(v reflect.Value, fields [][]int) []any {
	dest := make([]any, len(fields))
	for i, index := range fields {
		if index == nil {
			dest[i] = leftOut{}
		} else {
			dest[i] = v.FieldByIndex(index).Addr().Interface()
		}
	}
	return dest
}

// leftOut is the destination of a column that has none.
type leftOut struct{}

func (leftOut) scan(*host.Slot, sqlType) error { return nil }

// rowStruct returns the struct that a whole row goes into, if the only destination is one.
func rowStruct(dest []any, columns int, typ func(int) sqlType) (v reflect.Value, ok bool) {
	if len(dest) != 1 {
		return v, false
	}
	switch dest[0].(type) {
	case *int64, *int, *int32, *string, *bool, *float64, *[]byte, *any, nil:
		return v, false // most are these
	}
	p := reflect.ValueOf(dest[0])
	if p.Kind() != reflect.Pointer || p.IsNil() || !isPlainStruct(p.Type().Elem()) {
		return v, false
	}
	// A single column that is a row or JSON is the struct itself.
	if columns == 1 {
		if t := typ(0); t.code == host.Row || t.oid == oidJSON || t.oid == oidJSONB {
			return v, false
		}
	}
	return p.Elem(), true
}
