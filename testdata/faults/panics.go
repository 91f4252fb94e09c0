package faults

import (
	"errors"
	"runtime"
	"strings"
	"sync"
	"time"
	"unsafe"
)

type custom struct{ reason string }

type wide struct {
	_ [1 << 16]byte
	n int64
}

type speaker interface{ speak() string }

type badError struct{}

func (badError) Error() string { panic("in Error") }

type recursiveError struct{}

func (e recursiveError) Error() string { return e.Error() + "." }

// Package variables keep the compiler from knowing better.
var (
	zero     int64
	three    = []int64{1, 2, 3}
	nilPtr   *int64
	nilWide  *wide
	nilMap   map[string]int
	nilFunc  func()
	nilIface speaker
	nilChan  chan int
	aString  any = "a string"
	sink     int64
	anySink  any
)

// panics can be recovered from where they happen in the goroutine of the call.
var panics = map[string]func(){
	"nil_read":           func() { sink = *nilPtr },
	"nil_write":          func() { *nilPtr = 1 },
	"nil_far_field":      func() { sink = nilWide.n },
	"nil_func":           func() { nilFunc() },
	"nil_method":         func() { nilIface.speak() },
	"nil_map_write":      func() { nilMap["x"] = 1 },
	"index":              func() { sink = three[zero+5] },
	"index_negative":     func() { sink = three[zero-1] },
	"string_index":       func() { sink = int64("abc"[zero+3]) },
	"slice_bounds":       func() { three = three[zero+2 : zero+1] },
	"slice_capacity":     func() { three = three[:zero+9] },
	"slice_to_array":     func() { sink = [4]int64(three)[0] },
	"divide":             func() { sink = 1 / zero },
	"divide_narrow":      func() { sink = int64(int32(1) % int32(zero)) },
	"type_assertion":     func() { anySink = aString.(int64) },
	"type_interface":     func() { anySink = aString.(speaker) },
	"type_nil":           func() { anySink = any(nil); anySink = anySink.(int64) },
	"close_nil":          func() { close(nilChan) },
	"close_closed":       func() { c := make(chan int); close(c); close(c) },
	"send_closed":        func() { c := make(chan int, 1); close(c); c <- 1 },
	"make_negative":      func() { anySink = make([]int64, zero-1) },
	"make_huge":          func() { anySink = make([]int64, zero+1<<60) },
	"make_chan":          func() { anySink = make(chan int64, zero-1) },
	"shift_negative":     func() { sink = 1 << (zero - 1) },
	"hash_unhashable":    func() { anySink = map[any]int{any(three): 1} },
	"compare":            func() { anySink = any(three) == any(three) },
	"unsafe_slice":       func() { anySink = unsafe.Slice(&three[0], zero-1) },
	"repeat_negative":    func() { anySink = strings.Repeat("x", int(zero-1)) },
	"wait_group":         func() { new(sync.WaitGroup).Add(-1) },
	"panic_string":       func() { panic("boom") },
	"panic_error":        func() { panic(errors.New("an error")) },
	"panic_custom":       func() { panic(custom{"reason"}) },
	"panic_pointer":      func() { panic(&custom{"reason"}) },
	"panic_number":       func() { panic(time.Duration(42)) },
	"panic_nil":          func() { panic(nil) },
	"panic_bytes":        func() { panic("bytes \xff and \x00 too") },
	"panic_long":         func() { panic(strings.Repeat("long ", 100_000)) },
	"panic_error_method": func() { panic(badError{}) },
	"panic_wrapped":      func() { panic(errorChain(100_000)) },
	"panic_wrapped_few":  func() { panic(errorChain(10)) },
	"repanic": func() {
		defer func() { panic(recover()) }()
		panic("again")
	},
	"panic_in_defer": func() {
		defer func() { panic("second") }()
		panic("first")
	},
	"panic_after_recover": func() {
		defer func() {
			recover()
			panic("later")
		}()
		panic("sooner")
	},
	"panic_deep": func() { deep(10_000, func() { panic("from below") }) },
}

// deep calls f with so many frames above it.
func deep(frames int, f func()) int {
	if frames == 0 {
		f()
		return 0
	}
	return deep(frames-1, f) + 1
}

// elsewhere lets other goroutines run until the world has ended.
func elsewhere() {
	for {
		runtime.Gosched()
	}
}

// collected makes f run when the collector has found an object that nobody has.
func collected(register func(*[64]byte)) {
	func() { register(new([64]byte)) }()
	for {
		runtime.GC()
		time.Sleep(time.Millisecond)
	}
}

func errorChain(n int) error {
	err := errors.New("innermost")
	for range n {
		err = errors.Join(err)
	}
	return err
}
