// Package inner is for the set alone.
package inner

// Much and Little are of one kind; only one is referred to by what is inlined.
var Much, Little = 100, 1

// Twice is inlined.
func Twice(n int) int { return 2 * n }

// Never is called by nobody else.
//
//go:noinline
func Never() int { return Little }
