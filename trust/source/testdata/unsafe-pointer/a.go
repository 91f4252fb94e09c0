package a

import (
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
)

// What keeps its pointers to itself is fine.
type fine struct {
	b    strings.Builder
	p    sync.Pool
	m    sync.Map
	a    atomic.Pointer[int]
	v    atomic.Value
	r    reflect.Value
	list []reflect.Value
}

func Fine(f *fine) uintptr {
	f.m.Store(1, f)
	f.a.Store(new(int))
	return f.r.Pointer() + uintptr(len(f.list))
}

func Inferred(v reflect.Value) any {
	p := v.UnsafePointer() // want "unsafe.Pointer contains unsafe.Pointer|contains unsafe.Pointer" "UnsafePointer gives an unsafe.Pointer"
	q := p                 // want "contains unsafe.Pointer"
	return q               // want "contains unsafe.Pointer"
}

func MethodValue(v reflect.Value) any {
	return v.UnsafePointer // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
}

func MethodExpression() any {
	f := reflect.Value.UnsafePointer // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
	return f                         // want "contains unsafe.Pointer"
}

type embeds struct{ reflect.Value }

func Embedded(e embeds) bool {
	return e.UnsafePointer() == nil // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
}

func launder[P any](p P) *P { return &p }

func Generic(v reflect.Value) any {
	return launder(v.UnsafePointer()) // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
}

// No call names the method that gives the pointer.
func get[P any](v interface{ UnsafePointer() P }) P { return v.UnsafePointer() }

func Inference(v reflect.Value) any {
	return get(v) // want "contains unsafe.Pointer"
}

func Range(v reflect.Value) (n int) {
	for _, p := range launderAll(v.UnsafePointer()) { // want "contains unsafe.Pointer" "gives an unsafe.Pointer"
		_ = p // want "contains unsafe.Pointer"
		n++
	}
	return n
}

func launderAll[P any](p P) []P { return []P{p} }

func Store() any {
	return atomic.StorePointer // want "contains unsafe.Pointer" "use atomic.Pointer"
}

func NewAt() any {
	return reflect.NewAt // want "contains unsafe.Pointer" "makes a pointer to any type"
}
