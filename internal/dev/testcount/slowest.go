package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
)

// slowestMax is how many packages and tests are named.
const slowestMax = 8

// timed is what took a time, in seconds.
type timed struct {
	name    string
	seconds float64
}

// printSlowest says which packages and tests took the longest, as go test measures it:
// packages run at the same time, so that the sum is more than what passed on the clock.
func (c *counter) printSlowest(w io.Writer) {
	for _, kind := range []struct {
		name string
		all  []timed
	}{{"packages", c.packages}, {"tests", c.tests}} {
		all := slices.SortedStableFunc(slices.Values(kind.all), func(a, b timed) int { return cmp.Compare(b.seconds, a.seconds) })
		all = all[:min(slowestMax, len(all))]
		for i, t := range all {
			if t.seconds < 1 {
				break
			}
			if i == 0 {
				fmt.Fprintf(w, "slowest %s:\n", kind.name)
			}
			fmt.Fprintf(w, "%8.1fs  %s\n", t.seconds, t.name)
		}
	}
}
