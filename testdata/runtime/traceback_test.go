package runtimetest

import (
	"bytes"
	"errors"
	"io/fs"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"strings"
	"testing"
	"time"
)

func TestStackReachesMain(t *testing.T) {
	for _, frame := range []string{"runtime/debug.Stack()", "runtimetest.TestMain(", "main.main()"} {
		if !strings.Contains(mainStack, frame) {
			t.Errorf("no %s in\n%s", frame, mainStack)
		}
	}
	here := string(debug.Stack())
	for _, frame := range []string{"runtimetest.TestStackReachesMain(", "traceback_test.go:", "testing.tRunner(", "created by testing.(*T).Run"} {
		if !strings.Contains(here, frame) {
			t.Errorf("no %s in\n%s", frame, here)
		}
	}
}

//go:noinline
func callers(depth int) []uintptr {
	if depth > 0 {
		return callers(depth - 1)
	}
	pcs := make([]uintptr, 100)
	return pcs[:runtime.Callers(1, pcs)]
}

func TestCallers(t *testing.T) {
	frames := runtime.CallersFrames(callers(5))
	var names []string
	for {
		frame, more := frames.Next()
		if frame.Line == 0 || frame.File == "" {
			t.Errorf("%+v", frame)
		}
		names = append(names, frame.Function[strings.LastIndex(frame.Function, ".")+1:])
		if !more {
			break
		}
	}
	want := "callers callers callers callers callers callers TestCallers tRunner goexit"
	if got := strings.Join(names, " "); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	pc, file, line, ok := runtime.Caller(0)
	if name := runtime.FuncForPC(pc).Name(); !ok || line == 0 || !strings.HasSuffix(file, "traceback_test.go") || !strings.HasSuffix(name, "runtimetest.TestCallers") {
		t.Errorf("%s:%d, %s", file, line, name)
	}
}

// A panic's stack, as seen by a deferred function, shows where it came from.
func TestStackOfFault(t *testing.T) {
	var stack string
	func() {
		defer func() {
			stack = string(debug.Stack())
			_ = recover()
		}()
		faultAt(3, [3]int{})
	}()
	for _, frame := range []string{"panic(", "runtimetest.faultAt(", "runtimetest.TestStackOfFault("} {
		if !strings.Contains(stack, frame) {
			t.Errorf("no %s in\n%s", frame, stack)
		}
	}
}

func TestAllStacks(t *testing.T) {
	stop := make(chan struct{})
	defer close(stop)
	started := make(chan struct{})
	for i := range 20 {
		go func() { atDepth(i*10, func() { started <- struct{}{}; <-stop }) }()
		<-started
	}
	buf := make([]byte, 1<<20)
	all := string(buf[:runtime.Stack(buf, true)])
	if n := strings.Count(all, "runtimetest.TestAllStacks.func"); n < 20 {
		t.Errorf("%d goroutines in\n%s", n, all)
	}
	if !strings.Contains(all, "runtimetest.TestMain(") && !strings.Contains(all, "testing.(*M).Run") {
		t.Errorf("no main goroutine in\n%s", all)
	}
	var profile bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&profile, 1); err != nil || !strings.Contains(profile.String(), "atDepth") {
		t.Errorf("%v: %s", err, &profile)
	}
}

//go:noinline
func atDepth(depth int, f func()) {
	if depth == 0 {
		f()
		return
	}
	atDepth(depth-1, f)
}

// The tools that look at a running program find one, even if it tells them little.
func TestProfiles(t *testing.T) {
	for _, name := range []string{"heap", "allocs", "block", "mutex", "threadcreate"} {
		var b bytes.Buffer
		if err := pprof.Lookup(name).WriteTo(&b, 0); err != nil || b.Len() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	var cpu bytes.Buffer
	err := pprof.StartCPUProfile(&cpu)
	if onTarget {
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("a CPU profile without signals: %v", err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	garbage(1 << 20)
	pprof.StopCPUProfile()
	if cpu.Len() == 0 {
		t.Error("the CPU profile is empty")
	}
}

func TestTrace(t *testing.T) {
	var b bytes.Buffer
	if err := trace.Start(&b); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	for range 10 {
		go func() {
			time.Sleep(time.Millisecond)
			garbage(1 << 16)
			done <- struct{}{}
		}()
	}
	for range 10 {
		<-done
	}
	runtime.GC()
	trace.Stop()
	if !bytes.HasPrefix(b.Bytes(), []byte("go 1.")) || b.Len() < 100 {
		t.Errorf("the trace has %d bytes", b.Len())
	}
}

func TestBuildInfo(t *testing.T) {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.GoVersion != runtime.Version() || !strings.HasPrefix(runtime.Version(), "go1.") {
		t.Errorf("%v, %s", info, runtime.Version())
	}
	if runtime.GOOS != "linux" || runtime.Compiler != "gc" {
		t.Errorf("%s, %s", runtime.GOOS, runtime.Compiler)
	}
}
