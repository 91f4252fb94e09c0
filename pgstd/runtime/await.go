//go:build postgres

//pgstd:add

// What a background worker is told: a goroutine waits for it. As long as one does, a
// world in which nothing else can go on is asleep, not dead.
package runtime

import (
	"internal/runtime/atomic"
	"unsafe"
)

// pgstdLongSleep is how long the host is asked to sleep where nothing is due: it comes back
// when there is something to tell.
const pgstdLongSleep = 3600e9

var (
	pgstdWaiter guintptr // the goroutine that waits; no pointer, as it is written where no barrier may be
	pgstdSeen   uint32   // the signals that it knows
)

// pgstd_await waits until the host's signals are others than those that are known.
//
//go:linkname pgstd_await
func pgstd_await(seen uint32) uint32 {
	for {
		if now := atomic.Load(&pgstdControl.signals); now != seen {
			return now
		}
		pgstdSeen = seen
		gopark(pgstdAwaits, nil, waitReasonSleep, traceBlockSleep, 1)
	}
}

// pgstdAwaits runs when the goroutine has been put away: before, it could not be woken.
func pgstdAwaits(gp *g, _ unsafe.Pointer) bool {
	pgstdWaiter.set(gp)
	return true
}

// pgstdWake makes the goroutine go on that waits, if there is something new.
func pgstdWake() bool {
	if pgstdWaiter == 0 || atomic.Load(&pgstdControl.signals) == pgstdSeen {
		return false
	}
	gp := pgstdWaiter.ptr()
	pgstdWaiter = 0
	goready(gp, 1)
	return true
}
