//go:build postgres

package runtime

import "unsafe"

// A timeTimer is what package time knows as Timer and Ticker, and the runtime's own
// part. See that package: self is the only way from the one to the other.
type timeTimer struct {
	c    unsafe.Pointer
	self unsafe.Pointer // *timeTimer
	timer
}
