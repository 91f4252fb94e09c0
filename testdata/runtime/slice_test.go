package runtimetest

import (
	"context"
	"runtime"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestTimeoutPolled asks a context that has a deadline, and does nothing else.
func TestTimeoutPolled(t *testing.T) {
	asks := map[string]func(ctx context.Context){
		"Err": func(ctx context.Context) {
			for ctx.Err() == nil {
			}
		},
		"select": func(ctx context.Context) {
			for {
				select {
				case <-ctx.Done():
					return
				default:
				}
			}
		},
		"channel": func(ctx context.Context) {
			done := ctx.Done()
			for {
				select {
				case <-done:
					return
				default:
				}
			}
		},
		"two channels": func(ctx context.Context) {
			done, never := ctx.Done(), make(chan int)
			for {
				select {
				case <-done:
					return
				case <-never:
				default:
				}
			}
		},
		"child": func(ctx context.Context) {
			child, cancel := context.WithCancel(context.WithValue(ctx, "a", 1))
			defer cancel()
			for child.Err() == nil {
			}
		},
		"from the library": func(ctx context.Context) {
			sort.Slice(make([]int, 2), func(i, j int) bool {
				for ctx.Err() == nil {
				}
				return false
			})
		},
		"deferred": func(ctx context.Context) {
			defer func() {
				recover()
				for ctx.Err() == nil {
				}
			}()
			panic(1)
		},
	}
	for name, ask := range asks {
		start := time.Now()
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
		ask(ctx)
		if took := time.Since(start); ctx.Err() != context.DeadlineExceeded || took < 5*time.Millisecond {
			t.Errorf("%s: %v after %v", name, ctx.Err(), took)
		}
		cancel()
	}
}

// TestTimersWhileBusy has timers go off while a goroutine computes.
func TestTimersWhileBusy(t *testing.T) {
	var after, ticks, cancelled atomic.Int64
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Millisecond)
	defer cancel()
	context.AfterFunc(ctx, func() { cancelled.Add(1) })
	for i := range 20 {
		time.AfterFunc(time.Duration(i)*time.Millisecond, func() { after.Add(1) })
	}
	stopped := time.AfterFunc(time.Millisecond, func() { t.Error("a stopped timer goes off") })
	stopped.Stop()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for after.Load() < 20 || ticks.Load() < 5 || cancelled.Load() < 1 {
		busy(100)
		select {
		case <-ticker.C:
			ticks.Add(1)
		default:
		}
	}
}

// TestFastTicker computes while a ticker is due all the time: that takes its part of the time,
// not nearly all of it.
func TestFastTicker(t *testing.T) {
	if *stops {
		t.Skip("this build looks at timers at each function, not when the host's timer rings")
	}
	fastest := func() time.Duration {
		least := time.Hour
		for range 10 {
			start := time.Now()
			for range 20 {
				busy(100)
			}
			least = min(least, time.Since(start))
		}
		return least
	}
	alone := fastest()
	ticker := time.NewTicker(time.Microsecond)
	defer ticker.Stop()
	var ticks atomic.Int64
	go func() {
		for range ticker.C {
			ticks.Add(1)
		}
	}()
	for ticks.Load() < 3 { // it has waited for the third
		runtime.Gosched()
	}
	if beside := fastest(); beside > 50*alone+time.Millisecond {
		t.Errorf("%v instead of %v", beside, alone)
	}
}

// TestTurns has goroutines compute that never block: each gets its turns.
func TestTurns(t *testing.T) {
	var counts [5]atomic.Int64
	var stop atomic.Bool
	var wg sync.WaitGroup
	for i := range counts {
		wg.Go(func() {
			for !stop.Load() {
				busy(100)
				counts[i].Add(1)
			}
		})
	}
	for i := range counts {
		for counts[i].Load() < 100 {
			busy(100)
		}
	}
	stop.Store(true)
	wg.Wait()
}

// TestBusyChannel passes values from one goroutine that asks again and again to another.
func TestBusyChannel(t *testing.T) {
	c := make(chan int, 3)
	go func() {
		for i := 1; i <= 100; {
			select {
			case c <- i:
				i++
			default:
				busy(10)
			}
		}
	}()
	sum := 0
	for n := 0; n < 100; {
		select {
		case v := <-c:
			sum += v
			n++
		default:
			busy(10)
		}
	}
	if sum != 5050 {
		t.Errorf("sum %d", sum)
	}
}

// busy calls functions, and does nothing else.
//
//go:noinline
func busy(n int) int {
	if n == 0 {
		return 1
	}
	return busy(n-1) + 1
}

type pair struct {
	first any
	text  string
	array [3]any
}

type promotes struct{ *strings.Builder }

// TestTurnsAreAtCalls: what the compiler makes of an expression is not divided by a turn
// of another goroutine, though it calls the runtime; a call that the program makes is where turns are.
func TestTurnsAreAtCalls(t *testing.T) {
	if !onTarget {
		t.Skip("true of a world only")
	}
	defer takeTurns(slicesEvery)()
	turns := 0
	stop := false
	defer func() { stop = true; runtime.Gosched() }()
	go func() {
		for ; !stop; runtime.Gosched() {
			turns++
		}
	}()
	a, b := &pair{1, "a", [3]any{"x", 2.5, [2]string{"a", "b"}}}, &pair{1, "a", [3]any{"x", 2.5, [2]string{"a", "b"}}}
	m := map[any]string{}
	list, letters := []string{"a"}, strings.Repeat("ä", 100)
	var value any = a
	pieces := map[string]func() bool{
		"comparison": func() bool { before := turns; same := *a == *b; return same && turns == before },
		"interfaces": func() bool { before := turns; same := a.array[2] == b.array[2]; return same && turns == before },
		"map":        func() bool { before := turns; m[a.array[2]] += a.text; _ = m[b.first]; return turns == before },
		"append":     func() bool { before := turns; list = append(list, a.text, b.text); return turns == before },
		"strings":    func() bool { before := turns; s := a.text + b.text + list[0]; return len(s) == 3 && turns == before },
		"convert":    func() bool { before := turns; s := []byte(a.text); return string(s) == "a" && turns == before },
		"assert":     func() bool { before := turns; _, ok := value.(interface{ M() }); return !ok && turns == before },
		"allocate":   func() bool { before := turns; sink = make([]*pair, 100); return turns == before },
		"range map": func() bool {
			before := turns
			for range m {
				m[len(m)] = ""
				break
			}
			return turns == before
		},
		// The literal in FieldsSeq is of this package by its name. It begins here, and the loop's body in it:
		// two places for turns, and none for each letter that it asks the library about.
		"literal of the library": func() bool {
			before := turns
			for range strings.FieldsSeq(letters) {
			}
			return turns-before < len(letters)/10
		},
		// The method that the library calls is of this package by its name. It is what the compiler has
		// made of an embedded one of the library.
		"promoted method": func() bool {
			before := turns
			strings.NewReplacer("ab", "c", "xy", "z").WriteString(promotes{&strings.Builder{}}, strings.Repeat("ab-", 100))
			return turns-before < 10
		},
	}
	for name, piece := range pieces {
		for range 20 {
			if !piece() {
				t.Errorf("%s: divided", name)
				break
			}
		}
	}
	if *stops {
		before := turns
		busy(3)
		own := turns - before
		before = turns
		for range 10 { // the other goroutine needs two turns to count one: it is stopped in Gosched, too
			strings.Repeat("a", 3)
		}
		if library := turns - before; own == 0 || library == 0 {
			t.Errorf("%d turns at calls of functions of its own, %d at one of the library", own, library)
		}
	}
}
