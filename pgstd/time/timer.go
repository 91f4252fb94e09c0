//go:build postgres

package time

import "unsafe"

// A Timer is the head of a structure of the runtime. The stock methods take what follows
// the head for the rest, also behind a copy, where it is what the program has put there.
// So a Timer knows its structure: a copy is another name for the same timer.

// The Timer type represents a single event.
type Timer struct {
	C     <-chan Time
	timer unsafe.Pointer // set by the runtime; nil in what no constructor has made
}

// A Ticker delivers ticks of a clock at intervals.
type Ticker struct {
	C      <-chan Time
	ticker unsafe.Pointer // another name than in Timer, so that neither converts to the other
}
