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
// is a text. It can be a few types only, and so does not come here again. It is not ok if arg has a
// text of its own, which a statement can ask more types of than of a number or a time; but what is
// NULL or a text to a driver is that, and not what it is in JSON.
func valuer(o *codec.Out, s *host.Slot, arg any, method reflect.Value) (t sqlType, ok bool, err error) {
	out := method.Call(nil)
	if err, failed := out[1].Interface().(error); failed {
		return sqlType{}, true, err
	}
	value := out[0].Interface()
	if text, isString := value.(string); isString {
		return sqlType{code: host.Text, oid: host.Infer}, true, codec.PutText(o, s, text)
	}
	if value != nil && implements(reflect.TypeOf(arg), texts) {
		return sqlType{}, false, nil
	}
	switch v := value.(type) {
	case nil, bool, int64, float64, []byte:
		t, err = parameter(o, s, v)
	case timeValue:
		t, err = foreign(o, s, v)
	default:
		err = errParameter(v)
	}
	return t, true, err
}

var texts = []reflect.Type{reflect.TypeFor[textValue](), reflect.TypeFor[jsonValue]()}
