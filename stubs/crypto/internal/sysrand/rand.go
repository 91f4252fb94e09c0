//go:build postgres && !pgstdtest

package sysrand

import _ "unsafe" // for go:linkname

// vgetrandom asks the host, and ends the world if that has no randomness.
//
//go:linkname vgetrandom runtime.vgetrandom
//pgstd:add
func vgetrandom(p []byte, flags uint32) (ret int, supported bool)

// Read fills b. The host does not block and there is no file to fall back on.
func Read(b []byte) { vgetrandom(b, 0) }
