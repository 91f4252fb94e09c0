package runtimetest

import (
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"testing"
)

type node struct {
	far  [1 << 16]byte // beyond the page that the processor guards
	next *node
	n    int
}

//go:noinline
func (n *node) value() int { return n.n }

func TestRuntimePanics(t *testing.T) {
	var (
		p     *node
		i     *int
		f     func()
		r     io.Reader
		m     map[string]int
		zero  int
		a         = []int{1, 2, 3}
		four      = 4
		minus     = -1
		word  any = "word"
	)
	tests := []struct {
		want string
		f    func()
	}{
		{"invalid memory address or nil pointer dereference", func() { sink = *i }},
		{"invalid memory address or nil pointer dereference", func() { *i = 1 }},
		{"invalid memory address or nil pointer dereference", func() { sink = p.n }},
		{"invalid memory address or nil pointer dereference", func() { p.next.next = p }},
		{"invalid memory address or nil pointer dereference", func() { sink = p.value() }},
		{"invalid memory address or nil pointer dereference", func() { f() }},
		{"invalid memory address or nil pointer dereference", func() { defer f() }},
		{"invalid memory address or nil pointer dereference", func() { r.Read(nil) }},
		{"integer divide by zero", func() { sink = 1 / zero }},
		{"integer divide by zero", func() { sink = 1 % zero }},
		{"integer divide by zero", func() { sink = uint8(1) / uint8(zero) }},
		{"index out of range [4] with length 3", func() { sink = a[four] }},
		{"index out of range [-1]", func() { sink = a[minus] }},
		{"slice bounds out of range [:4] with capacity 3", func() { sink = a[:four] }},
		{"slice bounds out of range [4:3]", func() { sink = a[four:] }},
		{"cannot convert slice with length 3 to array or pointer to array with length 4", func() { sink = [4]int(a) }},
		{"assignment to entry in nil map", func() { m["a"] = 1 }},
		{"interface conversion: interface {} is string, not int", func() { sink = word.(int) }},
		{"interface conversion: string is not io.Reader: missing method Read", func() { sink = word.(io.Reader) }},
		{"makeslice: len out of range", func() { sink = make([]int, minus) }},
		{"hash of unhashable type []int", func() { sink = map[any]int{any(a): 1} }},
		{"comparing uncomparable type []int", func() { sink = any(a) == any(a) }},
	}
	for i, test := range tests {
		value := caught(test.f)
		err, ok := value.(runtime.Error)
		if !ok || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d: panic %v, want %s", i, value, test.want)
		}
	}
	if n := math.MinInt64; n/minus != math.MinInt64 || n%minus != 0 {
		t.Error("the smallest integer by -1")
	}
}

func TestPanicNil(t *testing.T) {
	var nothing *runtime.PanicNilError
	if err, _ := caught(func() { panic(nil) }).(error); !errors.As(err, &nothing) {
		t.Errorf("%v", err)
	}
	if r := recover(); r != nil {
		t.Errorf("recovered %v without a panic", r)
	}
}

func TestDeferOrder(t *testing.T) {
	var order []int
	result := func() (result string) {
		for i := range 5 {
			defer func() { order = append(order, i) }()
		}
		defer func() { result += fmt.Sprint(" ", recover()) }()
		result = "named"
		var p *int
		*p = 1
		return "not reached"
	}()
	if !slices.Equal(order, []int{4, 3, 2, 1, 0}) || !strings.HasPrefix(result, "named runtime error: ") {
		t.Errorf("%v, %q", order, result)
	}
}

func TestNestedPanics(t *testing.T) {
	var seen []any
	value := caught(func() {
		defer func() { seen = append(seen, caught(func() { panic("inner") })) }()
		defer func() {
			r := recover()
			seen = append(seen, r)
			panic(fmt.Sprint(r, " again"))
		}()
		defer func() { panic("second") }()
		panic("first")
	})
	if want := []any{"second", "inner"}; !slices.Equal(seen, want) || value != "second again" {
		t.Errorf("%v, then %v", seen, value)
	}
	// recover works in the deferred function only, not in what that calls.
	value = caught(func() {
		defer func() { func() { _ = recover() }() }()
		panic("passes")
	})
	if value != "passes" {
		t.Errorf("%v", value)
	}
}

// Goexit while a panic is on its way, and a panic while Goexit is.
func TestGoexitAndPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"goexit ends a panic": func() {
			defer runtime.Goexit()
			panic("dropped")
		},
		"a recovered panic lets goexit go on": func() {
			defer func() { _ = recover() }()
			defer panic("recovered")
			runtime.Goexit()
		},
	} {
		done, after := make(chan struct{}), false
		go func() {
			defer close(done)
			f()
			after = true
		}()
		if <-done; after {
			t.Errorf("%s: it went on", name)
		}
	}
}

// The fault finds any amount of stack left, down to none.
//
//go:noinline
func faultAt(depth int, pad [3]int) int {
	if depth == 0 {
		var p *int
		return *p + pad[0]
	}
	return faultAt(depth-1, pad) + pad[1]
}

func TestFaultAtEveryDepth(t *testing.T) {
	for depth := range 600 {
		done := make(chan any)
		go func() { done <- caught(func() { faultAt(depth, [3]int{}) }) }()
		if err, ok := (<-done).(runtime.Error); !ok || !strings.Contains(err.Error(), "nil pointer") {
			t.Fatalf("depth %d: %v", depth, err)
		}
	}
}

func TestFaultsInGoroutines(t *testing.T) {
	var all sync.WaitGroup
	var recovered [100]int
	for i := range recovered {
		all.Go(func() {
			for n := range 50 {
				if caught(func() { faultAt(n, [3]int{}) }) != nil {
					recovered[i]++
				}
				runtime.Gosched()
			}
		})
	}
	all.Wait()
	for i, n := range recovered {
		if n != 50 {
			t.Errorf("goroutine %d recovered from %d faults", i, n)
		}
	}
}

// All registers are as they were: values that live across a recovered fault.
func TestFaultKeepsState(t *testing.T) {
	a, b, c, x, y := 1, 2, 3, 1.5, 2.5
	for i := range 20_000 {
		if caught(func() { faultAt(0, [3]int{}) }) == nil {
			t.Fatal("no fault")
		}
		a, b, c, x, y = a+1, b+a, c^i, x+1, y+x/1e6
		if i%5000 == 0 {
			runtime.GC()
		}
	}
	if a != 20_001 || b != 2+20_000*20_001/2 || x != 20_001.5 || math.IsNaN(y) || c == 0 {
		t.Error(a, b, c, x, y)
	}
}

func TestPanicOnFault(t *testing.T) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	const address = 0x7ffffff000
	err, ok := caught(func() { sink = *(*int)(wild(address)) }).(interface {
		error
		Addr() uintptr
	})
	if !ok || err.Addr() != address {
		t.Errorf("%v", err)
	}
}

func TestErrorsSurviveTheirPanic(t *testing.T) {
	why := errors.New("why")
	value := caught(func() {
		defer func() {
			if r := recover(); r != nil {
				panic(fmt.Errorf("wrapped: %w", r.(error)))
			}
		}()
		panic(why)
	})
	if err, _ := value.(error); !errors.Is(err, why) {
		t.Errorf("%v", value)
	}
}
