//go:build postgres

package runtimetest

import _ "unsafe" // for go:linkname

// onTarget: these tests run in a world.
const onTarget = true

// Modes of runtime.pgstd_slices.
const slicesAsEver, slicesNone, slicesEvery = 0, 1, 2

//go:linkname setSlices runtime.pgstd_slices
func setSlices(mode int)

// takeTurns has other goroutines get turns never, or at each stop, until back is called.
func takeTurns(mode int) (back func()) {
	setSlices(mode)
	return func() {
		setSlices(slicesAsEver)
		if *stops {
			setSlices(slicesEvery)
		}
	}
}
