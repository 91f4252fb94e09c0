package codec

import (
	"math"
	"math/rand"
	"reflect"
	"testing"
	"testing/quick"

	"github.com/pgstd/pgstd/pg/internal/host"
)

type interval struct {
	Microseconds int64
	Days, Months int32
}

// same puts random values and gets them again, one by one, as pointers and as the
// elements of arrays.
func same[T any](t *testing.T, name string, get func(*Slot) (T, error), put func(*Out, *Slot, T) error) {
	t.Helper()
	equal := func(a, b any) bool { return reflect.DeepEqual(a, b) }
	f := func(v T, all []T, some []*T) bool {
		var o Out
		var s Slot
		if put(&o, &s, v) != nil {
			return false
		}
		got, err := NotNull(&s, get)
		if err != nil || !equal(got, v) {
			return false
		}
		if PutSlice(&o, &s, all, put) != nil {
			return false
		}
		back, err := GetSlice(&s, get)
		if err != nil || len(back) != len(all) || len(all) > 0 && !equal(back, all) {
			return false
		}
		if PutPointers(&o, &s, some, put) != nil {
			return false
		}
		pointers, err := GetPointers(&s, get)
		return err == nil && len(pointers) == len(some) && (len(some) == 0 || equal(pointers, some))
	}
	// A fixed source: one string in a million has a NUL, which a text cannot hold.
	if err := quick.Check(f, &quick.Config{Rand: rand.New(rand.NewSource(1))}); err != nil {
		t.Errorf("%s: %v", name, err)
	}
}

func TestSame(t *testing.T) {
	same(t, "bool", GetBool[bool], PutBool[bool])
	same(t, "int16", GetInt[int16], PutInt[int16])
	same(t, "int32", GetInt[int32], PutInt[int32])
	same(t, "int64", GetInt[int64], PutInt[int64])
	same(t, "oid", GetOID[uint32], PutOID[uint32])
	same(t, "float32", GetFloat4[float32], PutFloat4[float32])
	same(t, "float64", GetFloat8[float64], PutFloat8[float64])
	same(t, "uuid", GetUUID[[16]byte], PutUUID[[16]byte])
	same(t, "interval", GetInterval[interval], PutInterval[interval])
	same(t, "bytea", GetBytea[[]byte], PutBytea[[]byte])
	same(t, "text", GetText[string], PutText[string])
}

func TestFixed(t *testing.T) {
	fixed(t, []bool{true, false})
	fixed(t, []int16{math.MinInt16, -1, 0, math.MaxInt16})
	fixed(t, []int32{math.MinInt32, -1, 0, math.MaxInt32})
	fixed(t, []int64{math.MinInt64, -1, 0, math.MaxInt64})
	fixed(t, []float32{math.SmallestNonzeroFloat32, -1})
	fixed(t, []float64{math.MaxFloat64, -1})
	fixed(t, [][16]byte{{1}, {15: 2}})
	fixed(t, []interval{{1, 2, 3}, {-1, -2, -3}})
	fixed(t, []int64{})
}

func fixed[T Fixed](t *testing.T, v []T) {
	t.Helper()
	var o Out
	var s Slot
	if err := PutFixed(&o, &s, v); err != nil {
		t.Fatal(err)
	}
	if got, err := GetFixed[T](&s); err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("%v became %v, %v", v, got, err)
	}
	// The elements of packed arrays can be had one by one, too.
	elements, err := Elements(&s)
	if err != nil || len(elements) != len(v) {
		t.Errorf("%v has the elements %v, %v", v, elements, err)
	}
}

func TestErrors(t *testing.T) {
	var o Out
	var array, null Slot
	if err := PutPointers(&o, &array, []*int64{new(int64), nil}, PutInt[int64]); err != nil {
		t.Fatal(err)
	}
	null.Flags = host.Null
	var deep Slot
	if err := PutFixed(&o, &deep, []int64{1, 2}); err != nil {
		t.Fatal(err)
	}
	address[host.ArrayData](&deep).Dims = 2
	var short Slot
	if err := PutFixed(&o, &short, []int16{1, 2}); err != nil {
		t.Fatal(err)
	}
	_, inSlice := GetSlice(&array, GetInt[int64])
	_, inFixed := GetFixed[int64](&array)
	_, inTexts := GetTexts[string](&array)
	_, alone := NotNull(&null, GetInt[int64])
	_, dims := GetSlice(&deep, GetInt[int64])
	_, dimsFixed := GetFixed[int64](&deep)
	_, size := GetFixed[int64](&short)
	for name, test := range map[string]struct {
		err  error
		code string
		text string
	}{
		"slice":        {inSlice, "22004", "array element 2 must not be NULL"},
		"fixed":        {inFixed, "22004", "array element 2 must not be NULL"},
		"texts":        {inTexts, "22004", "array element 2 must not be NULL"},
		"alone":        {alone, "22004", "must not be NULL"},
		"dimensions":   {dims, "2202E", "array has 2 dimensions, but a Go slice has one"},
		"dimensions 2": {dimsFixed, "2202E", "array has 2 dimensions, but a Go slice has one"},
		"size":         {size, "42804", "array has elements of another size"},
		"NUL":          {PutText(&o, &null, "a\x00"), "22021", "text holds a NUL"},
		"UTF-8":        {PutText(&o, &null, "a\xff"), "22021", "text is not valid UTF-8"},
		"in":           {In("column x", PutText(&o, &null, "a\xff")), "22021", "column x: text is not valid UTF-8"},
		"in NULL":      {In("result", In("column x", alone)), "22004", "result: column x must not be NULL"},
	} {
		e, ok := test.err.(*Error)
		if !ok || e.Code != test.code || e.Message != test.text {
			t.Errorf("%s: %#v, want %s %q", name, test.err, test.code, test.text)
		}
	}
}

// A clone has nothing in common with what it was made of.
func TestClone(t *testing.T) {
	var o, kept Out
	var s Slot
	bytes := []byte("abc")
	inner := RowCopy{Columns: []host.Column{{Name: "t", Type: host.Text}}, Values: make([]Slot, 1)}
	if err := PutBytea(&o, &inner.Values[0], bytes); err != nil {
		t.Fatal(err)
	}
	outer := RowCopy{
		Columns: []host.Column{{Name: "row", Type: host.Row}, {Name: "all", Type: host.Array | host.Int8<<8}, {Name: "none", Type: host.Text}},
		Values:  make([]Slot, 3),
	}
	numbers := []int64{1, 2}
	PutRow(&o, &outer.Values[0], inner)
	if err := PutFixed(&o, &outer.Values[1], numbers); err != nil {
		t.Fatal(err)
	}
	outer.Values[2].Flags = host.Null
	PutRow(&o, &s, outer)
	c := Clone(&kept, &s, host.Row, 0)
	bytes[0], numbers[0], outer.Columns[0].Name = 'X', 9, "changed"

	row := GetRow(&Out{}, &c)
	if row.Columns[0].Name != "row" || row.Values[2].Flags != host.Null {
		t.Errorf("columns are %v", row.Columns)
	}
	if got, err := GetFixed[int64](&row.Values[1]); err != nil || got[0] != 1 {
		t.Errorf("array is %v, %v", got, err)
	}
	got := GetRow(&Out{}, &row.Values[0])
	if text, err := GetText[string](&got.Values[0]); err != nil || text != "abc" {
		t.Errorf("text is %q, %v", text, err)
	}
}
