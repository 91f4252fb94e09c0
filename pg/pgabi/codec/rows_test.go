package codec

import (
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/pg/internal/host"
)

func getGrid(s *Slot) ([][]int64, error)         { return GetRows(s, 2, GetFixed[int64]) }
func putGrid(o *Out, s *Slot, v [][]int64) error { return PutRows(o, s, v, PutFixed[int64]) }
func putTexts(o *Out, s *Slot, v []string) error { return PutSlice(o, s, v, PutText[string]) }
func getCube(s *Slot) ([][][]string, error)      { return GetRows(s, 3, getTextRows) }
func getTextRows(s *Slot) ([][]string, error)    { return GetRows(s, 2, GetTexts[string]) }
func putCube(o *Out, s *Slot, v [][][]string) error {
	return PutRows(o, s, v, func(o *Out, s *Slot, v [][]string) error { return PutRows(o, s, v, putTexts) })
}

func TestRows(t *testing.T) {
	for _, v := range [][][]int64{{}, {{1, 2}, {3, 4}}, {{5}}} {
		var o Out
		var s Slot
		if err := putGrid(&o, &s, v); err != nil {
			t.Fatal(err)
		}
		runtime.GC()
		if got, err := getGrid(&s); err != nil || !reflect.DeepEqual(got, v) {
			t.Errorf("%v became %v, %v", v, got, err)
		}
		runtime.KeepAlive(&o)
	}
	var o Out
	var s Slot
	cube := [][][]string{{{"a", "b"}}, {{"", "c"}}, {{"d", "e"}}}
	if err := putCube(&o, &s, cube); err != nil {
		t.Fatal(err)
	}
	if got, err := getCube(&s); err != nil || !reflect.DeepEqual(got, cube) {
		t.Errorf("%v became %v, %v", cube, got, err)
	}
	// None of the rows has elements: nor has the array.
	if err := putGrid(&o, &s, [][]int64{{}, {}}); err != nil || address[host.ArrayData](&s).Dims != 0 {
		t.Errorf("empty rows: %d dimensions, %v", address[host.ArrayData](&s).Dims, err)
	}
	runtime.KeepAlive(&o)
}

func TestRowErrors(t *testing.T) {
	var o Out
	var flat, cube Slot
	if err := PutFixed(&o, &flat, []int64{1}); err != nil {
		t.Fatal(err)
	}
	if err := putCube(&o, &cube, [][][]string{{{"a"}}}); err != nil {
		t.Fatal(err)
	}
	one := int64(1)
	var holed, deep Slot
	if err := PutRows(&o, &holed, [][]*int64{{&one, &one}, {&one, nil}}, func(o *Out, s *Slot, v []*int64) error {
		return PutPointers(o, s, v, PutInt[int64])
	}); err != nil {
		t.Fatal(err)
	}
	if err := PutRows(&o, &deep, [][][]*int64{{{&one}, {&one}}, {{nil}, {&one}}}, func(o *Out, s *Slot, v [][]*int64) error {
		return PutRows(o, s, v, func(o *Out, s *Slot, v []*int64) error { return PutPointers(o, s, v, PutInt[int64]) })
	}); err != nil {
		t.Fatal(err)
	}
	_, holedErr := getGrid(&holed)
	_, deepErr := GetRows(&deep, 3, getGrid)
	_, flatErr := getGrid(&flat)
	_, cubeErr := getGrid(&cube)
	for want, err := range map[string]error{
		"array has 1 dimension, but the slices in slices have 2":                flatErr,
		"array has 3 dimensions, but the slices in slices have 2":               cubeErr,
		"array element 2: array element 2 must not be NULL":                     holedErr,
		"array element 2: array element 1: array element 1 must not be NULL":    deepErr,
		"array element 2 has another number of elements than the one before it": putGrid(&o, &flat, [][]int64{{1}, {}}),
		"array element 1: array element 2: text holds a NUL":                    PutRows(&o, &flat, [][]string{{"a", "\x00"}}, putTexts),
	} {
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	runtime.KeepAlive(&o)
}
