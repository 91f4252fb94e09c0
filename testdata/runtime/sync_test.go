package runtimetest

import (
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestMutex(t *testing.T) {
	var mu sync.Mutex
	var all sync.WaitGroup
	n := 0
	for range 50 {
		all.Go(func() {
			for range 100 {
				mu.Lock()
				m := n
				if m%50 == 0 {
					runtime.Gosched()
				}
				n = m + 1
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if n != 5000 || !mu.TryLock() || mu.TryLock() {
		t.Errorf("n is %d", n)
	}
}

// Who has waited long gets the lock although another takes it all the time.
func TestMutexStarvation(t *testing.T) {
	var mu sync.Mutex
	got := make(chan struct{})
	mu.Lock()
	go func() {
		mu.Lock()
		defer mu.Unlock()
		close(got)
	}()
	for {
		time.Sleep(2 * time.Millisecond)
		mu.Unlock()
		mu.Lock()
		select {
		case <-got:
			mu.Unlock()
			return
		default:
		}
	}
}

func TestRWMutex(t *testing.T) {
	var mu sync.RWMutex
	var all sync.WaitGroup
	var readers, most atomic.Int32
	a, b := 0, 0
	for i := range 40 {
		all.Go(func() {
			for range 50 {
				if i%8 == 0 {
					mu.Lock()
					if readers.Load() != 0 {
						t.Error("readers beside a writer")
					}
					a++
					runtime.Gosched()
					b++
					mu.Unlock()
					continue
				}
				mu.RLock()
				most.Store(max(most.Load(), readers.Add(1)))
				runtime.Gosched()
				if a != b {
					t.Errorf("a writer beside readers: %d, %d", a, b)
				}
				readers.Add(-1)
				mu.RUnlock()
			}
		})
	}
	all.Wait()
	if a != 250 || most.Load() < 2 {
		t.Errorf("%d writes, at most %d readers", a, most.Load())
	}
}

func TestOnce(t *testing.T) {
	var once sync.Once
	var all sync.WaitGroup
	n := 0
	for range 20 {
		all.Go(func() {
			once.Do(func() {
				time.Sleep(time.Millisecond)
				n++
			})
			if n != 1 {
				t.Error("Do came back before it was done")
			}
		})
	}
	all.Wait()
	calls := 0
	value := sync.OnceValues(func() (int, error) { calls++; return 7, errors.ErrUnsupported })
	for range 3 {
		if v, err := value(); v != 7 || err != errors.ErrUnsupported || calls != 1 {
			t.Errorf("%d, %v, %d calls", v, err, calls)
		}
	}
	bad := sync.OnceFunc(func() { panic("once") })
	if a, b := caught(bad), caught(bad); a != "once" || b != "once" {
		t.Errorf("%v, %v", a, b)
	}
}

func TestCond(t *testing.T) {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	var all sync.WaitGroup
	ready, woken, waiting := false, 0, 0
	for range 10 {
		all.Go(func() {
			mu.Lock()
			defer mu.Unlock()
			waiting++
			for !ready {
				cond.Wait()
			}
			woken++
		})
	}
	for done := false; !done; runtime.Gosched() {
		mu.Lock()
		done = waiting == 10
		mu.Unlock()
	}
	cond.Signal() // wakes one, which goes to sleep again
	mu.Lock()
	ready = true
	cond.Broadcast()
	mu.Unlock()
	all.Wait()
	if woken != 10 {
		t.Errorf("%d woken", woken)
	}
}

func TestPool(t *testing.T) {
	type buffer struct{ b [1000]byte }
	made := 0
	pool := sync.Pool{New: func() any { made++; return new(buffer) }}
	a := pool.Get().(*buffer)
	pool.Put(a)
	if onTarget && pool.Get() != any(a) {
		t.Error("the pool has lost what was put into it")
	}
	for range 100 {
		pool.Put(new(buffer))
	}
	runtime.GC()
	runtime.GC()
	runtime.GC()
	before := made
	if pool.Get() == nil || made != before+1 {
		t.Error("the pool outlives collections")
	}
}

func TestSyncMap(t *testing.T) {
	var m sync.Map
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			for i := range 200 {
				m.Store(w*200+i, i)
				m.LoadOrStore(i, i)
				if i%3 == 0 {
					m.Delete(w*200 + i - 1)
					runtime.Gosched()
				}
			}
		})
	}
	all.Wait()
	n := 0
	m.Range(func(k, v any) bool { n++; return true })
	if n < 1000 {
		t.Errorf("%d entries", n)
	}
	m.Clear()
	if _, ok := m.Load(1); ok {
		t.Error("an entry after Clear")
	}
}

func TestAtomics(t *testing.T) {
	var n atomic.Int64
	var p atomic.Pointer[tree]
	var v atomic.Value
	var flags atomic.Uint32
	p.Store(newTree())
	v.Store(newTree())
	old := p.Load()
	for i := range 1000 {
		n.Add(int64(i))
		if i%100 == 0 {
			next := newTree()
			if !p.CompareAndSwap(old, next) {
				t.Fatal("CompareAndSwap")
			}
			old = next
			v.Swap(newTree())
			runtime.GC()
		}
		flags.Or(1 << (i % 32))
	}
	p.Load().check(t, "atomic.Pointer")
	v.Load().(*tree).check(t, "atomic.Value")
	if n.Load() != 499_500 || flags.And(0xff) != 0xffffffff || flags.Load() != 0xff {
		t.Errorf("%d, %x", n.Load(), flags.Load())
	}
}
