// Package boundary gets at any word of the process that it runs in, without package unsafe: by
// faults of Go's library and compiler that the kit mends. It is built without the gates, and with
// what mends them left out.
package boundary

import (
	"encoding/binary"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// RuntimeFunc has a runtime.Func, which has no size, with what its methods read behind it.
//
//pg:function
func RuntimeFunc(at int64) int32 {
	type forged struct {
		runtime.Func
		words [12]uint64
	}
	f := &forged{}
	f.words[0] = 0xffffffff // funcinl.ones
	f.words[4] = uint64(at) // funcinl.file
	f.words[5] = 4
	file, _ := f.FileLine(0)
	return int32(binary.LittleEndian.Uint32([]byte(file)))
}

// victim is a variable that lies behind memory of which there is too much.
type victim struct {
	words []int32
	pad   [1 << 16]byte
}

// behind makes the words of a victim those at an address, by way of memory that claims to be
// longer than it is.
func behind(memory []byte, at int64) int32 {
	start := reflect.ValueOf(&memory[0]).Pointer()
	for kept := []*victim{}; len(kept) < 1<<10; {
		v := &victim{words: []int32{0}}
		kept = append(kept, v)
		if header := reflect.ValueOf(v).Pointer(); header > start {
			binary.LittleEndian.PutUint64(memory[header-start:], uint64(at))
			return v.words[0]
		}
	}
	return 0
}

// ReflectInside makes a value of the library's inside, whose method believes a field of it.
//
//pg:function
func ReflectInside(at int64) int32 {
	descriptor := reflect.New(reflect.TypeOf(reflect.TypeOf(0)).Elem().Field(0).Type)
	memory := make([]byte, 64)
	descriptor.Elem().FieldByName("GCData").Set(reflect.ValueOf(&memory[0]))
	long := descriptor.MethodByName("GcSlice").Call([]reflect.Value{reflect.ValueOf(uintptr(0)), reflect.ValueOf(uintptr(1) << 40)})
	return behind(long[0].Bytes(), at)
}

// read is what TimerCopy has a timer call.
//
//go:noinline
func read(arg any, _ uintptr, _ int64) { found = *arg.(*int32) }

var found int32

// TimerCopy copies the head of a timer: what follows is taken for the rest of it, with the
// function that it calls and the argument of that.
//
//pg:function
func TimerCopy(at int64) int32 {
	type forged struct {
		time.Timer
		words [64]uint64
	}
	code := &[1]uint64{uint64(reflect.ValueOf(read).Pointer())}
	f := &forged{Timer: *time.NewTimer(time.Hour)}
	f.words[5] = uint64(reflect.ValueOf(code).Pointer())
	f.words[6] = uint64(reflect.ValueOf(reflect.TypeFor[*int32]()).Pointer())
	f.words[7] = uint64(at)
	f.Reset(time.Millisecond)
	time.Sleep(20 * time.Millisecond)
	runtime.KeepAlive(code)
	return found
}

// CondRestored puts a sync.Cond back at its place: a waiter that has gone gets a word that is
// sent to another channel, as a pointer.
//
//pg:function
func CondRestored(at int64) int32 {
	var mu sync.Mutex
	cond := sync.NewCond(&mu)
	numbers := make(chan uintptr)
	pointers := make(chan *int32)
	out := make(chan *int32, 1)
	go func() {
		mu.Lock()
		cond.Wait()
		mu.Unlock()
		<-numbers
		out <- <-pointers
	}()
	wait := func() { runtime.Gosched(); runtime.Gosched() }
	wait()
	saved := *cond
	cond.Signal()
	wait()
	*cond = saved
	cond.Signal()
	wait()
	numbers <- uintptr(at)
	return *<-out
}

type liar struct{ reflect.Type }

func (liar) Elem() reflect.Type { return reflect.TypeFor[[0]byte]() }

// TypeOfUsers has a type of its own that says other things than the one it embeds.
//
//pg:function
func TypeOfUsers(at int64) int32 {
	memory := reflect.ValueOf(make([]byte, 8))
	long := memory.Convert(liar{reflect.TypeFor[*[1 << 40]byte]()}).Interface().(*[1 << 40]byte)
	return behind(long[:], at)
}

type (
	number  struct{ word uintptr }
	pointer struct {
		first number
		word  *int32
	}
)

func swap(v *atomic.Value, old, new any) bool {
	defer func() { recover() }() // types that differ
	*v = atomic.Value{}
	v.Store(old)
	return v.CompareAndSwap(old, new)
}

// SwitchInLibrary has another goroutine run between the comparison in CompareAndSwap and
// what is done then: a pointer gets another one's type.
//
//pg:function
func SwitchInLibrary(at int64) int32 {
	var both pointer
	small := &both.first
	numbers := &[2]number{{}, {uintptr(at)}}
	other := &numbers[0]
	var v atomic.Value
	stop := false
	go func() {
		for !stop {
			func() {
				defer func() { recover() }()
				v = atomic.Value{}
				v.Store(&both)
			}()
			runtime.Gosched()
		}
	}()
	defer func() { stop = true }()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		for range 10000 {
			if !swap(&v, small, other) {
				continue
			}
			if p, ok := v.Load().(*pointer); ok && &p.first == other {
				return *p.word
			}
		}
	}
	return 0
}

// PanicNoFrame has a panic look for deferred functions at a frame that a word of the stack names:
// there is a closure, whose pointer is a number.
//
//pg:function
func PanicNoFrame(at int64) int32 {
	where := frameLike(1)
	var none *int32
	closure := &[2]uint64{uint64(reflect.ValueOf(reads(none)).Pointer()), uint64(at)}
	var words [64]uint64
	for i := range words {
		words[i] = uint64(reflect.ValueOf(closure).Pointer())
	}
	words[0] = where
	words[2] = 1 << 56 // one of its functions is deferred
	go frameStops(words)
	for range 10 {
		runtime.Gosched()
	}
	runtime.KeepAlive(closure)
	return found
}

// reads returns what the frame is said to have deferred.
//
//go:noinline
func reads(p *int32) func() {
	return func() {
		found = *p
		select {}
	}
}

var frameRan int

// frameLike returns a place in a function that defers one.
//
//go:noinline
func frameLike(n int) (where uint64) {
	defer func() { frameRan++ }()
	return caller(n)
}

//go:noinline
func caller(n int) uint64 {
	var pcs [2]uintptr
	runtime.Callers(2, pcs[:n])
	return uint64(pcs[0])
}

// frameStops has the last frame in which the panic finds something.
//
//go:noinline
func frameStops(words [64]uint64) {
	defer func() { frameRan++ }()
	panics(words)
}

//go:noinline
func panics([64]uint64) { panic(exits{}) }

type exits struct{}

func (exits) Error() string { runtime.Goexit(); return "" }
