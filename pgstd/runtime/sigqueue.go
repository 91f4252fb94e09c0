//go:build postgres && pgstdtest

// The other side of os/signal in a test build. The host notes the signals that the program wants
// to know of, see host/standalone/signals.c, and signal_recv asks for them.
package runtime

import (
	"internal/runtime/sys"
	_ "unsafe" // for go:linkname
)

// What becomes of a signal (PgstdDisposition).
//
//pgstd:add
const (
	pgstdSignalDefault = 0
	pgstdSignalIgnored = 1
	pgstdSignalNoted   = 2
	pgstdSignalAsk     = 3
)

//pgstd:add
func pgstdSignal(s uint32, disposition uintptr) uintptr {
	return pgstd_system(pgstdSystemSignal, &[6]uintptr{uintptr(s), disposition})
}

//go:linkname signal_enable os/signal.signal_enable
func signal_enable(s uint32) { pgstdSignal(s, pgstdSignalNoted) }

//go:linkname signal_disable os/signal.signal_disable
func signal_disable(s uint32) { pgstdSignal(s, pgstdSignalDefault) }

//go:linkname signal_ignore os/signal.signal_ignore
func signal_ignore(s uint32) { pgstdSignal(s, pgstdSignalIgnored) }

//go:linkname signal_ignored os/signal.signal_ignored
func signal_ignored(s uint32) bool { return pgstdSignal(s, pgstdSignalAsk) == pgstdSignalIgnored }

//pgstd:add
var (
	pgstdPending  uint32 // signals that have been taken from the host, and not yet received
	pgstdReceives bool   // the receiver has nothing, and waits
)

// signal_recv looks as often as a note does: a signal comes at any time, also right before the
// host goes to sleep.
//
//go:linkname signal_recv os/signal.signal_recv
func signal_recv() uint32 {
	for !pgstdTakeSignals() {
		pgstdReceives = true
		timeSleep(pgstdNotePoll)
		pgstdReceives = false
	}
	s := uint32(sys.TrailingZeros32(pgstdPending))
	pgstdPending &^= 1 << s
	return s
}

// pgstdTakeSignals takes what the host has noted, and reports whether there is anything to receive.
//
//pgstd:add
func pgstdTakeSignals() bool {
	pgstdPending |= uint32(pgstd_system(pgstdSystemNoted, &[6]uintptr{}))
	return pgstdPending != 0
}

// signalWaitUntilIdle waits until what has come has been received, and the receiver waits for more.
//
//go:linkname signalWaitUntilIdle os/signal.signalWaitUntilIdle
func signalWaitUntilIdle() {
	for pgstdTakeSignals() || !pgstdReceives {
		Gosched()
	}
}
