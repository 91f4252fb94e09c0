//go:build postgres

package runtime

import "internal/cpu"

// pgstdHardware tells package internal/cpu what the processor can do, before it
// is asked. Without it atomics and cryptography would take their slow forms.
// What else reads the auxiliary vector (golang.org/x/sys/cpu) finds the same.
//
//pgstd:add
func pgstdHardware() {
	cpu.HWCap = uint(pgstdControl.config.hwcap)
	pgstdAuxv = [2]uintptr{pgstdATHWCap, uintptr(cpu.HWCap)}
	auxv = pgstdAuxv[:]
}

//pgstd:add
var pgstdAuxv [2]uintptr

// pgstdATHWCap is AT_HWCAP.
//
//pgstd:add
const pgstdATHWCap = 16

// cputicks only has to grow: profiles compare it with itself.
//
//go:nosplit
func cputicks() int64 { return nanotime() }
