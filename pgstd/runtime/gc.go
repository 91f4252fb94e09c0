//go:build postgres

//pgstd:add

package runtime

// pgstdHeapTrigger reports whether the heap has grown enough for a collection, or
// has come to its limit.
//
// Near its memory limit the stock runtime collects as soon as anything has been
// allocated, and relies on its CPU limiter, which counts assists, to end that.
// In a world a collection is not spread over assists: it is a whole one. So here
// it takes a share of the live heap, a sixteenth at GOGC=100, to begin the next:
// a heap of live objects reaches the hard limit after a few collections, not
// after thousands.
func pgstdHeapTrigger(trigger uint64) bool {
	if pgstdOver != 0 {
		return true
	}
	live, marked := gcController.heapLive.Load(), gcController.heapMarked
	if live < trigger {
		return false
	}
	share := uint64(100)
	if percent := gcController.gcPercent.Load(); percent >= 0 && percent < 100 {
		share = uint64(percent)
	}
	return live >= marked+marked/1600*share
}
