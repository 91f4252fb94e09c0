// Package abi holds host/abi.h, which defines what an object and its host share, against
// everything that mirrors it: the runtime's control.go, package host, pgabi, the object
// gate and the glue that is generated for an extension.
//
// The tests compile the header for each architecture, and run nothing of that: what
// they compare are sizes, offsets and values. Every structure and every constant of the
// header has a row in mirrors_test.go, or the tests fail.
package abi
