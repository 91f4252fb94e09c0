//go:build postgres

// What a program can ask of package runtime/debug stays within the limits that
// the host has set.
package runtime

import _ "unsafe" // for go:linkname

//go:linkname setMaxStack runtime/debug.setMaxStack
func setMaxStack(in int) (out int) {
	out = int(maxstacksize)
	maxstacksize = min(uintptr(max(in, 0)), pgstdMaxStack())
	return out
}

// pgstdMemoryLimit is what a program's soft limit comes to. The host's may have
// changed since the world was started.
//
//pgstd:add
func pgstdMemoryLimit(in int64) int64 {
	return min(in, int64(pgstdControl.config.maxMemory))
}

// runtime_debug_WriteHeapDump does nothing: there is no file to write to, and the
// number of one may as well be that of the standard output.
//
//go:linkname runtime_debug_WriteHeapDump runtime/debug.WriteHeapDump
func runtime_debug_WriteHeapDump(fd uintptr) {}
