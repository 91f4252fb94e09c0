// Package source is the source gate: it judges the Go source of everything that
// becomes part of an object, and refuses what could get around the restrictions
// that the target's library and runtime put on it.
//
// A rule is one entry of the table [Rules]: what it refuses, why, and the code that
// finds it. [Check] applies the rules to packages that somebody has parsed and
// type-checked; [Load] gets the packages of a build that way from the go command.
// What a build takes from the standard library and from the kit itself is not
// judged: the first is pinned by the overlay's lock, the second compared with what
// pgbuild carries.
//
// It does not look at machine code (that is the object gate, trust/object), it does
// not run anything of what it judges, and it does not say that code is correct.
//
// It is for builds, and for programs that report findings, as pgbuild check does.
package source
