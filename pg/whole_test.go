package pg

import (
	"encoding/json"
	"math"
	"reflect"
	"testing"
)

// Arrays with dimensions and lower bounds go through statements and JSON as they are.
func TestWholeArrays(t *testing.T) {
	one := int32(1)
	for _, a := range []Array[*int32]{
		{Elements: []*int32{&one, nil, nil, &one}, Sizes: []int{2, 2}, LowerBounds: []int{0, 5}},
		{Elements: []*int32{nil}, Sizes: []int{1}, LowerBounds: []int{1}},
		{Elements: []*int32{}},
	} {
		var back Array[*int32]
		if err := pass(a, &back); err != nil || !reflect.DeepEqual(back, a) {
			t.Errorf("%v became %v, %v", a, back, err)
		}
		var pointer *Array[*int32]
		if err := pass(&a, &pointer); err != nil || !reflect.DeepEqual(*pointer, a) {
			t.Errorf("%v became %v, %v", a, pointer, err)
		}
		if err := pass((*Array[*int32])(nil), &pointer); err != nil || pointer != nil {
			t.Errorf("nil became %v, %v", pointer, err)
		}
	}
	m := NewMatrix[float64](2, 3)
	m.Set(1, 2, 1.5)
	var back Matrix[float64]
	var rows [][]float64
	if err := pass(m, &back); err != nil || !reflect.DeepEqual(back, m) {
		t.Errorf("%v became %v, %v", m, back, err)
	}
	if err := pass(m, &rows); err != nil || !reflect.DeepEqual(rows, [][]float64{{0, 0, 0}, {0, 0, 1.5}}) {
		t.Errorf("%v became %v, %v", m, rows, err)
	}
	for want, err := range map[string]error{
		"a matrix has 2 dimensions, and the array 1":                                                    pass([]float64{1}, &back),
		"a matrix of 2 rows and 2 columns has 3 elements":                                               pass(Matrix[int]{2, 2, []int{1, 2, 3}}, &back),
		"a matrix of -1 rows and -4 columns has 4 elements":                                             pass(Matrix[int]{-1, -4, []int{1, 2, 3, 4}}, &back),
		"array lower bound is out of range: -9223372036854775808":                                       pass(Array[int]{Elements: []int{1}, LowerBounds: []int{math.MinInt}}, &back),
		"the sizes of the dimensions are not those of 3 elements":                                       pass(Array[int]{Elements: []int{1, 2, 3}, Sizes: []int{2, 2}}, &back),
		"it is NULL, which pg.Matrix[float64] cannot be; use *pg.Matrix[float64]":                       pass(nil, &back),
		"it is a bigint[], which pg.Array[bool] cannot take; use a slice of int64":                      pass([]int64{1}, new(Array[bool])),
		"array element 1: it is NULL, which string cannot be; use *string":                              pass([]*string{nil}, new(Array[string])),
		"the array has other dimensions than lower bounds, of which there are 2":                        pass(Array[int]{Elements: []int{1}, LowerBounds: []int{1, 2}}, &back),
		"it is a text, which pg.Array[string] cannot take; use string":                                  pass("x", new(Array[string])),
		"pg: the sizes of the dimensions are not those of 2 elements":                                   second(Array[int]{Elements: []int{1, 2}, Sizes: []int{1 << 62, 4}}.MarshalJSON()),
		"pg: a list has 1 elements, one before it 2; in SQL, all rows of an array have the same length": new(Array[int]).UnmarshalJSON([]byte("[[1,2],[3]]")),
	} {
		if err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	for text, want := range map[string]Array[int]{
		"[]": {Elements: []int{}}, "[1,2]": {Elements: []int{1, 2}},
		"[[1],[2]]": {Elements: []int{1, 2}, Sizes: []int{2, 1}}, "[[[1,2]]]": {Elements: []int{1, 2}, Sizes: []int{1, 1, 2}},
	} {
		var a Array[int]
		if err := json.Unmarshal([]byte(text), &a); err != nil || !reflect.DeepEqual(a, want) {
			t.Errorf("%s became %v, %v", text, a, err)
		}
		if got, err := json.Marshal(a); err != nil || string(got) != text {
			t.Errorf("%s became %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"1", "[1,[2]]", "[[1],2]", "[[[[[[[1]]]]]]]", `["x"]`} {
		var a Array[int]
		if err := json.Unmarshal([]byte(text), &a); err == nil {
			t.Errorf("%s became %v", text, a)
		}
	}
}

func second[T any](_ T, err error) error { return err }
