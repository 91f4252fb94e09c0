//go:build postgres && pgstdtest

package runtime

import (
	"internal/runtime/syscall/linux"
	"unsafe"
)

// pgstd_system is where the system calls of a test build go; no other build has
// it. Nosplit, as the arguments may point into the stack of the goroutine.
//
//pgstd:add
//go:linkname pgstd_system
//go:nosplit
func pgstd_system(num uintptr, args *[6]uintptr) uintptr {
	return pgstdHook(pgstdControl.config.hooks.system, num, uintptr(unsafe.Pointer(args)), 0)
}

// What is asked of it that is no system call (PgstdSystem).
//
//pgstd:add
const (
	pgstdSystemStart   = 0x50475301
	pgstdSystemSigpipe = 0x50475302
	pgstdSystemWrite   = 0x50475303
	pgstdSystemSignal  = 0x50475304
	pgstdSystemNoted   = 0x50475305
)

// pgstdPass writes to the standard output or error of a child as any program does, and reports
// whether this is one.
//
//pgstd:add
//go:nosplit
func pgstdPass(fd int, p unsafe.Pointer, n int) bool {
	return pgstd_system(pgstdSystemWrite, &[6]uintptr{uintptr(fd), uintptr(p), uintptr(n)}) == 0
}

// pgstd_start starts a program; package syscall comes here. Nosplit as pgstd_system.
//
//pgstd:add
//go:linkname pgstd_start
//go:nosplit
func pgstd_start(process unsafe.Pointer) uintptr {
	return pgstd_system(pgstdSystemStart, &[6]uintptr{uintptr(process)})
}

// vgetrandom is where crypto/rand gets its bytes. The host fills what it knows to be the world's memory;
// a test may have mapped some itself.
//
//go:linkname vgetrandom
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) {
	if len(p) == 0 || readRandom(p) > 0 {
		return len(p), true
	}
	own := make([]byte, min(len(p), 256))
	if readRandom(own) == 0 {
		throw("pgstd: the host has no randomness")
	}
	return copy(p, own), true
}

// os_sigpipe ends the program, unless it wants to know: nobody reads its output.
//
//go:linkname os_sigpipe os.sigpipe
func os_sigpipe() { pgstd_system(pgstdSystemSigpipe, &[6]uintptr{}) }

// Errors that the poller knows.
const (
	_EINTR  = 4
	_EAGAIN = 11
)

// pgstdPolls reports whether a goroutine waits for a pipe. A test build has stock Go's poller.
//
//pgstd:add
func pgstdPolls() bool { return netpollinited() && netpollAnyWaiters() }

// fcntl is what package os asks about files.
//
//go:linkname fcntl
func fcntl(fd, cmd, arg int32) (ret int32, errno int32) {
	r := int64(pgstd_system(linux.SYS_FCNTL, &[6]uintptr{uintptr(fd), uintptr(cmd), uintptr(arg)}))
	if r < 0 {
		return -1, int32(-r)
	}
	return int32(r), 0
}
