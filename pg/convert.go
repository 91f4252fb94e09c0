package pg

import (
	"errors"
	"math"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// deref returns what a pointer argument points to, and nil for a nil pointer,
// with a value that has the type.
func deref[T any](p *T) (value any, zero T) {
	if p == nil {
		return nil, zero
	}
	return *p, *p
}

// parameter returns the value of an argument and the code of its SQL type.
func parameter(arg any) (value any, typ byte, err error) {
	switch v := arg.(type) {
	case nil:
		return nil, host.Text, nil
	case bool:
		return v, host.Bool, nil
	case int16:
		return v, host.Int2, nil
	case int32:
		return v, host.Int4, nil
	case int:
		return int64(v), host.Int8, nil
	case int64:
		return v, host.Int8, nil
	case float32:
		return v, host.Float4, nil
	case float64:
		return v, host.Float8, nil
	case string:
		if len(v) > host.MaxPayload {
			return nil, 0, errTooLong
		}
		if !host.ValidText(v) {
			return nil, 0, errors.New("the string is not valid UTF-8 or has a NUL, which text cannot hold")
		}
		return v, host.Text, nil
	case []byte:
		if len(v) > host.MaxPayload {
			return nil, 0, errTooLong
		}
		return v, host.Bytea, nil
	}
	return pointer(arg)
}

// pointer is parameter for pointers to what it takes.
func pointer(arg any) (value any, typ byte, err error) {
	var zero any
	switch v := arg.(type) {
	case *bool:
		value, zero = deref(v)
	case *int16:
		value, zero = deref(v)
	case *int32:
		value, zero = deref(v)
	case *int:
		value, zero = deref(v)
	case *int64:
		value, zero = deref(v)
	case *float32:
		value, zero = deref(v)
	case *float64:
		value, zero = deref(v)
	case *string:
		value, zero = deref(v)
	case *[]byte:
		value, zero = deref(v)
	default:
		return nil, 0, errors.New("its type is not possible here; use bool, int, int16, int32, int64, float32, float64, string, []byte, a pointer to one of them, or nil")
	}
	converted, typ, err := parameter(zero)
	if value == nil {
		return nil, typ, err
	}
	return converted, typ, err
}

// assign stores a column's value: nil, bool, int64, float64, string or []byte.
func assign(dest, value any) error {
	switch d := dest.(type) {
	case *any:
		*d = value
	case *bool:
		return set(d, value)
	case *int16:
		return setInt(d, value, math.MinInt16, math.MaxInt16)
	case *int32:
		return setInt(d, value, math.MinInt32, math.MaxInt32)
	case *int:
		return setInt(d, value, math.MinInt, math.MaxInt)
	case *int64:
		return set(d, value)
	case *float32:
		return setFloat32(d, value)
	case *float64:
		return set(d, value)
	case *string:
		return set(d, value)
	case *[]byte:
		return set(d, value)
	default:
		return assignNullable(dest, value)
	}
	return nil
}

// assignNullable is assign for pointers to pointers, which can take NULL.
func assignNullable(dest, value any) error {
	switch d := dest.(type) {
	case **bool:
		return nullable(d, value)
	case **int16:
		return nullable(d, value)
	case **int32:
		return nullable(d, value)
	case **int:
		return nullable(d, value)
	case **int64:
		return nullable(d, value)
	case **float32:
		return nullable(d, value)
	case **float64:
		return nullable(d, value)
	case **string:
		return nullable(d, value)
	case **[]byte:
		return nullable(d, value)
	}
	return errors.New("its destination is not a pointer to a type that Scan knows")
}

func nullable[T any](dest **T, value any) error {
	if value == nil {
		*dest = nil
		return nil
	}
	v := new(T)
	if err := assign(v, value); err != nil {
		return err
	}
	*dest = v
	return nil
}

var (
	errTooLong = errors.New("it is longer than the 1 GB that a value can have")
	errNull    = errors.New("it is NULL; scan it into a pointer to a pointer")
	errRange   = errors.New("the value is out of the destination's range")
)

func set[T any](dest *T, value any) error {
	if value == nil {
		return errNull
	}
	v, ok := value.(T)
	if !ok {
		return errors.New("it is a " + nameOf(value) + ", which the destination cannot take")
	}
	*dest = v
	return nil
}

func setInt[T int | int16 | int32](dest *T, value any, low, high int64) error {
	var v int64
	if err := set(&v, value); err != nil {
		return err
	}
	if v < low || v > high {
		return errRange
	}
	*dest = T(v)
	return nil
}

func setFloat32(dest *float32, value any) error {
	var v float64
	if err := set(&v, value); err != nil {
		return err
	}
	if f := float32(v); float64(f) == v || v != v {
		*dest = f
		return nil
	}
	return errRange
}

func nameOf(value any) string {
	switch value.(type) {
	case bool:
		return "boolean"
	case int64:
		return "whole number"
	case float64:
		return "floating-point number"
	case []byte:
		return "bytea"
	}
	return "text"
}
