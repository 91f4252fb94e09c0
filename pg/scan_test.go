package pg

import (
	"database/sql/driver"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// pass makes a parameter of in and scans that into what dest points to.
func pass(in, dest any) error {
	var o codec.Out
	var s host.Slot
	t, err := parameter(&o, &s, in)
	if err != nil {
		return err
	}
	return scan(dest, &s, t)
}

// What goes in as a parameter comes out of Scan.
func TestSame(t *testing.T) {
	now := time.Date(2024, 2, 29, 12, 34, 56, 789012000, time.UTC)
	n, text := int64(7), "text"
	for _, in := range []any{
		true, int16(math.MinInt16), int32(math.MinInt32), math.MinInt64, int64(math.MaxInt64), uint32(math.MaxUint32),
		float32(1.5), math.MaxFloat64, "", "grün", []byte{}, []byte{0, 0xff},
		UUID{1, 15: 2}, [16]byte{3}, Numeric("1.50"), Interval{-1, 2, -3},
		now, now.AddDate(-6000, 0, 0), time.Date(1999, 12, 31, 23, 59, 59, 1000, time.UTC),
		[]bool{true}, []int16{-1}, []int32{-1}, []int64{-1, 2}, []int{-1, 2}, []uint32{1 << 31}, []float32{1.5}, []float64{-1.5},
		[]string{"a", ""}, []*string{&text, nil}, [][]byte{{1}, {}}, []UUID{{1}, {2}}, []Numeric{"1", "NaN"}, []Interval{{1, 2, 3}},
		[]int64{}, []string{},
		netip.MustParseAddr("10.0.0.1"), *big.NewInt(-5),
	} {
		var arg any = in
		if b, ok := in.(big.Int); ok {
			arg = &b // whose methods are those of the pointer
		}
		out := reflect.New(reflect.TypeOf(in))
		if err := pass(arg, out.Interface()); err != nil || !reflect.DeepEqual(out.Elem().Interface(), in) {
			t.Errorf("%T %v became %v, %v", in, in, out.Elem(), err)
		}
	}
	// By pointers.
	var back *int64
	if err := pass(&n, &back); err != nil || *back != n {
		t.Errorf("%v, %v", back, err)
	}
	if err := pass((*int64)(nil), &back); err != nil || back != nil {
		t.Errorf("%v, %v", back, err)
	}
	var moment *time.Time
	if err := pass(&now, NullOf(&moment)); err != nil || !moment.Equal(now) {
		t.Errorf("%v, %v", moment, err)
	}
	if err := pass((*time.Time)(nil), NullOf(&moment)); err != nil || moment != nil {
		t.Errorf("%v, %v", moment, err)
	}
	times, timesBack := []time.Time{now, now}, []time.Time(nil)
	if err := pass(ArrayOf(&times), ArrayOf(&timesBack)); err != nil || !reflect.DeepEqual(times, timesBack) {
		t.Errorf("%v, %v", timesBack, err)
	}
	var d Interval
	if err := pass(time.Hour, &d); err != nil || d.Microseconds != 3600e6 {
		t.Errorf("%v, %v", d, err)
	}
}

func TestAny(t *testing.T) {
	for _, c := range []struct{ in, want any }{
		{nil, nil}, {(*string)(nil), nil}, {true, true}, {int16(3), int64(3)}, {float32(0.5), 0.5}, {"x", "x"},
		{[]byte{1}, []byte{1}}, {uint32(5), int64(5)}, {Numeric("1.0"), Numeric("1.0")}, {json.RawMessage("[1]"), "[1]"},
		{UUID{1}, UUID{1}}, {Interval{Days: 1}, Interval{Days: 1}}, {[][]int32{{1, 2}}, []any{[]any{int64(1), int64(2)}}}, {[]string{}, []any{}}, {[]*string{nil}, []any{nil}},
	} {
		var out any
		if err := pass(c.in, &out); err != nil || !reflect.DeepEqual(out, c.want) {
			t.Errorf("%v became %#v, %v", c.in, out, err)
		}
	}
}

// drives is a driver.Valuer that has a form in JSON, too, as those of package pgtype have.
type drives struct{ value driver.Value }

func (d drives) Value() (driver.Value, error) { return d.value, nil }

func (d drives) MarshalJSON() ([]byte, error) { return json.Marshal(d.value) }

// A text of a driver.Valuer is no JSON, and nil is NULL; what else it is, the statement says.
func TestValuer(t *testing.T) {
	for _, c := range []struct {
		in   any
		want any
	}{
		{drives{`a "text"`}, `a "text"`}, {&drives{"x"}, "x"}, {drives{nil}, nil}, {drives{int64(5)}, "5"},
		{drives{time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)}, `"2026-01-02T00:00:00Z"`},
	} {
		var out any
		if err := pass(c.in, &out); err != nil || out != c.want {
			t.Errorf("%v became %#v, %v", c.in, out, err)
		}
	}
}

