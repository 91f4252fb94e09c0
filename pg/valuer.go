package pg

import (
	"reflect"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

var errorType = reflect.TypeFor[error]()

// isValuer reports whether a method is that of a driver.Valuer. Its package is known by name: what
// does not use it should not carry it.
func isValuer(method reflect.Type) bool {
	if method.NumIn() != 0 || method.NumOut() != 2 || method.Out(1) != errorType {
		return false
	}
	value := method.Out(0)
	return value.Kind() == reflect.Interface && value.Name() == "Value" && value.PkgPath() == "database/sql/driver"
}

// valuer makes s what a driver.Valuer returns, of the type that the statement asks for where that
// is a text. It can be a few types only, and so does not come here again.
func valuer(o *codec.Out, s *host.Slot, method reflect.Value) (sqlType, error) {
	out := method.Call(nil)
	if err, ok := out[1].Interface().(error); ok {
		return sqlType{}, err
	}
	switch v := out[0].Interface().(type) {
	case string:
		return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, v)
	case nil, bool, int64, float64, []byte:
		return parameter(o, s, v)
	case timeValue:
		return foreign(o, s, v)
	default:
		return sqlType{}, errParameter(v)
	}
}
