package a

import (
	"reflect"
	"runtime"
	"runtime/debug"
	"syscall"
)

func Raw(v reflect.Value) {
	_ = v.UnsafeAddr()          // a number
	_ = reflect.SliceHeader{}   // want "is the inside of a slice"
	var _ *reflect.StringHeader // want "is the inside of a string"
	runtime.Breakpoint()        // want "stops the server in a debugger"
	debug.WriteHeapDump(1)      // want "writes memory"
	debug.SetPanicOnFault(true) // want "hides damaged memory"
	f := syscall.RawSyscall     // want "is for a kernel"
	_, _, _ = f(39, 0, 0, 0)
	_ = syscall.Kill(1, syscall.SIGKILL)       // want "is for a kernel"
	_, _, _ = syscall.ParseDirent(nil, 1, nil) // want "is for a kernel"
	_, _ = syscall.Mmap(3, 0, 1, 1, 1)         // want "is for a kernel"
	var errno syscall.Errno = syscall.EINVAL
	_, _ = errno.Error(), syscall.Getpagesize()
	_ = (&syscall.Timespec{}).Nano() + syscall.TimespecToNsec(syscall.NsecToTimespec(1))
	_ = v.Pointer()
	runtime.GC()
	_ = debug.SetGCPercent(50)
	_ = syscall.EPERM
}
