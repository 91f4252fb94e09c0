package pg

import (
	"encoding/json"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

type (
	kind  string
	id    int64
	point struct {
		X int64 `pg:"x"`
		Y *kind `pg:"the y"`
	}
)

// What is made of other types comes out as it went in.
func TestMadeOf(t *testing.T) {
	k, n := kind("k"), int64(7)
	p, pp := &n, new(*int64)
	*pp = p
	moment := time.Date(2024, 2, 29, 12, 0, 0, 0, time.UTC)
	for _, in := range []any{
		kind("a"), id(-1), int8(-3), uint8(200), uint16(1), uint(1), uint64(1 << 40), []kind{"a"}, []id{1}, []*kind{&k, nil},
		[]time.Time{moment}, []*time.Time{&moment, nil}, [][]int64{{1, 2}, {3, 4}}, [][]string{{"a"}, {"b"}}, [][][]byte{{{1}, {}}},
		[2]int64{1, 2}, [2][1]string{{"a"}, {"b"}}, [][]*int64{{nil, p}},
		point{X: 1, Y: &k}, point{}, []point{{X: 1}, {X: 2, Y: &k}}, &point{X: 3}, pp, (**int64)(nil), [16]uint8{1}, time.Hour,
	} {
		out := reflect.New(reflect.TypeOf(in))
		if err := pass(in, out.Interface()); err != nil || !reflect.DeepEqual(out.Elem().Interface(), in) {
			t.Errorf("%T %v became %v, %v", in, in, out.Elem(), err)
		}
	}
}

// Numbers go where they fit.
func TestNumbers(t *testing.T) {
	var (
		i    int64
		i32  int32
		u    uint64
		f    float64
		f32  float32
		b    big.Int
		r    big.Rat
		any1 any
		ints []int
		wide []int64
		deep ***int64
	)
	for _, c := range []struct {
		in, dest any
		want     any
	}{
		{Numeric("3"), &i, int64(3)}, {Numeric("-3.00"), &i32, int32(-3)}, {Numeric("18446744073709551615"), &u, uint64(1<<64 - 1)},
		{Numeric("2.5"), &f, 2.5}, {Numeric("0.3333333333333333333"), &f, 0.3333333333333333}, {Numeric("2.5"), &f32, float32(2.5)},
		{Numeric("12345678901234567890.000"), &b, *new(big.Int).SetUint64(12345678901234567890)}, {int64(5), &b, *big.NewInt(5)},
		{Numeric("2.5"), &r, *big.NewRat(5, 2)}, {Numeric("2.5"), &any1, Numeric("2.5")}, {int64(1 << 53), &f, float64(1 << 53)},
		{[]int32{1, 2}, &ints, []int{1, 2}}, {[]int32{1, 2}, &wide, []int64{1, 2}}, {[]int16{1}, &ints, []int{1}},
		{[]Numeric{"1", "2"}, &wide, []int64{1, 2}}, {nil, &deep, (***int64)(nil)},
	} {
		err := pass(c.in, c.dest)
		if got := reflect.ValueOf(c.dest).Elem().Interface(); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%T %v is %v, %v", c.in, c.in, got, err)
		}
	}
	for in, dest := range map[any]any{Numeric("1.5"): &i, Numeric("NaN"): &i, Numeric("3000000000"): &i32, Numeric("1e400"): &f, Numeric("-1"): &u, int64(-1): &u, Interval{Months: 1}: new(time.Duration)} {
		if err := pass(in, dest); err == nil {
			t.Errorf("%v in %T is %v", in, dest, reflect.ValueOf(dest).Elem())
		}
	}
}

// What has no other form is JSON, where encoding/json is at hand.
func TestAsJSON(t *testing.T) {
	defer codec.SetJSON(json.Marshal, json.Unmarshal)
	codec.SetJSON(nil, nil)
	type plain struct {
		A int `json:"a"`
	}
	if err := pass(map[string]int{"a": 1}, new(string)); err == nil {
		t.Error("JSON was made of nothing")
	}
	codec.SetJSON(json.Marshal, json.Unmarshal)
	for _, c := range []struct{ in, dest, want any }{
		{map[string]int{"a": 1}, new(plain), plain{1}}, {plain{2}, &map[string]any{}, map[string]any{"a": 2.0}},
		{json.RawMessage("[1]"), new([]int), []int{1}}, {[]byte("x"), new([]byte), []byte("x")},
	} {
		var o codec.Out
		var s host.Slot
		typ, err := parameter(&o, &s, c.in)
		if err == nil && typ.code == host.Text {
			err = scan(c.dest, &s, sqlType{host.Text, oidJSONB})
		} else if err == nil {
			err = scan(c.dest, &s, typ)
		}
		if got := reflect.ValueOf(c.dest).Elem().Interface(); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v is %v, %v", c.in, got, err)
		}
	}
}
