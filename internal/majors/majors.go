// Package majors is the table of PostgreSQL majors that the host is written for:
// adding one is a row here and, where its headers differ, a part of
// host/postgres/compat.h. The README shows the table; package servers makes the
// servers that are tested.
package majors

// Major is one PostgreSQL major.
type Major struct {
	Number int
	// Suite is the suite of Debian that has packages of it; empty: none has, so that it
	// is not tested.
	Suite string
	// Base is the suite that Suite is put on top of, if it is not whole by itself.
	Base string
}

// All are the majors, oldest first. What stands here without a suite is in the source, and
// nobody has tried it.
var All = []Major{
	{Number: 14},
	{Number: 15, Suite: "bookworm"},
	{Number: 16},
	{Number: 17, Suite: "trixie"},
	{Number: 18, Suite: "sid"},
	{Number: 19, Suite: "experimental", Base: "sid"},
}

// First and Last are the ends of the table, which has no gap.
func First() int { return All[0].Number }

// Last is the newest major.
func Last() int { return All[len(All)-1].Number }

// Tested are those that have a suite.
func Tested() (tested []Major) {
	for _, m := range All {
		if m.Tested() {
			tested = append(tested, m)
		}
	}
	return tested
}

// Tested tells whether the tests run with it.
func (m Major) Tested() bool { return m.Suite != "" }

// Find returns the major with this number.
func Find(number int) (Major, bool) {
	for _, m := range All {
		if m.Number == number {
			return m, true
		}
	}
	return Major{}, false
}
