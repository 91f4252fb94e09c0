package runtimetest

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"unique"
	"weak"
)

type resource struct {
	next *resource
	id   int
	_    [4]int
}

func TestFinalizers(t *testing.T) {
	const n = 500
	var finalized atomic.Int64
	for i := range n {
		r := &resource{id: i}
		runtime.SetFinalizer(r, func(r *resource) { finalized.Add(1 + int64(r.id)) })
		if i%5 == 0 {
			runtime.SetFinalizer(r, nil)
			finalized.Add(1 + int64(i))
		}
	}
	want := int64(n + n*(n-1)/2)
	if !settle(func() bool { return finalized.Load() == want }) {
		t.Errorf("%d, want %d", finalized.Load(), want)
	}
}

// Along a chain, finalizers run from the front, each when what points at it has gone.
func TestFinalizerOrder(t *testing.T) {
	order := make(chan int, 10)
	var head *resource
	for i := range 5 {
		head = &resource{next: head, id: i}
		runtime.SetFinalizer(head, func(r *resource) { order <- r.id })
	}
	head = nil
	if !settle(func() bool { return len(order) == 5 }) {
		t.Fatalf("only %d have run", len(order))
	}
	close(order)
	got := []int{}
	for id := range order {
		got = append(got, id)
	}
	if want := []int{4, 3, 2, 1, 0}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestResurrection(t *testing.T) {
	back := make(chan *resource, 1)
	func() {
		r := escape(&resource{id: 42, next: &resource{id: 43}})
		runtime.SetFinalizer(r, func(r *resource) { back <- r })
	}()
	if !settle(func() bool { return len(back) == 1 }) {
		t.Fatal("the finalizer has not run")
	}
	r := <-back
	runtime.GC()
	if r.id != 42 || r.next.id != 43 {
		t.Errorf("%d, %d", r.id, r.next.id)
	}
}

func TestCleanups(t *testing.T) {
	const n = 500
	var cleaned atomic.Int64
	for i := range n {
		r := escape(&resource{id: i})
		runtime.AddCleanup(r, func(i int) { cleaned.Add(1) }, i)
		runtime.AddCleanup(r, func(i int) { cleaned.Add(1) }, i)
		c := runtime.AddCleanup(r, func(int) { cleaned.Add(1 << 30) }, 0)
		c.Stop()
	}
	if !settle(func() bool { return cleaned.Load() == 2*n }) {
		t.Errorf("%d, want %d", cleaned.Load(), 2*n)
	}
	// A cleanup may wait for another goroutine.
	answer, done := make(chan int), make(chan int, 1)
	func() {
		runtime.AddCleanup(escape(&resource{}), func(int) { done <- <-answer }, 0)
	}()
	go func() { answer <- 42 }()
	if !settle(func() bool { return len(done) == 1 }) || <-done != 42 {
		t.Error("a cleanup that waits has not run")
	}
}

func TestWeak(t *testing.T) {
	r := escape(&resource{id: 1})
	w := weak.Make(r)
	inner := weak.Make(&r.id)
	runtime.GC()
	if w.Value() != r || inner.Value() != &r.id || w != weak.Make(r) {
		t.Error("a weak pointer to what is still there")
	}
	runtime.KeepAlive(r)
	r = nil
	if !settle(func() bool { return w.Value() == nil && inner.Value() == nil }) {
		t.Error("a weak pointer keeps its object")
	}
	if weak.Make((*resource)(nil)).Value() != nil {
		t.Error("a weak pointer to nil")
	}
}

func TestUnique(t *testing.T) {
	type pair struct {
		a string
		b int
	}
	h := unique.Make(pair{"a", 1})
	for i := range 2000 {
		unique.Make(pair{string(rune('a' + i%26)), i})
	}
	runtime.GC()
	runtime.GC()
	if h != unique.Make(pair{string([]byte("a")), 1}) || h.Value().b != 1 || h == unique.Make(pair{"a", 2}) {
		t.Error("handles")
	}
}
