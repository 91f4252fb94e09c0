//go:build postgres && pgstdtest

package cgo

import "internal/runtime/sys"

// Incomplete is what tests of package reflect know of C types.
type Incomplete struct {
	_ sys.NotInHeap
}
