// Package corners tries on the target what internal/surface/corners.txt says that it may:
// zero values, copies, copies that are put back at their place after their state has
// moved on, lengths and bytes of all kinds. A panic is fine. What must not happen is that
// memory is read or written which the value has nothing to do with: that shows as a fault,
// in what lies beside the value, or in the next collection.
package corners

import (
	"fmt"
	"runtime"
	"testing"
)

// Where nothing is mapped: what takes it for a pointer dies of it.
const poison = 0x5dead_beef_000

// place is a value between words that nobody else may touch.
type place[T any] struct {
	before [16]uint64
	v      T
	after  [64]uint64
}

func newPlace[T any]() *place[T] {
	p := new(place[T])
	p.poison(func(w *uint64) { *w = poison })
	return p
}

func (p *place[T]) poison(f func(*uint64)) {
	for i := range p.before {
		f(&p.before[i])
	}
	for i := range p.after {
		f(&p.after[i])
	}
}

func (p *place[T]) check(t *testing.T) {
	t.Helper()
	p.poison(func(w *uint64) {
		if *w != poison {
			t.Errorf("%T: what lies beside it has become %#x", p.v, *w)
		}
	})
}

// attempt runs f in a goroutine that may panic, or stay for ever.
func attempt(f func()) {
	done := false
	go func() {
		defer func() { _ = fmt.Sprint(recover()); done = true }()
		f()
	}()
	for i := 0; i < 100 && !done; i++ {
		runtime.Gosched()
	}
}

// putBack uses a value in all the places that a copy can get to.
func putBack[T any](t *testing.T, first func(*T), uses ...func(*T)) {
	t.Helper()
	p := newPlace[T]()
	use := func(v *T) {
		for _, u := range uses {
			attempt(func() { u(v) })
		}
	}
	use(&p.v)
	p.v = *new(T)
	if first != nil {
		first(&p.v)
	}
	early := p.v
	use(&p.v)
	late := p.v
	for range 3 {
		use(&p.v)
		runtime.GC()
		p.v = early // it has been here before
		use(&p.v)
		p.v = late
		use(&p.v)
	}
	elsewhere := newPlace[T]()
	elsewhere.v = early
	use(&elsewhere.v)
	elsewhere.v = late
	use(&elsewhere.v)
	runtime.GC()
	p.check(t)
	elsewhere.check(t)
}

// zero uses a zero value.
func zero[T any](t *testing.T, uses ...func(*T)) {
	t.Helper()
	putBack(t, nil, uses...)
}
