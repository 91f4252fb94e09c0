// Package runtimetest is what the runtime of a world is held against: tests of
// everything that Go promises of goroutines, memory, panics, time and the
// operating system, written for one thread.
//
// The driver, target/runtime_test.go, runs them under the standalone host. They
// pass as an ordinary Go test, too: what is true of a world only asks onTarget.
// The flag -die ends the process in the way it names, for the driver to look at.
package runtimetest
