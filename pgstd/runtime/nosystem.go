//go:build postgres && !pgstdtest

// What a test build asks of its host (system.go), no other build has.
package runtime

import "unsafe"

// fcntl is what package os asks about the standard files.
//
//go:linkname fcntl
func fcntl(fd, cmd, arg int32) (ret int32, errno int32) { return -1, _EPERM }

// os_sigpipe would end the program, as nobody reads its output.
//
//go:linkname os_sigpipe os.sigpipe
func os_sigpipe() { throw("pgstd: sigpipe") }

//pgstd:add
func pgstdPolls() bool { return false }

//pgstd:add
//go:nosplit
func pgstdPass(fd int, p unsafe.Pointer, n int) bool { return false }

// vgetrandom is where crypto/rand gets its bytes: the host asks the kernel.
//
//go:linkname vgetrandom
func vgetrandom(p []byte, flags uint32) (ret int, supported bool) {
	if len(p) == 0 {
		return 0, true
	}
	if readRandom(p) == 0 {
		throw("pgstd: the host has no randomness")
	}
	return len(p), true
}
