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
