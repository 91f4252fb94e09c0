//go:build postgres

package runtime

import "unsafe" // for go:linkname, too

//go:nosplit
func nanotime1() int64 {
	return int64(pgstdHook(pgstdControl.config.hooks.monotonic, 0, 0, 0))
}

// walltime stands in assembly on some architectures.
//
//pgstd:add
//go:nosplit
func walltime() (sec int64, nsec int32) {
	sec, nsec, _ = pgstdClocks()
	return sec, nsec
}

//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	return pgstdClocks()
}

// pgstdClocks has the host write to the stack of the goroutine, which does not move before a hook is back.
//
//pgstd:add
//go:nosplit
func pgstdClocks() (sec int64, nsec int32, mono int64) {
	var wall [2]int64
	mono = int64(pgstdHook(pgstdControl.config.hooks.clocks, uintptr(unsafe.Pointer(&wall)), 0, 0))
	return wall[0], int32(wall[1]), mono
}
