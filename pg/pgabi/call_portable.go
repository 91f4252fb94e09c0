//go:build !postgres

package pgabi

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Call runs a registered function as the host does, in a plain process: for
// tests of generated code. It reports whether there is a function of that name.
func Call(name string, args []Slot) (result Slot, failure *ErrorData, ok bool) {
	for _, f := range unsafe.Slice((*Function)(host.Table), host.Count) {
		if f.Name == name {
			host.Failure = nil
			f.Call(unsafe.SliceData(args), &result)
			return result, host.Failure, true
		}
	}
	return Slot{}, nil, false
}
