package faults

import (
	"bytes"
	"crypto/rand"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"runtime/pprof"
	"runtime/trace"
	"syscall"
	"time"
)

// strange things are legal, and have something to do with processes, threads,
// signals or the runtime itself.
var strange = map[string]func(){
	"none":         func() {},
	"many_threads": func() { runtime.GOMAXPROCS(64); debug.SetMaxThreads(1000) },
	"few_threads":  func() { debug.SetMaxThreads(1) },
	"lock_thread":  func() { runtime.LockOSThread() },
	"locked_exit":  func() { done := make(chan bool); go func() { defer close(done); runtime.LockOSThread() }(); <-done },
	"notify":       func() { signal.Notify(make(chan os.Signal, 1)); signal.Ignore(syscall.SIGTERM); signal.Reset() },
	"kill":         func() { denied(syscall.Kill(os.Getpid(), syscall.SIGKILL)) },
	"fork":         func() { _, err := os.StartProcess("/bin/true", nil, &os.ProcAttr{}); denied(err) },
	"exec":         func() { denied(exec.Command("/bin/true").Run()) },
	"execve":       func() { denied(syscall.Exec("/bin/true", nil, nil)) },
	"open":         func() { _, err := os.Open("/etc/passwd"); denied(err) },
	"create":       func() { _, err := os.Create("/tmp/pgstd-was-here"); denied(err) },
	"close_files": func() {
		for fd := range 1000 {
			syscall.Close(fd)
		}
	},
	"stdin":          func() { _, err := os.Stdin.Read(make([]byte, 1)); denied(err) },
	"listen":         func() { _, err := net.Listen("tcp", "127.0.0.1:0"); denied(err) },
	"dial":           func() { _, err := net.Dial("tcp", "127.0.0.1:1"); denied(err) },
	"mmap":           func() { _, err := syscall.Mmap(-1, 0, 4096, 3, 0x22); denied(err) },
	"raw_syscall":    func() { _, _, e := syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 1, 0, 0); denied(e) },
	"setenv":         func() { os.Setenv("PGSTD", "1"); os.Clearenv() },
	"panic_on_fault": func() { debug.SetPanicOnFault(true) },
	"traceback":      func() { debug.SetTraceback("crash") },
	"print_stack":    func() { debug.PrintStack() },
	"free_memory":    func() { debug.FreeOSMemory() },
	"no_gc": func() {
		debug.SetGCPercent(-1)
		debug.SetMemoryLimit(1 << 62)
		for range 1 << 18 { // 1 GB in all
			anySink = make([]byte, 4096)
		}
	},
	"all_gc": func() {
		debug.SetGCPercent(1)
		debug.SetMemoryLimit(1)
		for range 1000 {
			anySink = make([]byte, 1<<16)
		}
	},
	"breakpoint":   runtime.Breakpoint,
	"profile_cpu":  func() { denied(pprof.StartCPUProfile(io.Discard)); pprof.StopCPUProfile() },
	"profile_heap": func() { must(pprof.WriteHeapProfile(io.Discard)) },
	"trace":        func() { must(trace.Start(io.Discard)); time.Sleep(5 * time.Millisecond); runtime.GC(); trace.Stop() },
	"dump_stacks":  func() { runtime.Stack(make([]byte, 1<<20), true) },
	"mem_stats":    func() { runtime.ReadMemStats(new(runtime.MemStats)) },
	"metrics": func() {
		samples := make([]metrics.Sample, 0)
		for _, d := range metrics.All() {
			samples = append(samples, metrics.Sample{Name: d.Name})
		}
		metrics.Read(samples)
	},
	"random": func() {
		a, b := make([]byte, 1<<20), make([]byte, 1<<20)
		rand.Read(a)
		rand.Read(b)
		if bytes.Equal(a, b) {
			panic("not random")
		}
	},
	"local_zone": func() { sink = int64(len(time.Now().Local().String())) },
	"many_timers": func() {
		for range 100_000 {
			time.AfterFunc(time.Hour, func() {})
		}
	},
	"many_goroutines": func() {
		done := make(chan bool)
		for range 50_000 {
			go func() { done <- true }()
		}
		for range 50_000 {
			<-done
		}
	},
	"heap_dump": func() { debug.WriteHeapDump(1) },
}

// denied panics if something was possible.
func denied(err error) {
	if err == nil {
		panic("possible")
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
