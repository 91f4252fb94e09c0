package runtimetest

import (
	"flag"
	"runtime"
	"testing"
	"time"
)

// clockSet: somebody sets the time of day forth by an hour, and back, several times in each second.
var clockSet = flag.Bool("clock-set", false, "the time of day is set all the time")

// TestTimeOfDay: while nobody sets it, the time of day goes on as the monotonic clock does;
// else it is what somebody has set.
func TestTimeOfDay(t *testing.T) {
	if *clockSet {
		testTimeOfDaySet(t)
		return
	}
	start := time.Now()
	last, changes := start, 0
	for last.Sub(start) < 50*time.Millisecond {
		now := time.Now()
		if now.UnixNano() < last.UnixNano() {
			t.Fatalf("%v after %v", now, last)
		}
		if now.UnixNano()-last.UnixNano() != int64(now.Sub(last)) {
			changes++
		}
		last = now
	}
	// The host looks fifty times; stock Go does not compare. An emulator's clocks may take too long to be compared.
	if changes > 5 && onTarget && runtime.GOARCH == "amd64" {
		t.Errorf("the clocks have gone apart %d times", changes)
	}
}

// testTimeOfDaySet: who sets the time of day is noticed.
func testTimeOfDaySet(t *testing.T) {
	start := time.Now()
	last := start
	for forth, back := 0, 0; forth < 5 || back < 5; {
		now := time.Now()
		// Round takes the monotonic clock away.
		switch by := now.Round(0).Sub(last.Round(0)) - now.Sub(last); {
		case by > 30*time.Minute:
			forth++
		case by < -30*time.Minute:
			back++
		case by > time.Second || by < -time.Second:
			t.Fatalf("%v after %v", now, last)
		}
		if now.Sub(start) > time.Minute {
			t.Fatalf("set forth %d times, back %d times in a minute", forth, back)
		}
		last = now
	}
}
