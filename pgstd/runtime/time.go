//go:build postgres

package runtime

import "unsafe" // for go:linkname, too

// pgstdClock is what reading a clock takes, which stays the same while a world lives. It is found
// without a look at the configuration: a clock's instruction waits for all before it.
//
//pgstd:add
var pgstdClock struct{ world, monotonic, clocks uintptr }

//pgstd:add
func pgstdClockInit() {
	c := pgstdControl.config
	pgstdClock.world, pgstdClock.monotonic, pgstdClock.clocks = c.world, c.hooks.monotonic, c.hooks.clocks
}

//go:nosplit
func nanotime1() int64 {
	return int64(pgstdLeaf(pgstdClock.monotonic, pgstdClock.world, 0, 0, 0))
}

// walltime stands in assembly on some architectures.
//
//pgstd:add
//go:nosplit
func walltime() (sec int64, nsec int32) {
	sec, nsec, _ = time_now()
	return sec, nsec
}

// time_now has the host write to the stack of the goroutine, which does not move before a hook is back.
//
//go:nosplit
//go:linkname time_now time.now
func time_now() (sec int64, nsec int32, mono int64) {
	var wall [2]int64
	mono = int64(pgstdLeaf(pgstdClock.clocks, pgstdClock.world, uintptr(unsafe.Pointer(&wall)), 0, 0))
	return wall[0], int32(wall[1]), mono
}
