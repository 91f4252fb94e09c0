//go:build postgres && !pgstdtest

package runtime

import _ "unsafe" // for go:linkname

// The other side of os/signal: nothing is ever delivered.

//go:linkname signal_enable os/signal.signal_enable
func signal_enable(s uint32) {}

//go:linkname signal_disable os/signal.signal_disable
func signal_disable(s uint32) {}

//go:linkname signal_ignore os/signal.signal_ignore
func signal_ignore(s uint32) {}

//go:linkname signal_ignored os/signal.signal_ignored
func signal_ignored(s uint32) bool { return true }

//go:linkname signalWaitUntilIdle os/signal.signalWaitUntilIdle
func signalWaitUntilIdle() {}

// signal_recv blocks forever. Its goroutine does not count as one that could
// wake another, so deadlock detection sees through it.
//
//go:linkname signal_recv os/signal.signal_recv
func signal_recv() uint32 {
	gopark(nil, nil, waitReasonZero, traceBlockForever, 1)
	return 0
}
