package runtimetest

import (
	"flag"
	"os"
	"regexp"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

var die = flag.String("die", "", "die in this way instead of running tests")

// stops: this is a build that stops at each function, where another goroutine gets a turn
// then if one ever does.
var stops = flag.Bool("stops", false, "let others take turns wherever this build stops")

// mainStack is what debug.Stack says in TestMain.
var mainStack string

func TestMain(m *testing.M) {
	flag.Parse()
	mainStack = string(debug.Stack())
	if *die != "" {
		way, ok := deaths[*die]
		if !ok {
			println("no such way to die:", *die)
			os.Exit(2)
		}
		way()
		println("still alive")
		os.Exit(0)
	}
	if *stops {
		takeTurns(slicesEvery)
	}
	os.Exit(m.Run())
}

// sink keeps the compiler from proving that a value is not needed.
var sink any

// escape moves what p points at to the heap.
//
//go:noinline
func escape[T any](p *T) *T {
	sink = p
	sink = nil
	return p
}

// garbage makes n bytes or a little more of it, in small objects.
func garbage(n int) {
	for ; n > 0; n -= 80 {
		sink = new([10]*int)
	}
	sink = nil
}

// settle collects until done, or gives up after a minute.
func settle(done func() bool) bool {
	for start := time.Now(); time.Since(start) < time.Minute; {
		if done() {
			return true
		}
		runtime.GC()
		runtime.Gosched()
	}
	return done()
}

// states counts goroutines by what they do, in the words of tracebacks: "running",
// "runnable", "chan send" and so on.
func states() map[string]int {
	buf := make([]byte, 1<<16)
	n := runtime.Stack(buf, true)
	for ; n == len(buf); n = runtime.Stack(buf, true) {
		buf = make([]byte, 2*len(buf))
	}
	counts := map[string]int{}
	for _, m := range stateInTraceback.FindAllSubmatch(buf[:n], -1) {
		counts[string(m[1])]++
	}
	return counts
}

var stateInTraceback = regexp.MustCompile(`(?m)^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[([^],]+)`)

// caught runs f and returns what it panics with.
func caught(f func()) (value any) {
	defer func() { value = recover() }()
	f()
	return nil
}
