// Package compiler is the ledger of faults of the Go compiler that matter to trust: code
// without unsafe reads or writes what it should not, where a correct compiler would have
// refused, panicked or done something else.
//
// Each fault has a measure: a release that is recent enough, a setting of the compiler that
// turns off what is wrong, or a rule of the source gate that refuses what meets it. Most have a program in testdata that shows the fault
// without the measure and not with it.
//
// It is for builds, and for those who review a release of Go.
package compiler

// Fault is one fault of the compiler.
type Fault struct {
	ID   string // of the issue or advisory
	What string // what is wrong, in a sentence
	// Fixed names, by minor release, the first patch release without it; empty: none so
	// far. A minor release that is not there never had it. Where the releases in between
	// were not tried, it is the first that was.
	Fixed    map[string]string
	Arch     string // the architecture that shows it; empty: both
	Setting  string // of the compiler's -d flag, that turns it off ("qn" is a quiet no); empty: only a release does
	Rule     string // of the source gate, for code that no correct program has: it refuses what would meet the fault
	Harmless string // why nothing needs to be done
	Program  string // folder in testdata; empty: nobody has shown it in a program of a few lines
}

// Faults is the ledger.
var Faults = []Fault{
	{
		ID: "CVE-2026-27143", What: "The arithmetic of a loop variable overflows unnoticed, and an index is not checked.",
		Fixed: map[string]string{"go1.26": "go1.26.2"},
	},
	{
		ID: "CVE-2026-27144", What: "A conversion between interfaces hides that two moves of memory overlap.",
		Fixed: map[string]string{"go1.26": "go1.26.2"},
	},
	{
		ID: "golang/go#79182", What: "On amd64, `(x + x) << 63` is `x`, while the compiler reckons with 0 where it leaves out checks.",
		Fixed: map[string]string{"go1.26": "go1.26.4"}, Arch: "amd64", Program: "double_shift",
	},
	{
		ID: "golang/go#79909", What: "A slice that append has built on the stack is used again while a loop still ranges over it.",
		Fixed:   map[string]string{"go1.26": "go1.26.9"},
		Setting: "variablemakehash=qn", Program: "append_range",
	},
	{
		ID: "golang/go#81612", What: "A pointer into a slice that append has built on the stack is returned.",
		Fixed:   map[string]string{"go1.26": "go1.26.9", "go1.27": "go1.27.3"},
		Setting: "variablemakehash=qn", Program: "append_pointer",
	},
	{
		ID: "golang/go#80706", What: "Two variables that are in use at the same time share a place on the stack (also golang/go#80127).",
		Fixed: map[string]string{"go1.26": "go1.26.8"}, Arch: "arm64",
		Setting: "mergelocals=0", Program: "merged_slots",
	},
	{
		ID: "golang/go#80518", What: "The check of a nil pointer comes after a read at an offset from it that the program chooses.",
		Fixed:   map[string]string{"go1.26": "", "go1.27": ""},
		Setting: "ssa/late_nilcheck/off", Program: "late_nilcheck",
	},
	{
		ID: "golang/go#81863", What: "What is stored into a variable is left out although a pointer that a condition chooses reads it.",
		Fixed:   map[string]string{"go1.26": "go1.26.11", "go1.27": "go1.27.4"},
		Setting: "ssa/dead_auto_elim/off",
	},
	{
		ID: "golang/go#80520", What: "A generic function that has a pointer made by another one reads through it what was there before.",
		Fixed: map[string]string{"go1.26": ""}, Program: "stale",
		Harmless: "what it reads is a pointer of the right type that the variable held a moment ago",
	},
	{
		ID: "golang/go#79236", What: "An index into an array of no elements reads what lies at some place in memory, instead of a panic.",
		Fixed: map[string]string{"go1.26": ""}, Rule: "empty-array", Program: "empty_array",
	},
	{
		ID: "golang/go#79197", What: "An index is not checked where what is stored has no size.",
		Program: "zero_sized",
	},
	{
		ID: "golang/go#80517", What: "A mask is left out because of what is known only later, and a function outside of a table is called.",
		Program: "prove_and",
	},
}
