//go:build postgres

//pgstd:add

// Package cgo exists because the standard library names it. There is no C code
// in an object, so it is empty.
package cgo
