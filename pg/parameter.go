package pg

import (
	"math"
	"reflect"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// sqlType is how a parameter is passed: its code, and the OID of its SQL type where
// the code does not say it.
type sqlType struct {
	code byte
	oid  uint32
}

// OIDs of SQL types that have no code of their own.
const (
	oidJSON    = 114
	oidInet    = 869
	oidJSONB   = 3802
	oidNumeric = 1700
	oidRecord  = 2249
)

// Interfaces of types of packages that pg must not import: what does not use them
// should not carry them.
type (
	timeValue interface { // time.Time
		Unix() int64
		Nanosecond() int
	}
	durationValue interface { // time.Duration
		Microseconds() int64
		Nanoseconds() int64
	}
	textValue interface{ MarshalText() ([]byte, error) }
	jsonValue interface{ MarshalJSON() ([]byte, error) }
)

// wordParameter returns the value of an argument that fits in a slot: there is nothing to keep
// for it, nothing that can fail, and no code of its own that runs.
func wordParameter(arg any) (s host.Slot, t sqlType, ok bool) {
	switch v := arg.(type) {
	case int64:
		return host.Slot{Word: uint64(v)}, sqlType{code: host.Int8}, true
	case int:
		return host.Slot{Word: uint64(v)}, sqlType{code: host.Int8}, true
	case int32:
		return host.Slot{Word: uint64(v)}, sqlType{code: host.Int4}, true
	case int16:
		return host.Slot{Word: uint64(v)}, sqlType{code: host.Int2}, true
	case uint32:
		return host.Slot{Word: uint64(v)}, sqlType{code: host.OID}, true
	case bool:
		_ = codec.PutBool(nil, &s, v)
		return s, sqlType{code: host.Bool}, true
	case float64:
		_ = codec.PutFloat8(nil, &s, v)
		return s, sqlType{code: host.Float8}, true
	case float32:
		_ = codec.PutFloat4(nil, &s, v)
		return s, sqlType{code: host.Float4}, true
	}
	return host.Slot{}, sqlType{}, false
}

// parameter makes s the value of an argument.
func parameter(o *codec.Out, s *host.Slot, arg any) (sqlType, error) {
	if word, t, ok := wordParameter(arg); ok {
		*s = word
		return t, nil
	}
	switch v := arg.(type) {
	case nil:
		*s = host.Slot{Flags: host.Null}
		return sqlType{code: host.Text, oid: host.Infer}, nil
	case string:
		return sqlType{code: host.Text}, codec.PutText(o, s, v)
	case []byte:
		return sqlType{code: host.Bytea}, codec.PutBytea(o, s, v)
	case UUID:
		return sqlType{code: host.UUID}, codec.PutUUID(o, s, v)
	case [16]byte:
		return sqlType{code: host.UUID}, codec.PutUUID(o, s, v)
	case Numeric:
		return sqlType{code: host.Text, oid: oidNumeric}, codec.PutNumeric(o, s, v)
	case Interval:
		return sqlType{code: host.Interval}, codec.PutInterval(o, s, v)
	case Record:
		return sqlType{code: host.Row, oid: host.Infer}, putRecord(o, s, v)
	case *Record: // which has JSON, too
		if v != nil {
			return parameter(o, s, *v)
		}
	case parameterValue:
		if isNil(arg) {
			return null(s, arg)
		}
		return v.parameter(o, s)
	}
	if isNil(arg) {
		return null(s, arg)
	}
	if t, ok, err := sliceParameter(o, s, arg); ok {
		return t, err
	}
	return foreign(o, s, arg)
}

// parameterValue is what [ArrayOf] returns, and what is made of Ts of all kinds.
type parameterValue interface {
	parameter(o *codec.Out, s *host.Slot) (sqlType, error)
}

// isNil reports whether arg is a nil pointer. Of what is no pointer, an interface
// points to a copy.
func isNil(arg any) bool {
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&arg))[1] == nil
}

// null makes s the NULL of a nil pointer's type.
func null(s *host.Slot, arg any) (sqlType, error) {
	t := sqlType{code: host.Text, oid: host.Infer}
	switch arg.(type) {
	case *Record:
		t = sqlType{code: host.Row, oid: host.Infer}
	case *bool:
		t = sqlType{code: host.Bool}
	case *int16:
		t = sqlType{code: host.Int2}
	case *int32:
		t = sqlType{code: host.Int4}
	case *int, *int64:
		t = sqlType{code: host.Int8}
	case *float32:
		t = sqlType{code: host.Float4}
	case *float64:
		t = sqlType{code: host.Float8}
	case *string:
		t = sqlType{code: host.Text}
	case *[]byte:
		t = sqlType{code: host.Bytea}
	case *uint32:
		t = sqlType{code: host.OID}
	case *UUID, *[16]byte:
		t = sqlType{code: host.UUID}
	case *Numeric:
		t.oid = oidNumeric
	case *Interval:
		t = sqlType{code: host.Interval}
	}
	if k := reflect.TypeOf(arg).Kind(); k == reflect.Chan || k == reflect.Func {
		return t, errParameter(arg)
	}
	*s = host.Slot{Flags: host.Null}
	return t, nil
}

