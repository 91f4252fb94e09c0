package a

import "reflect"

type visit struct {
	typ reflect.Type
	at  any
}

var seen = map[any]bool{}

// A pointer that becomes an interface at once is a number for everybody.
func Kept(v reflect.Value) []any {
	if seen[v.UnsafePointer()] || seen[visit{v.Type(), (v.UnsafePointer())}] {
		return []any{v.UnsafePointer(), 1: v.UnsafePointer()}
	}
	seen[visit{at: v.UnsafePointer()}] = true
	return append([]any{map[any]any{v.UnsafePointer(): v.UnsafePointer()}}, any(v.UnsafePointer()), [1]interface{}{v.UnsafePointer()})
}

func Typed(v reflect.Value) any {
	m := map[any]int{}
	for p := range map[any]int{v.UnsafePointer(): 1} {
		m[p]++
	}
	_ = []*int{(*int)(v.UnsafePointer())} // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
	delete(m, v.UnsafePointer())          // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
	return v.UnsafePointer()              // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
}

type holds[P any] struct{ p P }

func Held(v reflect.Value) any {
	return holds[any]{v.UnsafePointer()}
}

func into[P comparable](m map[P]int, v interface{ UnsafePointer() P }) int { return m[v.UnsafePointer()] }

func key[P comparable](f func() P) map[P]bool { return map[P]bool{f(): true} }

func Keys(v reflect.Value) any {
	return key(v.UnsafePointer) // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
}

func Out(v reflect.Value) int {
	switch p := any(v.UnsafePointer()).(type) {
	case interface{ M() }:
		p.M()
	}
	return *get2(any(v.UnsafePointer()), v.UnsafePointer) // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
}

func get2[P any](a any, like func() P) *int { _ = a.(P); return nil }
