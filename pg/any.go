package pg

import (
	"errors"
	"runtime"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Any is an argument of whatever type: a function that takes one is declared with "any" in
// SQL, or with anyelement and the like. It can be a parameter of a statement, of its own type.
type Any struct {
	column host.Column
	value  host.Slot
	keep   *codec.Out // nil: there is no value
}

var errNoAny = errors.New("a pg.Any that is no argument has no value")

// OID returns the OID of the value's type.
func (a Any) OID() uint32 { return a.column.OID }

// Get copies the value into what dest points to, as [Row.Scan] does: an int64 takes whole
// numbers of all sizes, a string all but numbers, booleans and bytea, an any everything.
func (a Any) Get(dest any) error {
	if a.keep == nil {
		return errNoAny
	}
	err := scan(dest, &a.value, a.sqlType())
	runtime.KeepAlive(a.keep)
	return err
}

// String returns the value as SQL shows it. It is SQL, with what [Exec] says of that; where
// there is none, it is empty.
func (a Any) String() string {
	if a.keep == nil {
		return ""
	}
	text, err := shown(&a.value, a.sqlType())
	runtime.KeepAlive(a.keep)
	if err != nil {
		return ""
	}
	return text
}

// MarshalJSON returns the value as to_json has it. It is SQL, with what [Exec] says of that.
func (a Any) MarshalJSON() ([]byte, error) {
	var text string
	if err := QueryRow("SELECT pg_catalog.to_json($1)", a).Scan(&text); err != nil {
		return nil, err
	}
	return []byte(text), nil
}

func (a Any) sqlType() sqlType { return sqlType{byte(a.column.Type), a.column.OID} }

func (a Any) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	if a.keep == nil {
		return sqlType{}, errNoAny
	}
	// A copy: what takes an array writes in it what its elements are.
	*s = codec.Clone(o, &a.value, byte(a.column.Type), byte(a.column.Type>>8))
	return a.sqlType(), nil
}

// Generated code gets one by way of codec, as it does a Record.
var _ = codec.SetAny(func(s *codec.Slot) any {
	o := &codec.Out{}
	row := codec.GetRow(o, s)
	return Any{column: row.Columns[0], value: row.Values[0], keep: o}
})