// sliceParameter is parameter for slices: arrays.
func sliceParameter(o *codec.Out, s *host.Slot, arg any) (t sqlType, ok bool, err error) {
	var element byte
	var oid uint32
	t.code = host.Array
	switch v := arg.(type) {
	case []bool:
		element, err = host.Bool, codec.PutFixed(o, s, v)
	case []int16:
		element, err = host.Int2, codec.PutFixed(o, s, v)
	case []int32:
		element, err = host.Int4, codec.PutFixed(o, s, v)
	case []int64:
		element, err = host.Int8, codec.PutFixed(o, s, v)
	case []int:
		// An int is an int64 on every target.
		element, err = host.Int8, codec.PutFixed(o, s, unsafe.Slice((*int64)(unsafe.Pointer(unsafe.SliceData(v))), len(v)))
	case []float32:
		element, err = host.Float4, codec.PutFixed(o, s, v)
	case []float64:
		element, err = host.Float8, codec.PutFixed(o, s, v)
	case []uint32:
		element, err = host.OID, codec.PutFixed(o, s, v)
	case []string:
		element, err = host.Text, codec.PutSlice(o, s, v, codec.PutText[string])
	case []*string:
		element, err = host.Text, codec.PutPointers(o, s, v, codec.PutText[string])
	case [][]byte:
		element, err = host.Bytea, codec.PutSlice(o, s, v, codec.PutBytea[[]byte])
	case []UUID:
		element, err = host.UUID, codec.PutFixed(o, s, v)
	case []Interval:
		element, err = host.Interval, codec.PutFixed(o, s, v)
	case []Numeric:
		oid = oidNumeric
		element, err = host.Text, codec.PutSlice(o, s, v, codec.PutNumeric[Numeric])
	default:
		return t, false, nil
	}
	if err == nil {
		codec.SetElement(s, element, oid)
	}
	return t, true, err
}

// foreign is parameter for types of other packages, by what they can do.
func foreign(o *codec.Out, s *host.Slot, arg any) (sqlType, error) {
	// Before its methods: a composite type may have a text that SQL does not know.
	if columns, values := codec.Composite(arg); columns != nil {
		return makeRow(o, s, columns, values)
	}
	switch v := arg.(type) {
	case timeValue:
		// PostgreSQL's range, in seconds since 2000.
		const epoch, low, end = 946684800, -211813488000, 9223371331200
		seconds := v.Unix() - epoch
		switch codec.Infinite(v.Unix()) {
		case 1:
			return sqlType{code: host.Timestamptz}, codec.PutInt(o, s, int64(math.MaxInt64))
		case -1:
			return sqlType{code: host.Timestamptz}, codec.PutInt(o, s, int64(math.MinInt64))
		}
		if seconds < low || seconds >= end {
			return sqlType{}, &codec.Error{Code: "22008", Message: "the timestamp is out of range"}
		}
		*s = host.Slot{Word: uint64(seconds*1e6 + int64(v.Nanosecond()/1e3))}
		if ahead, own := codec.Clock(arg); own {
			// What it shows counts where SQL takes a date or a timestamp.
			s.Flags, s.Size = host.Clock, uint32(ahead)
		}
		return sqlType{code: host.Timestamptz}, nil
	case durationValue:
		return sqlType{code: host.Interval}, codec.PutInterval(o, s, Interval{Microseconds: v.Microseconds()})
	}
	v := reflect.ValueOf(arg)
	if value := v.MethodByName("Value"); value.IsValid() && isValuer(value.Type()) {
		if t, ok, err := valuer(o, s, arg, value); ok {
			return t, err
		}
	}
	switch v := arg.(type) {
	case textValue:
		text, err := v.MarshalText()
		if err != nil {
			return sqlType{}, err
		}
		return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, string(text))
	case jsonValue:
		text, err := v.MarshalJSON()
		if err != nil {
			return sqlType{}, err
		}
		return sqlType{code: host.Text, oid: host.Infer}, codec.PutText(o, s, string(text))
	}
	if v.Kind() != reflect.Pointer && implements(v.Type(), values) {
		// By methods of its pointer. They may write to it: it is a copy.
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		return foreign(o, s, p.Interface())
	}
	return makeParameter(o, s, v)
}
