package pg

// Ternary is whether a key is present, or a value matches, where that may not be known. It is
// what TriConsistent of an operator class for GIN works with.
type Ternary int16

// The values of a [Ternary].
const (
	No Ternary = iota
	Yes
	Maybe
)

// Search is how a GIN index searches for the keys that ExtractQuery returns.
type Search int16

// The ways to search.
const (
	// SearchKeys finds values that have at least one of the keys.
	SearchKeys Search = iota
	// SearchEmpty finds values without any key besides.
	SearchEmpty
	// SearchAll reads the whole index: any value may match.
	SearchAll
)
