//go:build !postgres

package pgabi

import (
	"testing"
	"unsafe"
)

type counter struct{ n int }

func release(handles ...uint64) {
	r := released{unsafe.SliceData(handles), uint64(len(handles))}
	slot := Slot{Word: uint64(uintptr(unsafe.Pointer(&r)))}
	ReleaseStates(&slot)
	if r.n != 0 {
		panic("the host is not told that they are released")
	}
}

// panics reports whether a handle leads to no counter.
func panics(handle uint64) (lost bool) {
	defer func() { lost = recover() != nil }()
	StateOf(&Slot{Word: handle}, func() *counter { return nil })
	return false
}

// add makes a step of an aggregate.
func add(slot *Slot, n int) {
	var result Slot
	s := StateOf(slot, func() *counter { return &counter{} })
	s.n += n
	Changed(&result, slot, s)
	*slot = result
}

func TestStates(t *testing.T) {
	fresh := func() *counter { return &counter{} }
	a, b := Slot{Flags: Null}, Slot{Flags: Null}
	add(&a, 1)
	add(&b, 2)
	if StateOf(&a, fresh).n != 1 || StateOf(&b, fresh).n != 2 || a.Flags != 0 {
		t.Fatal("states are mixed up")
	}
	old := a.Word
	release(a.Word)
	if !panics(old) {
		t.Error("a released state can be had")
	}
	release(old, old) // once is enough
	c, d := Slot{Flags: Null}, Slot{Flags: Null}
	add(&c, 3)
	add(&d, 4)
	if c.Word == old || !panics(old) || StateOf(&b, fresh).n != 2 || StateOf(&c, fresh).n != 3 {
		t.Error("a place that is used again is taken for what it was")
	}
	for _, handle := range []uint64{0, 1 << 32, ^uint64(0), uint64(len(states) + 1), b.Word + 1<<32} {
		if !panics(handle) {
			t.Errorf("handle %#x leads to a state", handle)
		}
	}
	if n := len(states); StateOf(&Slot{Flags: Null}, fresh).n != 0 || len(states) != n {
		t.Error("a function that has not gone well leaves a state")
	}
}

func TestStateOfAnother(t *testing.T) {
	s := Slot{Flags: Null}
	add(&s, 1)
	defer func() {
		if recover() == nil {
			t.Error("a state of another type can be had")
		}
	}()
	StateOf(&s, func() *Slot { return nil })
}
