//go:build postgres && pgstdtest

package syscall

import "unsafe"

// gettimeofday is assembly on amd64 and an ordinary system call elsewhere.
func gettimeofday(timeval *Timeval) (err Errno) {
	_, _, err = RawSyscall(SYS_GETTIMEOFDAY, uintptr(unsafe.Pointer(timeval)), 0, 0)
	return err
}
