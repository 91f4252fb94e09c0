//go:build postgres

package syscall

import (
	"internal/runtime/syscall/linux"
	"unsafe"
)

// gettimeofday is assembly on amd64 and an ordinary system call elsewhere.
func gettimeofday(timeval *Timeval) (err Errno) {
	_, _, e := linux.Syscall6(SYS_GETTIMEOFDAY, uintptr(unsafe.Pointer(timeval)), 0, 0, 0, 0, 0)
	return Errno(e)
}