func TestRecord(t *testing.T) {
	var r Record
	for column, v := range map[string]any{"n": int64(1), "s": "x", "a": []string{"y"}} {
		if err := r.Set(column, v); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Set("n", int64(2)); err != nil {
		t.Fatal(err)
	}
	var back Record
	if err := pass(r, &back); err != nil {
		t.Fatal(err)
	}
	var n int64
	var a []string
	if err := back.Get("n", &n); err != nil || n != 2 || len(back.Columns()) != 3 {
		t.Errorf("n is %d, %v; columns %v", n, err, back.Columns())
	}
	if err := back.Get("a", &a); err != nil || a[0] != "y" {
		t.Errorf("a is %v, %v", a, err)
	}
	if e, ok := errors.AsType[*Error](back.Get("z", &n)); !ok || e.Code != "42703" {
		t.Errorf("a column that is not there is %v", e)
	}
	for text, err := range map[string]error{
		"pg: the record has no column z":                                  back.Get("z", &n),
		"pg: column s: it is a text, which int64 cannot take; use string": back.Get("s", &n),
		"pg: column c: type chan int has no form in SQL":                  r.Set("c", make(chan int)),
		"pg: column s: text holds a NUL":                                  r.Set("s", "\x00"),
		"pg: column a: it is a text[], which []int64 cannot take; use a ": back.Get("a", ArrayOf(&[]int64{})),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), text) {
			t.Errorf("%v, want %s", err, text)
		}
	}
}

func TestRefused(t *testing.T) {
	var (
		i16   int16
		i32   int32
		i64   int64
		f32   float32
		f64   float64
		b     bool
		u     UUID
		num   Numeric
		all   []int64
		texts []string
		when  time.Time
		other chan int
	)
	for _, c := range []struct {
		in, dest any
		want     string
	}{
		{int64(math.MaxInt16 + 1), &i16, "the value is out of the range of int16"},
		{int64(math.MinInt32 - 1), &i32, "the value is out of the range of int32"},
		{1e300, &f32, "the value is out of the range of float32"},
		{0.1, &f32, "the value is out of the range of float32"},
		{nil, &i64, "it is NULL"},
		{(*UUID)(nil), &u, "it is NULL"},
		{"1", &i64, "it is a text"},
		{int64(1<<53 + 1), &f64, "not exact"},
		{1.5, &b, "it is a double precision, which bool cannot take; use float64"},
		{"1", &num, "it is a text"},
		{"x", &u, "it is a text"},
		{[]float64{1}, &all, "it is a double precision[], which []int64 cannot take; use a slice of float64"},
		{[]int64{1}, &texts, "it is a bigint[], which []string cannot take; use a slice of int64"},
		{int64(1), &all, "it is a bigint, which []int64 cannot take; use int64"},
		{int64(1), &when, "it is a bigint"},
		{"x", &other, "it is a text, which chan int cannot take"},
		{make(chan int), &i64, "type chan int has no form in SQL"},
		{(chan int)(nil), &i64, "type chan int has no form in SQL"},
		{[]any{1}, &i64, "it is an array, which int64 cannot take"},
		{[]any{1, "x"}, &i64, "array element 2: it is a text, those before it are a bigint"},
		{[][]int{{1}, {2, 3}}, &i64, "all rows of an array have the same length"},
		{[][]int{{1, 2}}, &all, "array has 2 dimensions"},
		{"x", i64, "of type int64, and no address"},
		{time.Time{}.AddDate(300000, 0, 0), &when, "the timestamp is out of range"},
	} {
		if err := pass(c.in, c.dest); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%T into %T: %v, want %s", c.in, c.dest, err, c.want)
		}
	}
}

// Infinity is one value in Go, whatever it is the infinity of, and comes back as such.
func TestInfinity(t *testing.T) {
	date := func(days int32) uint64 { return uint64(int64(days)) }
	lowest := int64(math.MinInt64)
	for _, c := range []struct {
		code byte
		word uint64
		want time.Time
	}{
		{host.Date, date(math.MaxInt32), Infinity},
		{host.Date, date(math.MinInt32), NegativeInfinity},
		{host.Timestamp, math.MaxInt64, Infinity},
		{host.Timestamptz, uint64(lowest), NegativeInfinity},
	} {
		var got time.Time
		if err := scan(&got, &host.Slot{Word: c.word}, sqlType{code: c.code}); err != nil || got != c.want {
			t.Errorf("%d: %v, %v; want %v", c.code, got, err, c.want)
		}
		var s host.Slot
		if _, err := parameter(&codec.Out{}, &s, got.In(time.FixedZone("", 3600))); err != nil || s.Word != math.MaxInt64 && int64(s.Word) != lowest {
			t.Errorf("%v: %d, %v", got, s.Word, err)
		}
	}
	last := time.Date(294276, 12, 31, 23, 59, 59, 999999000, time.UTC)
	if !Infinity.After(last) || !NegativeInfinity.Before(time.Date(-4713, 1, 1, 0, 0, 0, 0, time.UTC)) {
		t.Error("infinity is not beyond all that SQL has")
	}
	if _, err := parameter(&codec.Out{}, &host.Slot{}, Infinity.AddDate(2000, 0, 0)); err == nil {
		t.Error("what is after infinity is a timestamp")
	}
}

func TestUUIDText(t *testing.T) {
	const text = "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"
	u, err := ParseUUID(strings.ToUpper(text))
	if err != nil || u.String() != text {
		t.Errorf("%v, %v", u, err)
	}
	for _, bad := range []string{"", text[1:], text + "0", strings.ReplaceAll(text, "-", ""), strings.Replace(text, "a", "g", 1), strings.Repeat("-", 36), strings.Repeat("0", 36)} {
		if u, err := ParseUUID(bad); err == nil {
			t.Errorf("%q is %v", bad, u)
		}
	}
}
