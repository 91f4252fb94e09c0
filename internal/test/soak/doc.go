// Package soak has only a test: sessions that mix calls, deaths, cancels, role
// switches and signals for as long as they are told to. No backend crashes, every
// result is right, and nothing is left over.
//
// PGSTD_SOAK says how long, as a Go duration ("make soak": some minutes). Without
// it, the test takes a few seconds and uses fewer sessions and objects.
package soak
