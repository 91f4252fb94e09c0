//go:build postgres

package runtime

import _ "unsafe" // for go:linkname

//go:nosplit
func nanotime1() int64 {
	return int64(pgstdHook(pgstdControl.config.hooks.monotonic, 0, 0, 0))
}

// walltime stands in assembly on some architectures.
//
//pgstd:add
//go:nosplit
func walltime() (sec int64, nsec int32) {
	ns := int64(pgstdHook(pgstdControl.config.hooks.realtime, 0, 0, 0))
	return ns / 1e9, int32(ns % 1e9)
}

//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	sec, nsec = walltime()
	return sec, nsec, nanotime()
}
