package pgtypes

import (
	"errors"
	"fmt"
	"go/types"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/pg/pgabi"
)

const rangePath = "github.com/pgstd/pgstd/pg/pgabi/rangecodec"

// rangeTypes are the types of ranges and multiranges. An author asks for them; to the language
// a range is a string, with which SQL can do the rest, unless the text takes it for more.
func rangeTypes() []Type {
	var all []Type
	for _, t := range []struct {
		goType, sql string
		width       int // of a bound as a word; 0: ranges cross as text
		get, put    string
		plain       bool
		imports     []string
	}{
		{"int32", "int4", 4, "codec.GetInt[int32]", "codec.PutInt[int32]", true, nil},
		{"int64", "int8", 8, "codec.GetInt[int64]", "codec.PutInt[int64]", true, nil},
		{"pg.Numeric", "num", 0, "codec.GetText[pg.Numeric]", "codec.PutNumeric[pg.Numeric]", true, nil},
		{"time.Time", "tstz", 8, "timecodec.GetTimestamptz", "timecodec.PutTimestamptz", true, []string{timePath, "time"}},
		{"time.Time", "ts", 8, "timecodec.GetTimestamp", "timecodec.PutTimestamp", false, []string{timePath, "time"}},
		{"time.Time", "date", 4, "timecodec.GetDate", "timecodec.PutDate", false, []string{timePath, "time"}},
	} {
		for _, kind := range []struct{ name, suffix, call string }{{"Range", "range", ""}, {"Multirange", "multirange", "Multi"}} {
			goType, code := "pg."+kind.name+"["+t.goType+"]", byte(pgabi.Binary)
			if t.width == 0 {
				code = pgabi.Text
			}
			element := fmt.Sprintf("rangecodec.Element[%s]{Width: %d, Get: %s, Put: %s}", t.goType, t.width, t.get, t.put)
			all = append(all, Type{
				Go: goType, SQL: t.sql + kind.suffix, Code: code, plain: t.plain, asked: true,
				Get:     fmt.Sprintf("func(s *codec.Slot) (%[1]s, error) { return rangecodec.Get%[2]s[%[1]s](s, %[3]s) }", goType, kind.call, element),
				Put:     fmt.Sprintf("func(o *codec.Out, s *codec.Slot, v %[1]s) error { return rangecodec.Put%[2]s(o, s, v, %[3]s) }", goType, kind.call, element),
				Imports: append([]string{codecPath, rangePath, pgPath}, t.imports...),
			})
		}
	}
	return all
}

// RangeOf returns the type that a range or a multirange has in Go, if it has any but a string.
func RangeOf(sql string) (t Type, ok bool) {
	i := slices.IndexFunc(table, func(t Type) bool { return t.SQL == sql && isRange(sql) && !t.foreign })
	if i < 0 {
		return t, false
	}
	return table[i], true
}

// isRange reports whether an SQL type is one of those of rangeTypes.
func isRange(sql string) bool {
	return slices.ContainsFunc(rangeTypes(), func(t Type) bool { return t.SQL == sql })
}

// wholeKinds are the types of arrays that are more than slices, and what their functions are called.
var wholeKinds = map[string]string{"Array": "Whole", "Matrix": "Matrix"}

// whole returns the type of a pg.Array or a pg.Matrix; ok is false if t is none.
func (r *Resolver) whole(t types.Type, sql string) (whole Type, ok bool, err error) {
	n, isNamed := t.(*types.Named)
	if !isNamed || n.Obj().Pkg() == nil || n.Obj().Pkg().Path() != pgPath || n.TypeArgs().Len() != 1 {
		return Type{}, false, nil
	}
	name, call := n.Obj().Name(), wholeKinds[n.Obj().Name()]
	if call == "" {
		return Type{}, false, nil
	}
	if sql != "" {
		if !strings.HasSuffix(sql, "[]") {
			return Type{}, true, fmt.Errorf("a pg.%s is an array; write the type as %s[]", name, sql)
		}
		sql = strings.TrimSuffix(sql, "[]")
	}
	e, err := r.Resolve(n.TypeArgs().At(0), sql)
	switch {
	case err != nil:
		return Type{}, true, err
	case e.IsAny():
		return Type{}, true, errNoPart
	case e.Code == pgabi.Array:
		return Type{}, true, errors.New("an element of a pg." + name + " is one value; it has all dimensions itself")
	}
	return wholeOf(e, name, call), true, nil
}

// wholeOf returns the type of a pg.Array or a pg.Matrix with elements of a type.
func wholeOf(e Type, name, call string) Type {
	get := "func(s *codec.Slot) (" + e.Go + ", error) { return codec.NotNull(s, " + e.Get + ") }"
	if e.Nullable {
		get = e.Get
	}
	whole := Type{Go: "pg." + name + "[" + e.Go + "]", SQL: arrayOf(e), Code: pgabi.Array, Details: string(e.Code) + e.Details, Records: e.Records}
	whole.Get = fmt.Sprintf("func(s *codec.Slot) (%[1]s, error) { return codec.Get%[2]s[%[1]s](s, %[3]s) }", whole.Go, call, get)
	whole.Put = fmt.Sprintf("func(o *codec.Out, s *codec.Slot, v %[1]s) error { return codec.Put%[2]s(o, s, v, %[3]s) }", whole.Go, call, e.Put)
	whole.Imports = with(with(e.Imports, codecPath), pgPath)
	return whole
}
