//go:build postgres

package host

import "unsafe"

// Register hands the table of n functions to the runtime, which keeps it.
func Register(table unsafe.Pointer, n int) { register(table, n) }

// Fail makes the running call end with an ERROR. It returns; the caller then
// has to return to the runtime.
func Fail(e *ErrorData) { fail(e) }

// Report sends a message at once.
func Report(level int32, e *ErrorData) { report(level, e) }

//go:linkname register runtime.pgstd_register
func register(table unsafe.Pointer, n int)

//go:linkname fail runtime.pgstd_fail
func fail(e *ErrorData)

//go:linkname report runtime.pgstd_report
func report(level int32, e *ErrorData)
