package runtimetest

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestOneThread(t *testing.T) {
	if !onTarget {
		t.Skip("true of a world only")
	}
	if n := runtime.NumCPU(); n != 1 {
		t.Errorf("NumCPU: %d", n)
	}
	for _, n := range []int{0, 1, 8} {
		if old := runtime.GOMAXPROCS(n); old != 1 {
			t.Errorf("GOMAXPROCS(%d): it was %d", n, old)
		}
	}
	runtime.SetDefaultGOMAXPROCS()
	if n := runtime.GOMAXPROCS(0); n != 1 {
		t.Errorf("GOMAXPROCS is now %d", n)
	}
}

// Goroutines that yield take turns: none is far behind when the first is done.
func TestFairness(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const workers, rounds = 50, 400
	var turns [workers]int
	var least int
	var first sync.Once
	var all sync.WaitGroup
	start := make(chan struct{})
	for i := range workers {
		all.Go(func() {
			<-start
			for range rounds {
				turns[i]++
				runtime.Gosched()
			}
			first.Do(func() { least = slices.Min(turns[:]) })
		})
	}
	close(start)
	all.Wait()
	if least < rounds/2 {
		t.Errorf("one goroutine had %d turns while another had %d", least, rounds)
	}
}

// Two goroutines that wake each other all the time do not starve a third.
func TestPingPongDoesNotStarve(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	ping, pong, stop := make(chan int), make(chan int), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		defer close(pong)
		for n := range ping {
			pong <- n + 1
		}
	})
	all.Go(func() {
		defer close(ping)
		n := 0
		for {
			select {
			case <-stop:
				return
			default:
			}
			ping <- n
			n = <-pong
		}
	})
	all.Go(func() {
		for range 10 {
			runtime.Gosched()
		}
		close(stop)
	})
	all.Wait()
}

// goroutines counts them when none but this one has anything to do: those of earlier
// tests have ended. Other threads may still be at it, so only a world's count is exact.
func goroutines() int {
	for now := states(); now["runnable"] > 0 || now["running"] > 1; now = states() {
		runtime.Gosched()
	}
	return runtime.NumGoroutine()
}

func TestManyGoroutines(t *testing.T) {
	const n = 20_000
	before := goroutines()
	start, results := make(chan struct{}), make(chan int)
	for i := range n {
		go func() {
			<-start
			results <- i
		}()
	}
	if now := runtime.NumGoroutine(); onTarget && now < before+n {
		t.Errorf("NumGoroutine is %d with %d started", now, n)
	}
	close(start)
	sum := 0
	for range n {
		sum += <-results
	}
	if want := n * (n - 1) / 2; sum != want {
		t.Errorf("sum %d, want %d", sum, want)
	}
	if !settle(func() bool { return runtime.NumGoroutine() <= before }) {
		t.Errorf("%d goroutines left, %d before", runtime.NumGoroutine(), before)
	}
}

// Some goroutines wait for each other forever; that is nobody else's business.
func TestPartialDeadlock(t *testing.T) {
	before, waiting := goroutines(), states()
	wait := func(state string) {
		for states()[state] < waiting[state]+2 {
			runtime.Gosched()
		}
	}
	var a, b sync.Mutex
	release := make(chan struct{})
	go func() {
		a.Lock()
		<-release
		b.Lock()
	}()
	go func() {
		b.Lock()
		<-release
		a.Lock()
	}()
	go func() { select {} }()
	wait("chan receive")
	close(release)
	wait("sync.Mutex.Lock")
	runtime.GC()
	if n := runtime.NumGoroutine(); onTarget && n != before+3 {
		t.Errorf("%d goroutines, want %d", n, before+3)
	}
}

func TestLockOSThread(t *testing.T) {
	runtime.LockOSThread()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	defer runtime.UnlockOSThread()
	in, out := make(chan int), make(chan int)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			runtime.LockOSThread() // ends locked: the thread is not to go with it
			for n := range in {
				out <- n * n
			}
		})
	}
	sum := 0
	for i := range 100 {
		in <- i
		sum += <-out
	}
	close(in)
	all.Wait()
	if sum != 328350 {
		t.Errorf("sum %d", sum)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		runtime.Goexit()
	}()
	<-done
}

// A goroutine starts others while it ends, over and over: descriptors are reused.
func TestGoroutineChurn(t *testing.T) {
	var count atomic.Int64
	done := make(chan struct{})
	var spawn func(depth int)
	spawn = func(depth int) {
		n := count.Add(1)
		if depth == 0 {
			if n == 1<<14-1 {
				close(done)
			}
			return
		}
		go spawn(depth - 1)
		go spawn(depth - 1)
	}
	go spawn(13)
	<-done
}

func TestGoexit(t *testing.T) {
	var order []string
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			order = append(order, "outer")
			if r := recover(); r != nil {
				t.Errorf("recovered %v", r)
			}
		}()
		func() {
			defer func() { order = append(order, "inner") }()
			runtime.Goexit()
		}()
		order = append(order, "after")
	}()
	<-done
	if want := []string{"inner", "outer"}; !slices.Equal(order, want) {
		t.Errorf("%v, want %v", order, want)
	}
}

// With work to do all the time, timers still fire and yielding still works.
func TestBusyWithTimers(t *testing.T) {
	stop := time.After(20 * time.Millisecond)
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for ticks := 0; ticks < 3 || stop != nil; {
		select {
		case <-ticker.C:
			ticks++
		case <-stop:
			stop = nil
		default:
			runtime.Gosched()
		}
	}
}
