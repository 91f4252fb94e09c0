//go:build postgres && pgstdtest

package linux

import _ "unsafe" // for go:linkname

// pgstd_system asks the host, see host/abi.h.
//
//pgstd:add
//go:linkname pgstd_system runtime.pgstd_system
//go:noescape
func pgstd_system(num uintptr, args *[6]uintptr) uintptr

// Syscall6 is the choke point of every system call that Go's standard library
// makes. In a test build it asks the host, which serves those that read files.
// Nosplit: arguments may be addresses in the caller's stack, which must not move.
//
//go:nosplit
func Syscall6(num, a1, a2, a3, a4, a5, a6 uintptr) (r1, r2, errno uintptr) {
	args := [6]uintptr{a1, a2, a3, a4, a5, a6}
	r := pgstd_system(num, &args)
	if int64(r) < 0 && int64(r) > -4096 {
		return ^uintptr(0), 0, -r
	}
	return r, 0, 0
}
