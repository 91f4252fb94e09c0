package runtimetest

import (
	"iter"
	"runtime"
	"slices"
	"sync"
	"testing"
)

func count(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := range n {
			if !yield(i) {
				return
			}
		}
	}
}

func TestPull(t *testing.T) {
	next, stop := iter.Pull(count(1000))
	for i := range 1000 {
		if v, ok := next(); v != i || !ok {
			t.Fatalf("%d, %v at %d", v, ok, i)
		}
		if i%200 == 0 {
			runtime.GC()
		}
	}
	if v, ok := next(); v != 0 || ok {
		t.Errorf("%d, %v at the end", v, ok)
	}
	stop()
	stop()
}

func TestPullStop(t *testing.T) {
	cleaned := false
	next, stop := iter.Pull2(func(yield func(int, string) bool) {
		defer func() { cleaned = true }()
		for i := 0; yield(i, "x"); i++ {
		}
	})
	if n, s, ok := next(); n != 0 || s != "x" || !ok {
		t.Errorf("%d, %q, %v", n, s, ok)
	}
	stop()
	if _, _, ok := next(); ok || !cleaned {
		t.Errorf("after stop: %v, cleaned %v", ok, cleaned)
	}
	_, stop = iter.Pull(count(3))
	stop() // never started
}

func TestPullPanics(t *testing.T) {
	next, stop := iter.Pull(func(yield func(int) bool) {
		yield(1)
		var p *int
		yield(*p)
	})
	next()
	if err, ok := caught(func() { next() }).(runtime.Error); !ok {
		t.Errorf("%v", err)
	}
	stop()
	next, stop = iter.Pull(func(yield func(int) bool) {
		defer func() { panic("while stopping") }()
		yield(1)
	})
	next()
	if v := caught(stop); v != "while stopping" {
		t.Errorf("%v", v)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		next, stop := iter.Pull(func(yield func(int) bool) { runtime.Goexit() })
		defer stop()
		next()
		t.Error("Goexit did not come through")
	}()
	<-done
}

// A tower of coroutines, each pulling from the one below and yielding in turn.
func TestPullNested(t *testing.T) {
	seq := count(200)
	for range 50 {
		below := seq
		seq = func(yield func(int) bool) {
			next, stop := iter.Pull(below)
			defer stop()
			for v, ok := next(); ok && yield(v+1); v, ok = next() {
			}
		}
	}
	got := slices.Collect(seq)
	if len(got) != 200 || got[0] != 50 || got[199] != 249 {
		t.Errorf("%d values, %v", len(got), got)
	}
}

// Coroutines wait, sleep and are handed between goroutines.
func TestPullAcrossGoroutines(t *testing.T) {
	c := make(chan int)
	next, stop := iter.Pull(func(yield func(int) bool) {
		for v := range c {
			if !yield(v) {
				return
			}
		}
	})
	defer stop()
	go func() {
		for i := range 100 {
			c <- i
		}
		close(c)
	}()
	var mu sync.Mutex
	var all sync.WaitGroup
	sum := 0
	for range 5 {
		all.Go(func() {
			for {
				mu.Lock()
				v, ok := next()
				sum += v
				mu.Unlock()
				if !ok {
					return
				}
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	if sum != 4950 {
		t.Errorf("sum %d", sum)
	}
}

func TestPullTree(t *testing.T) {
	var walk func(t *tree, yield func(uint64) bool) bool
	walk = func(t *tree, yield func(uint64) bool) bool {
		return t == nil || walk(t.left, yield) && yield(t.seed) && walk(t.right, yield)
	}
	inOrder := func(t *tree) iter.Seq[uint64] {
		return func(yield func(uint64) bool) { walk(t, yield) }
	}
	for range 20 {
		a, stopA := iter.Pull(inOrder(newTree()))
		b, stopB := iter.Pull(inOrder(newTree()))
		for {
			x, okA := a()
			y, okB := b()
			if x != y || okA != okB {
				t.Fatalf("%d, %v; %d, %v", x, okA, y, okB)
			}
			if !okA {
				break
			}
		}
		stopA()
		stopB()
	}
}
