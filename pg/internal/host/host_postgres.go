//go:build postgres

package host

import (
	"runtime"
	"unsafe"
)

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

// Requests that the runtime passes on (PgstdRequest).
const (
	requestSQL         = 2
	requestSubxact     = 3
	requestRows        = 4
	requestTransaction = 5
	requestShow        = 6
)

// RunSQL runs a statement. Keep holds what its parameters point to.
func RunSQL(s *SQL, keep any) {
	if !request(requestSQL, unsafe.Pointer(s)) {
		s.Error = noSQL
	}
	runtime.KeepAlive(keep)
}

// RunRows opens, reads or closes a cursor. Keep holds what parameters point to.
func RunRows(r *Rows, keep any) {
	if !request(requestRows, unsafe.Pointer(r)) {
		r.Error = noSQL
	}
	runtime.KeepAlive(keep)
}

// RunTransaction ends the transaction and begins the next.
func RunTransaction(t *Transaction) {
	if !request(requestTransaction, unsafe.Pointer(t)) {
		t.Error = noSQL
	}
}

// RunShow asks for the text of a value.
func RunShow(s *Show) {
	if !request(requestShow, unsafe.Pointer(s)) {
		s.Error = noSQL
	}
}

// RunSubxact begins or ends a subtransaction.
func RunSubxact(s *Subxact) {
	if !request(requestSubxact, unsafe.Pointer(s)) {
		s.Error = noSQL
	}
}

//go:linkname request runtime.pgstd_request
func request(request uint32, argument unsafe.Pointer) bool
