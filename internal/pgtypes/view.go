package pgtypes

import (
	"strings"

	"github.com/pgstd/pgstd/pg/pgabi"
)

// viewTypes are the arrays that an argument can be read from without a copy.
func viewTypes() []Type {
	var types []Type
	for _, t := range ownTypes {
		switch t.Go {
		case "bool", "int16", "int32", "int64", "uint32", "float32", "float64", "pg.UUID", "pg.Interval":
			types = append(types, Type{
				Go: "pg.View[" + t.Go + "]", SQL: t.SQL + "[]", Code: pgabi.Array, Details: string(t.Code),
				Get:     "codec.GetView[pg.View[" + t.Go + "], " + t.Go + "]",
				Imports: []string{codecPath, pgPath}, plain: true, view: true,
			})
		}
	}
	return types
}

// InPlace returns the type of an argument that a function does nothing with but look at the elements:
// a slice that is read where it is, without a copy. The elements have to be of a predeclared type.
func (t Type) InPlace() (Type, bool) {
	if t.element == nil || !t.element.fixed {
		return t, false
	}
	switch t.element.Go {
	case "bool", "int16", "int32", "int64", "uint32", "float32", "float64":
		if get, ok := strings.CutPrefix(t.Get, "codec.GetFixed["); ok {
			t.Get = "codec.GetInPlace[" + get
			return t, true
		}
	}
	return t, false
}

// View reports whether a type is valid only while the function runs that it is an
// argument of.
func (t *Type) View() bool { return t.view }
