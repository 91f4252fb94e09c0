// Package soak has only tests: sessions that mix calls, deaths, cancels, role
// switches and signals for as long as they are told to, in extensions, and in functions
// on a base, which are replaced and dropped meanwhile. No backend crashes, every
// result is right, and nothing is left over.
//
// PGSTD_SOAK says how long, as a Go duration ("make soak": some minutes). Without
// it, the tests take a few seconds, and use fewer sessions, objects and functions.
package soak
