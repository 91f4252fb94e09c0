package runtimetest

import (
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
	"unsafe"
)

// deaths are the ways to end a process; the driver knows what each must look like.
var deaths = map[string]func(){
	"exit":  func() { os.Exit(7) },
	"exit0": func() { os.Exit(0) },
	"exit in goroutine": func() {
		go os.Exit(9)
		select {}
	},
	"panic":       func() { panic("boom") },
	"panic error": func() { panic(os.ErrInvalid) },
	"panic in goroutine": func() {
		go panic("in a goroutine")
		select {}
	},
	"panic in timer": func() {
		time.AfterFunc(time.Millisecond, func() { panic("in a timer") })
		select {}
	},
	"panic in finalizer": func() {
		for {
			runtime.SetFinalizer(escape(new([4]int)), func(*[4]int) { panic("in a finalizer") })
			runtime.GC()
			time.Sleep(time.Millisecond)
		}
	},
	"nested panic": func() {
		defer func() { panic("second") }()
		panic("first")
	},
	"panic with its own panic": func() { panic(stringer{}) },
	"nil":                      func() { *escape(new(*int)) = nil; sink = **escape(new(*int)) },
	"wild address":             func() { sink = *(*int)(wild(0x7ffffff000)) },
	"non-canonical address":    func() { sink = *(*int)(wild(0xdead_0000_0000_0000)) },
	"wild call": func() {
		code := uintptr(wild(0x7ffffff000))
		f := &code
		(*(*func())(unsafe.Pointer(&f)))()
	},
	"write to code": func() {
		f := runtime.GC
		*(*uintptr)(wild(**(**uintptr)(unsafe.Pointer(&f)))) = 0
	},
	"write to constant": func() { f := runtime.GC; **(**uintptr)(unsafe.Pointer(&f)) = 0 },
	"overflow":          func() { sink = deep(1 << 40) },
	"memory":            func() { hoard(1 << 10) },
	"memory at once":    func() { sink = make([]byte, 1<<46) },
	"memory in large pieces": func() {
		hoard(100 << 20)
	},
	"goroutines without end": func() {
		for {
			go func() { select {} }()
		}
	},
	"deadlock": func() { <-make(chan int) },
	"deadlock in mutex": func() {
		var mu sync.Mutex
		mu.Lock()
		mu.Lock()
	},
	"deadlock of all": func() {
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() { select {} })
		}
		group.Wait()
	},
	"main goexit":       func() { runtime.Goexit() },
	"unlock":            func() { new(sync.Mutex).Unlock() },
	"small stack limit": func() { debug.SetMaxStack(1 << 16); sink = deep(1 << 40) },
	"negative group":    func() { new(sync.WaitGroup).Done() },
	"crash":             func() { debug.SetTraceback("crash"); panic("crash") },
}

type stringer struct{}

func (stringer) Error() string { panic("no words") }

//go:noinline
func wild(address uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&address)) }

//go:noinline
func deep(n int) int {
	if n == 0 {
		return 0
	}
	return deep(n-1) + 1
}

// hoard keeps pieces of memory, all used, until there are no more.
func hoard(size int) {
	var all [][]byte
	for {
		piece := make([]byte, size)
		for i := 0; i < len(piece); i += 512 {
			piece[i] = 1
		}
		all = append(all, piece)
		sink = all
	}
}
