package faults

import (
	"log"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"
	"unsafe"
)

// deaths end the world, recover or not.
var deaths = map[string]func(){
	"goroutine":       func() { go panic("in a goroutine"); elsewhere() },
	"goroutine_nil":   func() { go func() { sink = *nilPtr }(); elsewhere() },
	"goroutine_sleep": func() { go panic("while asleep"); time.Sleep(time.Hour) },
	"timer":           func() { time.AfterFunc(time.Millisecond, func() { panic("in a timer") }); time.Sleep(time.Hour) },
	"finalizer": func() {
		collected(func(p *[64]byte) { runtime.SetFinalizer(p, func(*[64]byte) { panic("in a finalizer") }) })
	},
	"cleanup": func() {
		collected(func(p *[64]byte) { runtime.AddCleanup(p, func(int) { panic("in a cleanup") }, 0) })
	},
	"panic_recursive_error": func() { panic(recursiveError{}) },

	"exit_0":     func() { os.Exit(0) },
	"exit_3":     func() { os.Exit(3) },
	"exit_defer": func() { defer func() { os.Exit(4) }(); panic("never seen") },
	"exit_other": func() { go os.Exit(5); elsewhere() },
	"goexit":     func() { runtime.Goexit() },
	"goexit_defer": func() {
		defer func() { recover() }()
		defer runtime.Goexit()
		panic("forgotten")
	},
	"log_fatal": func() { log.Fatal("no way out") },

	"deadlock_channel": func() { <-make(chan int) },
	"deadlock_nil":     func() { <-nilChan },
	"deadlock_select":  func() { select {} },
	"deadlock_mutex":   func() { var m sync.Mutex; m.Lock(); m.Lock() },
	"deadlock_wait":    func() { var w sync.WaitGroup; w.Add(1); w.Wait() },
	"deadlock_many": func() {
		for range 3 {
			go func() { select {} }()
		}
		select {}
	},

	"unlock":      func() { new(sync.Mutex).Unlock() },
	"unlock_read": func() { new(sync.RWMutex).RUnlock() },
	"map_write":   func() { m := writing(); m["x"] = 1 },
	"map_read":    func() { m := writing(); sink = int64(m["x"]) },
	"map_iteration": func() {
		m := writing()
		for k := range m {
			anySink = k
		}
	},

	"stack_overflow":           func() { sink = overflow(1) },
	"stack_overflow_goroutine": func() { go overflow(1); elsewhere() },
	"stack_overflow_wide":      func() { sink = overflowWide([1 << 16]byte{}) },
	"stack_overflow_raised":    func() { debug.SetMaxStack(1 << 40); sink = overflow(1) },

	"memory_small": func() {
		for {
			list = &node{list, 0}
		}
	},
	"memory_slice": func() { anySink = make([]byte, zero+1<<40) },
	"memory_growth": func() {
		for s := []byte("x"); ; s = append(s, s...) {
			anySink = s
		}
	},
	"memory_map": func() {
		for i := int64(0); ; i++ {
			numbers[i] = i
		}
	},
	"memory_string": func() { anySink = strings.Repeat("x", int(zero)+1<<40) },
	"memory_goroutines": func() {
		for {
			go func() { select {} }()
		}
	},
	"memory_channel": func() { anySink = make(chan [1 << 10]int64, zero+1<<30) },
	"memory_no_gc": func() {
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(1 << 62)
		var kept [][]byte
		for {
			kept = append(kept, make([]byte, 4096))
			anySink = kept
		}
	},

	"wild_read":          func() { sink = *wild(0xdeadbeef) },
	"wild_write":         func() { *wild(0xdeadbeef) = 1 },
	"wild_non_canonical": func() { sink = *wild(0xdeadbeefdeadbeef) },
	"wild_code_write":    func() { **(**int64)(unsafe.Pointer(&codeAt)) = 1 },
	"wild_call":          func() { jump(0xdeadbeef) },
	"wild_call_data":     func() { jump(uintptr(unsafe.Pointer(&zero))) },
	"wild_copy":          func() { copy(unsafe.Slice((*byte)(unsafe.Pointer(wild(0xdeadbeef))), 1<<20), make([]byte, 1<<20)) },
	"wild_map":           func() { m := *(*map[string]int)(unsafe.Pointer(&junk)); m["x"] = 1 },
	"wild_goroutine":     func() { go func() { sink = *wild(0xdeadbeef) }(); elsewhere() },
}

type node struct {
	next *node
	n    int64
}

var (
	list    *node
	numbers = map[int64]int64{}
	codeAt  = called
	junk    = &[32]uintptr{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
)

func overflow(n int64) int64 { return overflow(n+1) + n }

func overflowWide(b [1 << 16]byte) int64 {
	b[zero]++
	return overflowWide(b) + int64(b[zero+1])
}

//go:nocheckptr
func wild(address uintptr) *int64 { return *(**int64)(unsafe.Pointer(&address)) }

func jump(address uintptr) {
	code := &address
	(*(*func())(unsafe.Pointer(&code)))()
}

// writing is a map that looks as if another goroutine were writing to it: on one
// thread, no goroutine can get in between.
func writing() map[string]int {
	m := map[string]int{"x": 1, "y": 2}
	type header struct {
		used        uint64
		seed        uintptr
		dirPtr      unsafe.Pointer
		dirLen      int
		globalDepth uint8
		globalShift uint8
		writing     uint8
	}
	(*(**header)(unsafe.Pointer(&m))).writing = 1
	return m
}
