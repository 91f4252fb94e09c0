//go:build postgres

// How a world dies. The stock functions print and exit; these say first what
// kind of death it is, so that the host can pick the SQLSTATE, and that what is
// printed from now on belongs to the ERROR.
package runtime

import _ "unsafe" // for go:linkname

//go:linkname throw
//go:nosplit
func throw(s string) {
	// What preprintpanics says when Error or String of a panic value panics.
	const printing = "panic while printing panic value"
	death := uint32(pgstdDeathThrow)
	switch {
	case len(s) >= len(printing) && s[:len(printing)] == printing:
		death = pgstdDeathFatal
	case s == "stack overflow":
		death = pgstdDeathStack
	case pgstdMemoryFailed:
		death = pgstdDeathMemory
	}
	pgstdSayFatal(death, s, throwTypeRuntime, nil)
}

//go:linkname fatal
//go:nosplit
func fatal(s string) {
	pgstdSayFatal(pgstdDeathFatal, s, throwTypeUser, getg()._panic)
}

// pgstdSayFatal prints s, after the panics under way if there are any, and ends
// the world. Nosplit, as its callers may have no stack left.
//
//pgstd:add
//go:nosplit
func pgstdSayFatal(death uint32, s string, kind throwType, p *_panic) {
	if pgstdControl.death == pgstdDeathNone {
		pgstdControl.death = death
	}
	pgstdDying.Store(1)
	systemstack(func() {
		printPreFatalDeferPanic(p)
		print("fatal error: ")
		printindented(s)
		print("\n")
	})
	fatalthrow(kind)
}

// freezetheworld has nothing to stop: the only thread is the one that calls it.
func freezetheworld() { freezing.Store(true) }
