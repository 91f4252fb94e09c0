package runtimetest

import (
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

type calculator struct{ base int }

func (c calculator) Add(n int) int               { return c.base + n }
func (c *calculator) Scale(f float64) (s string) { return fmt.Sprint(float64(c.base) * f) }

type payload struct {
	a string
	b [3]int
	c float32
}

//go:noinline
func manyArgs(a int8, b float64, c string, d []int, e payload, f any, g func() int, h uint64,
	i, j, k, l, m, n, o, p int, q, r, s, u float32, v *int) (int, string, payload, float32) {
	runtime.GC()
	return int(a) + int(b) + len(d) + g() + int(h) + i + j + k + l + m + n + o + p + *v, c + f.(string), e, q + r + s + u
}

func TestReflectCall(t *testing.T) {
	v := 5
	args := []any{int8(1), 2.0, "c", []int{1, 2, 3}, payload{"e", [3]int{1, 2, 3}, 4}, "f", func() int { return 4 }, uint64(5),
		1, 2, 3, 4, 5, 6, 7, 8, float32(1), float32(2), float32(3), float32(4), &v}
	in := make([]reflect.Value, len(args))
	for i, a := range args {
		in[i] = reflect.ValueOf(a)
	}
	in[5] = reflect.ValueOf(&args[5]).Elem()
	for range 20 {
		out := reflect.ValueOf(manyArgs).Call(in)
		got := fmt.Sprint(out[0], out[1], out[2], out[3])
		if want := "56 cf {e [1 2 3] 4} 10"; got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
	c := &calculator{10}
	if n := reflect.ValueOf(*c).MethodByName("Add").Call([]reflect.Value{reflect.ValueOf(5)})[0].Int(); n != 15 {
		t.Errorf("Add: %d", n)
	}
	f := reflect.ValueOf(c).MethodByName("Scale").Interface().(func(float64) string)
	if s := f(1.5); s != "15" {
		t.Errorf("Scale: %s", s)
	}
	if value := caught(func() { reflect.ValueOf(faultAt).Call([]reflect.Value{reflect.ValueOf(3), reflect.ValueOf([3]int{})}) }); value == nil {
		t.Error("no panic came through Call")
	}
}

func TestMakeFunc(t *testing.T) {
	var swap func(a string, b *int, f float64) (float64, *int, string)
	f := reflect.MakeFunc(reflect.TypeOf(swap), func(args []reflect.Value) []reflect.Value {
		garbage(1 << 16)
		runtime.GC()
		deep(2000)
		return []reflect.Value{args[2], args[1], args[0]}
	})
	reflect.ValueOf(&swap).Elem().Set(f)
	for i := range 20 {
		x, y, z := swap(fmt.Sprint(i), &i, float64(i))
		if x != float64(i) || *y != i || z != fmt.Sprint(i) {
			t.Fatalf("%v, %v, %v", x, *y, z)
		}
	}
}

// Types that are made at run time have pointer maps that are made at run time.
func TestMadeTypes(t *testing.T) {
	node := reflect.StructOf([]reflect.StructField{
		{Name: "Pad", Type: reflect.TypeOf([7]byte{})},
		{Name: "Tree", Type: reflect.TypeOf((*tree)(nil))},
		{Name: "Words", Type: reflect.ArrayOf(3, reflect.TypeOf(""))},
	})
	all := reflect.MakeMap(reflect.MapOf(reflect.TypeOf(0), reflect.PointerTo(node)))
	for i := range 200 {
		n := reflect.New(node)
		n.Elem().Field(1).Set(reflect.ValueOf(newTree()))
		n.Elem().Field(2).Index(2).SetString(strings.Repeat("x", i))
		all.SetMapIndex(reflect.ValueOf(i), n)
	}
	garbage(1 << 20)
	runtime.GC()
	for it := all.MapRange(); it.Next(); {
		n := it.Value().Elem()
		n.Field(1).Interface().(*tree).check(t, "made type")
		if n.Field(2).Index(2).Len() != int(it.Key().Int()) {
			t.Errorf("%v: %v", it.Key(), n.Field(2))
		}
	}
	slice := reflect.MakeSlice(reflect.SliceOf(node), 0, 0)
	for range 1000 {
		slice = reflect.Append(slice, reflect.Zero(node))
	}
	if slice.Len() != 1000 || len(all.MapKeys()) != 200 {
		t.Errorf("%d, %d", slice.Len(), all.Len())
	}
}
