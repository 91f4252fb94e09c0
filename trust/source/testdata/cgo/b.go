//go:build sometimes

package a

// #cgo LDFLAGS: -Wl,-init=evil
import "C" // want "C code cannot be part of an object"
