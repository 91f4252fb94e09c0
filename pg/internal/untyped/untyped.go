// Package untyped passes values as drivers of database/sql do: a parameter is of the type
// that the statement asks for, whatever Go type it has.
package untyped

import (
	"database/sql/driver"
	"math"
	"reflect"
	"strconv"
	"time"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
	// So that moments come as a time.Time.
	_ "github.com/pgstd/pgstd/pg/pgabi/timecodec"
)

// Text is the text of a value, of the type that the statement asks for.
type Text string

// Column is a destination that takes a value in the form that sql.Scanner knows.
type Column struct{ Value any }

// Scan takes the value.
func (c *Column) Scan(v any) error {
	c.Value = v
	return nil
}

// Value makes a parameter of what database/sql takes. What that does not know is left to
// package pg.
func Value(v any) (any, error) {
	if valuer, ok := v.(driver.Valuer); ok {
		if p := reflect.ValueOf(v); p.Kind() == reflect.Pointer && p.IsNil() {
			return nil, nil
		}
		inner, err := valuer.Value()
		if err != nil {
			return nil, err
		}
		v = inner
	}
	if b, ok := v.([]byte); ok {
		return Bytes(b), nil
	}
	if text, ok := text(v); ok {
		return text, nil
	}
	p := reflect.ValueOf(v)
	switch p.Kind() {
	case reflect.Pointer:
		if p.IsNil() {
			return nil, nil
		}
		return Value(p.Elem().Interface())
	case reflect.Bool:
		return Text(strconv.FormatBool(p.Bool())), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if _, ok := v.(time.Duration); !ok {
			return Text(strconv.FormatInt(p.Int(), 10)), nil
		}
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return Text(strconv.FormatUint(p.Uint(), 10)), nil
	case reflect.Float32, reflect.Float64:
		return Text(number(p.Float(), p.Type().Bits())), nil
	case reflect.String:
		return Text(p.String()), nil
	}
	return v, nil
}

// Bytes is a parameter of bytes, which is NULL for nil, as drivers have it.
func Bytes(b []byte) any {
	if b == nil {
		return nil
	}
	return b
}

func text(v any) (Text, bool) {
	switch v := v.(type) {
	case Text:
		return v, true
	case string:
		return Text(v), true
	case int64:
		return Text(strconv.FormatInt(v, 10)), true
	case int32:
		return Text(strconv.FormatInt(int64(v), 10)), true
	case int:
		return Text(strconv.Itoa(v)), true
	case bool:
		return Text(strconv.FormatBool(v)), true
	case float64:
		return Text(number(v, 64)), true
	case time.Time:
		return Text(Time(v)), true
	}
	return "", false
}

func number(f float64, bits int) string {
	switch {
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	return strconv.FormatFloat(f, 'g', -1, bits)
}

// Time returns a moment as every type of SQL's for moments reads it: a timestamp or date
// takes what its clock shows.
func Time(t time.Time) string { return Format(t, "-01-02 15:04:05.999999Z07:00:00") }

// Format returns a moment with its year, in PostgreSQL's way, before the rest of a layout.
func Format(t time.Time, layout string) string {
	switch codec.Infinite(t.Unix()) {
	case 1:
		return "infinity"
	case -1:
		return "-infinity"
	}
	year, era := t.Year(), ""
	if year <= 0 {
		year, era = 1-year, " BC"
	}
	y := strconv.Itoa(year)
	for len(y) < 4 {
		y = "0" + y
	}
	return y + t.Format(layout) + era
}
