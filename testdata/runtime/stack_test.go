package runtimetest

import (
	"runtime"
	"runtime/debug"
	"sync"
	"testing"
)

// link is a chain of frames: each holds a pointer into the one before.
type link struct {
	before *link
	n      int
	local  *int
}

// climb grows the stack while pointers into older frames are live, and looks at
// all of them from the top.
//
//go:noinline
func climb(before *link, depth int, atTop func()) int {
	mine := before.n + 1
	l := link{before: before, n: mine, local: &mine}
	if depth == 0 {
		atTop()
		bad := 0
		for at := &l; at.before != nil; at = at.before {
			if *at.local != at.n || at.n != at.before.n+1 {
				bad++
			}
		}
		return bad
	}
	bad := climb(&l, depth-1, atTop)
	if *l.local != mine || l.before != before || l.n != before.n+1 {
		bad++
	}
	return bad
}

func TestDeepRecursion(t *testing.T) {
	for _, depth := range []int{1, 100, 10_000, 150_000} {
		if got := deep(depth); got != depth {
			t.Errorf("deep(%d) is %d", depth, got)
		}
		if bad := climb(&link{}, depth, runtime.Gosched); bad != 0 {
			t.Errorf("%d of %d frames are damaged", bad, depth)
		}
	}
}

func TestStackGrowthDuringGC(t *testing.T) {
	for _, depth := range []int{10, 1000, 20_000} {
		done := make(chan int)
		go func() { done <- climb(&link{}, depth, runtime.GC) }()
		if bad := <-done; bad != 0 {
			t.Errorf("%d of %d frames are damaged", bad, depth)
		}
	}
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if n := allocating(2000, nil); n != 2001*2000/2 {
				t.Errorf("sum %d", n)
			}
		})
	}
	all.Wait()
}

// allocating hangs a heap object onto every frame.
//
//go:noinline
func allocating(depth int, before *[9]int) int {
	if depth == 0 {
		return 0
	}
	mine := &[9]int{8: depth}
	sink = mine
	n := allocating(depth-1, mine)
	if before != nil && before[8] != depth+1 {
		return -1 << 40
	}
	return n + mine[8]
}

// Stacks become large, small and large again, in many goroutines at once.
func TestStackShrinks(t *testing.T) {
	const workers, rounds = 30, 3
	var all sync.WaitGroup
	step := make(chan struct{})
	for w := range workers {
		all.Go(func() {
			local := w
			p := &local
			l := link{n: w, local: p}
			for range rounds {
				if bad := climb(&l, 2000+w*100, runtime.Gosched); bad != 0 {
					t.Errorf("%d frames are damaged", bad)
				}
				<-step // small again, collections shrink it here
				if *p != w || *l.local != w || l.local != &local {
					t.Errorf("after shrinking: %d, %d", *p, *l.local)
				}
			}
		})
	}
	for range rounds {
		for range 3 {
			runtime.Gosched()
			runtime.GC()
		}
		for range workers {
			step <- struct{}{}
		}
	}
	all.Wait()
}

// What a channel delivers goes to where the receiver's stack is now.
func TestReceiveOnMovedStack(t *testing.T) {
	type load struct{ words [40]uint64 }
	in, out := make(chan load), make(chan uint64)
	for range 20 {
		go func() {
			deep(5000)
			var l load
			select {
			case l = <-in:
			case l = <-make(chan load):
			}
			out <- l.words[0] + l.words[39]
		}()
	}
	for range 3 {
		runtime.Gosched()
		runtime.GC()
	}
	for i := range uint64(20) {
		l := load{}
		l.words[0], l.words[39] = i, i
		in <- l
		if n := <-out; n != 2*i {
			t.Errorf("received %d, want %d", n, 2*i)
		}
	}
}

// A large frame in one step.
//
//go:noinline
func largeFrame(n int) byte {
	var b [1 << 16]byte
	b[n] = byte(n)
	if n > 0 {
		return largeFrame(n-1) + b[n]
	}
	return b[0]
}

func TestLargeFrames(t *testing.T) {
	for range 5 {
		done := make(chan byte)
		go func() { done <- largeFrame(200) }()
		if n := <-done; n != 132 {
			t.Errorf("sum %d", n)
		}
	}
}

// Deferred calls, with arguments on the stack, run after it has moved.
func TestDefersOnMovedStack(t *testing.T) {
	const n = 2000
	sum := 0
	func() {
		for i := range n {
			local := i
			p := &local
			defer func() { sum += *p }()
		}
		deep(50_000)
		runtime.GC()
	}()
	if sum != n*(n-1)/2 {
		t.Errorf("sum %d", sum)
	}
	var recurse func(depth int) (result int)
	recurse = func(depth int) (result int) {
		defer func() {
			if recover() != nil {
				result = depth
			}
		}()
		if depth == 0 {
			panic("bottom")
		}
		if n := recurse(depth - 1); n != depth-1 {
			t.Fatalf("%d below %d", n, depth)
		}
		panic(depth)
	}
	if n := recurse(3000); n != 3000 {
		t.Errorf("%d", n)
	}
}
