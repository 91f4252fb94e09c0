package pgtypes

import (
	"go/types"

	"github.com/pgstd/pgstd/pg/pgabi"
)

// AnyElement is the type that generic functions of the author's are for in generated code. As
// they cannot look into its values, these cross as text.
const AnyElement = "anyElement"

var anyElement = Type{
	Go: AnyElement, SQL: "anyelement", Code: pgabi.Text, Imports: []string{codecPath},
	Get: "codec.GetText[" + AnyElement + "]", Put: "codec.PutText[" + AnyElement + "]",
}

// arrayOf is the SQL type of arrays of a type.
func arrayOf(element Type) string {
	if element.SQL == anyElement.SQL && element.Code == pgabi.Text {
		return "anyarray"
	}
	return element.SQL + "[]"
}

// AnySQL is the SQL type of arguments that are of any type, each of its own.
const AnySQL = `"any"`

// IsAny reports whether a type is a pg.Any, which is an argument and no part of anything.
func (t *Type) IsAny() bool { return t.Code == pgabi.Any }

// AnyValue is the type of a polymorphic value that is looked into.
func AnyValue(sql string) Type {
	t, _ := lookup("pg.Any", AnySQL)
	return t.As(sql)
}

// AnyList is the type of a polymorphic array whose elements are seen, each as its text.
func AnyList(sql string, nulls bool) Type {
	element, _ := lookup("string", "text")
	if nulls {
		element = element.Pointer()
	}
	return element.Slice().As(sql)
}

// AnyText is the type of a polymorphic value that is seen as its text.
func AnyText(sql string) Type {
	text, _ := lookup("string", "text")
	return text.As(sql)
}

// IsAnyArray reports whether an SQL type stands for arrays of all types.
func IsAnyArray(sql string) bool { return sql == "anyarray" || sql == "anycompatiblearray" }

// Polymorphic reports whether a type is what SQL finds out at each call.
func (t *Type) Polymorphic() bool { return t.SQL == "anyelement" || t.SQL == "anyarray" }

// IsPolymorphic reports whether SQL finds out at each call what a type of this name is.
func IsPolymorphic(sql string) bool {
	switch sql {
	case "anyelement", "anyarray", "anynonarray", "anyenum", "anyrange", "anymultirange",
		"anycompatible", "anycompatiblearray", "anycompatiblenonarray", "anycompatiblerange", "anycompatiblemultirange":
		return true
	}
	return false
}

// hasParameter reports whether a type is made of a type parameter.
func hasParameter(t types.Type) bool {
	switch t := types.Unalias(t).(type) {
	case *types.TypeParam:
		return true
	case *types.Pointer:
		return hasParameter(t.Elem())
	case *types.Slice:
		return hasParameter(t.Elem())
	case *types.Array:
		return hasParameter(t.Elem())
	case *types.Map:
		return hasParameter(t.Key()) || hasParameter(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if hasParameter(f.Type()) {
				return true
			}
		}
	case *types.Named:
		for i := range t.TypeArgs().Len() {
			if hasParameter(t.TypeArgs().At(i)) {
				return true
			}
		}
	}
	return false
}
