package pg

import (
	"math"
	"reflect"
	"runtime"
	"strconv"
	"strings"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Interfaces of destinations of other packages; see parameter.go.
type (
	timeDestination interface { // *time.Time
		UnmarshalBinary([]byte) error
		timeValue
	}
	textDestination interface{ UnmarshalText([]byte) error }
	jsonDestination interface{ UnmarshalJSON([]byte) error }
	scanner         interface{ Scan(any) error } // sql.Scanner
	// destination is what [ArrayOf] and [NullOf] return.
	destination interface {
		scan(s *host.Slot, t sqlType) error
	}
)

// scan stores the value of a column in what dest points to.
func scan(dest any, s *host.Slot, t sqlType) error {
	// The usual cases make nothing but the value itself.
	isNull := s.Flags&host.Null != 0
	switch d := dest.(type) {
	case *int64:
		return scanInt(d, s, t, math.MinInt64, math.MaxInt64)
	case *int:
		return scanInt(d, s, t, math.MinInt, math.MaxInt)
	case *int32:
		return scanInt(d, s, t, math.MinInt32, math.MaxInt32)
	case *int16:
		return scanInt(d, s, t, math.MinInt16, math.MaxInt16)
	case *string:
		if isNull {
			return errNull(dest)
		}
		text, err := show(s, t)
		if err == nil {
			*d = text
		}
		return err
	case *bool:
		return scanCode(d, s, t, host.Bool, codec.GetBool[bool])
	case *float64:
		return scanFloat(d, s, t)
	case *float32:
		return scanFloat32(d, s, t)
	case *[]byte:
		return scanCode(d, s, t, host.Bytea, codec.GetBytea[[]byte])
	case *uint32:
		return scanCode(d, s, t, host.OID, codec.GetOID[uint32])
	case *UUID:
		return scanCode(d, s, t, host.UUID, codec.GetUUID[UUID])
	case *[16]byte:
		return scanCode(d, s, t, host.UUID, codec.GetUUID[[16]byte])
	case *Interval:
		return scanCode(d, s, t, host.Interval, codec.GetInterval[Interval])
	case *Numeric:
		if !isNull && t.oid != oidNumeric {
			return errType(t, dest)
		}
		return scanCode(d, s, t, host.Text, codec.GetText[Numeric])
	case *Record:
		return scanCode(d, s, t, host.Row, getRecord)
	case *any:
		return scanAny(d, s, t)
	case destination:
		return d.scan(s, t)
	}
	if ok, err := scanSlice(dest, s, t); ok {
		return err
	}
	return scanForeign(dest, s, t)
}

func scanCode[T any](d *T, s *host.Slot, t sqlType, code byte, get func(*host.Slot) (T, error)) error {
	if s.Flags&host.Null != 0 {
		return errNull(d)
	}
	if t.code != code {
		return errType(t, d)
	}
	v, err := get(s)
	if err == nil {
		*d = v
	}
	return err
}

func scanInt[T int | int16 | int32 | int64](d *T, s *host.Slot, t sqlType, low, high int64) error {
	if s.Flags&host.Null != 0 {
		return errNull(d)
	}
	var v int64
	switch t.code {
	case host.Int8:
		v = int64(s.Word)
	case host.Int4:
		v = int64(int32(s.Word))
	case host.Int2:
		v = int64(int16(s.Word))
	case host.OID:
		v = int64(uint32(s.Word))
	default:
		if t.code != host.Text || t.oid != oidNumeric {
			return errType(t, d)
		}
		whole, ok := wholeNumber(host.TextOf(s))
		n, err := strconv.ParseInt(whole, 10, 64)
		if !ok || err != nil {
			return errRange(d)
		}
		v = n
	}
	if v < low || v > high {
		return errRange(d)
	}
	*d = T(v)
	return nil
}

func scanFloat(d *float64, s *host.Slot, t sqlType) error {
	if s.Flags&host.Null != 0 {
		return errNull(d)
	}
	switch t.code {
	case host.Float8:
		*d = math.Float64frombits(s.Word)
	case host.Float4:
		*d = float64(math.Float32frombits(uint32(s.Word)))
	case host.Int2, host.Int4, host.Int8:
		var n int64
		if err := scanInt(&n, s, t, math.MinInt64, math.MaxInt64); err != nil {
			return err
		}
		if *d = float64(n); n > 1<<53 || n < -1<<53 {
			return errRange(d)
		}
	default:
		if t.code != host.Text || t.oid != oidNumeric {
			return errType(t, d)
		}
		// The nearest, as a cast in SQL has it.
		f, err := strconv.ParseFloat(host.TextOf(s), 64)
		if err != nil {
			return errRange(d)
		}
		*d = f
	}
	return nil
}

func scanFloat32(d *float32, s *host.Slot, t sqlType) error {
	var v float64
	if err := scanFloat(&v, s, t); err != nil {
		return err
	}
	if f := float32(v); float64(f) == v || v != v || t.code == host.Text && !math.IsInf(float64(f), 0) {
		*d = f
		return nil
	}
	return errRange(d)
}

// scanDriver stores what a sql.Scanner knows: nil, bool, int64, float64, string, []byte,
// or time.Time.
func scanDriver(d *any, s *host.Slot, t sqlType) error {
	switch {
	case t.code <= host.Bytea || s.Flags&host.Null != 0:
		*d = host.Value(s, t.code)
		return nil
	case t.code == host.OID:
		*d = int64(uint32(s.Word))
		return nil
	}
	if moment, ok := momentOf(s, t); ok {
		*d = moment
		return nil
	}
	text, err := show(s, t)
	*d = text
	return err
}

// scanSlice is scan for slices.
func scanSlice(dest any, s *host.Slot, t sqlType) (ok bool, err error) {
	switch d := dest.(type) {
	case *[]bool:
		return true, scanArray(d, s, t, host.Bool, codec.GetFixed[bool])
	case *[]int16:
		return true, scanArray(d, s, t, host.Int2, codec.GetFixed[int16])
	case *[]int32:
		return true, scanArray(d, s, t, host.Int4, codec.GetFixed[int32])
	case *[]int64:
		return true, scanArray(d, s, t, host.Int8, codec.GetFixed[int64])
	case *[]float32:
		return true, scanArray(d, s, t, host.Float4, codec.GetFixed[float32])
	case *[]float64:
		return true, scanArray(d, s, t, host.Float8, codec.GetFixed[float64])
	case *[]uint32:
		return true, scanArray(d, s, t, host.OID, codec.GetFixed[uint32])
	case *[]UUID:
		return true, scanArray(d, s, t, host.UUID, codec.GetFixed[UUID])
	case *[]string:
		return true, scanArray(d, s, t, host.Text, codec.GetTexts[string])
	case *[]*string:
		return true, scanArray(d, s, t, host.Text, func(s *host.Slot) ([]*string, error) { return codec.GetPointers(s, codec.GetText[string]) })
	case *[][]byte:
		return true, scanArray(d, s, t, host.Bytea, func(s *host.Slot) ([][]byte, error) { return codec.GetSlice(s, codec.GetBytea[[]byte]) })
	case *[]Interval:
		return true, scanArray(d, s, t, host.Interval, codec.GetFixed[Interval])
	}
	return false, nil
}

func scanArray[T any](d *[]T, s *host.Slot, t sqlType, element byte, get func(*host.Slot) ([]T, error)) error {
	if s.Flags&host.Null != 0 {
		return errNull(d)
	}
	if t.code != host.Array {
		return errType(t, d)
	}
	if code, _ := codec.Element(s); code != element {
		return scanElements(reflect.ValueOf(d).Elem(), d, s, t)
	}
	v, err := get(s)
	if err == nil {
		*d = v
	}
	return err
}

// scanForeign is scan for types of other packages, by what they can do.
func scanForeign(dest any, s *host.Slot, t sqlType) error {
	isNull := s.Flags&host.Null != 0
	if p := reflect.ValueOf(dest); p.Kind() == reflect.Pointer && p.IsNil() {
		return errDestination(dest)
	}
	if d, ok := dest.(scanner); ok {
		var v any
		if err := scanDriver(&v, s, t); err != nil {
			return err
		}
		return d.Scan(v)
	}
	if isNull {
		if p := reflect.TypeOf(dest); p == nil || p.Kind() != reflect.Pointer || p.Elem().Kind() != reflect.Pointer {
			return errNull(dest)
		}
		return scanInto(dest, s, t)
	}
	if d, ok := dest.(timeDestination); ok {
		return scanTime(d, s, t)
	}
	if t.code == host.Row {
		if columns, _ := codec.Composite(dest); columns != nil {
			return scanInto(dest, s, t)
		}
	}
	j, isJSON := dest.(jsonDestination)
	x, isText := dest.(textDestination)
	if !isJSON && !isText {
		return scanInto(dest, s, t)
	}
	text, err := showNumber(s, t)
	switch {
	case err != nil:
		return err
	case isJSON && (t.oid == oidJSON || t.oid == oidJSONB):
		return j.UnmarshalJSON([]byte(text))
	case isText:
		err := x.UnmarshalText([]byte(text))
		if other := otherText(text, t); err != nil && other != text {
			err = x.UnmarshalText([]byte(other))
		}
		return err
	}
	return errType(t, dest)
}

// otherText is another text of a value, for who does not read the one that SQL shows: a whole number
// without decimal places, for a math/big.Int, and an inet with the length that SQL leaves out where
// it is that of the whole address, for a netip.Prefix.
func otherText(text string, t sqlType) string {
	switch t.oid {
	case oidNumeric:
		if whole, ok := wholeNumber(text); ok {
			return whole
		}
	case oidInet:
		if strings.Contains(text, "/") {
			return text
		}
		if strings.Contains(text, ":") {
			return text + "/128"
		}
		return text + "/32"
	}
	return text
}

// showNumber is show, for whole numbers, too.
func showNumber(s *host.Slot, t sqlType) (string, error) {
	switch t.code {
	case host.Int2, host.Int4, host.Int8:
		var n int64
		err := scanInt(&n, s, t, math.MinInt64, math.MaxInt64)
		return strconv.FormatInt(n, 10), err
	}
	return show(s, t)
}

// moment returns a date or a timestamp in Unix time.
func moment(s *host.Slot, t sqlType) (seconds, microseconds int64) {
	const epoch = 946684800 // from 1970 to 2000
	low, high, value := int64(math.MinInt64), int64(math.MaxInt64), int64(s.Word)
	if t.code == host.Date {
		low, high, value = math.MinInt32, math.MaxInt32, int64(int32(s.Word))
	}
	switch value {
	case low:
		return codec.NegativeInfinity, 0
	case high:
		return codec.Infinity, 0
	}
	if t.code == host.Date {
		return epoch + value*86400, 0
	}
	if seconds, microseconds = value/1e6, value%1e6; microseconds < 0 {
		seconds, microseconds = seconds-1, microseconds+1e6
	}
	return epoch + seconds, microseconds
}

// momentOf returns a date or a timestamp as a time.Time, if the object has that.
func momentOf(s *host.Slot, t sqlType) (any, bool) {
	switch t.code {
	case host.Date, host.Timestamp, host.Timestamptz:
		seconds, microseconds := moment(s, t)
		return codec.Time(seconds, microseconds*1000)
	}
	return nil, false
}

// scanTime sets a time.Time, by the binary form that its package reads: a version,
// the seconds since the year 1, the nanoseconds, and no zone.
func scanTime(d timeDestination, s *host.Slot, t sqlType) error {
	const epoch = 62135596800 // from the year 1 to 1970
	switch t.code {
	case host.Date, host.Timestamp, host.Timestamptz:
	default:
		return errType(t, d)
	}
	seconds, microseconds := moment(s, t)
	b := []byte{1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}
	for i := 0; i < 8; i++ {
		b[8-i] = byte(uint64(seconds+epoch) >> (8 * i))
	}
	for i := 0; i < 4; i++ {
		b[12-i] = byte(uint32(microseconds*1000) >> (8 * i))
	}
	return d.UnmarshalBinary(b)
}

// show returns the text that SQL shows for a value.
func show(s *host.Slot, t sqlType) (string, error) {
	if t.code == host.Text {
		return host.TextOf(s), nil
	}
	if t.code <= host.Bytea {
		return "", errType(t, new(string))
	}
	return shown(s, t)
}

// shown is show for all types.
func shown(s *host.Slot, t sqlType) (string, error) {
	r := &host.Show{Type: uint32(t.code), OID: t.oid}
	var element byte
	if t.code == host.Array {
		element, _ = codec.Element(s)
		r.Type |= uint32(element) << 8
	}
	// A copy: what runs meanwhile may set the column that s is. The host takes nothing
	// but what lies in this world, not even what it has given to it.
	out := &codec.Out{}
	value := codec.Clone(out, s, t.code, element)
	r.Value = &value
	host.RunShow(r)
	runtime.KeepAlive(out)
	if err := fromHost(r.Error); err != nil {
		return "", err
	}
	return string([]byte(r.Text)), nil
}
