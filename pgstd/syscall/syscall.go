//go:build postgres

// There is no kernel to call. Syscall6 of internal/runtime/syscall/linux, where
// nearly all of this package ends, answers EPERM; here are the ways around it.
package syscall

import (
	"internal/runtime/syscall/linux"
	_ "unsafe" // for go:linkname
)

func rawSyscallNoError(trap, a1, a2, a3 uintptr) (r1, r2 uintptr) {
	r1, r2, _ = linux.Syscall6(trap, a1, a2, a3, 0, 0, 0)
	return r1, r2
}

func rawVforkSyscall(trap, a1, a2, a3 uintptr) (r1 uintptr, err Errno) {
	return ^uintptr(0), EPERM
}

// pgstd_write is the output hook of package runtime.
//
//go:linkname pgstd_write runtime.pgstd_write
//pgstd:add
func pgstd_write(stream int, p *byte, n int)

// write reaches the host for the standard output and error, and nothing else.
func write(fd int, p []byte) (n int, err error) {
	if fd != Stdout && fd != Stderr {
		return writeFile(fd, p)
	}
	if len(p) > 0 {
		pgstd_write(fd, &p[0], len(p))
	}
	return len(p), nil
}
