//go:build postgres

package host

import (
	"runtime"
	"unsafe"
)

// Register hands the table of n functions to the runtime, which keeps it.
func Register(table unsafe.Pointer, n int) { register(table, n) }

// Note notes the package that is being initialised, for Imported.
func Note() uint32 { return note() }

// Imported reports whether the program imports a package that has been noted; on a base, whether that
// function does for which the caller works.
func Imported(noted uint32) bool { return imported(noted) }

//go:linkname note runtime.pgstd_note
func note() uint32

//go:linkname imported runtime.pgstd_imported
func imported(noted uint32) bool

// Fail makes the running call end with an ERROR. It returns; the caller then
// has to return to the runtime.
func Fail(e *ErrorData) { fail(e) }

// TakeFailure returns the failure of the running call, if there is one, and undoes it.
func TakeFailure() *ErrorData { return takeFailure() }

// DescribePanic returns what FailPanic takes, of a panic that is under way in a coroutine; nil:
// there is none. What a coroutine has deferred first calls it, before it recovers.
func DescribePanic() *ErrorData { return describePanic() }

// FailPanic makes the running call end as a panic of its own does.
func FailPanic(e *ErrorData) { failPanic(e) }

//go:linkname describePanic runtime.pgstd_describepanic
func describePanic() *ErrorData

//go:linkname failPanic runtime.pgstd_failpanic
func failPanic(e *ErrorData)

//go:linkname onPanic runtime.pgstd_onpanic
func onPanic(f func())

func init() { onPanic(AbandonCall) }

// Forget has f called when the host has copied the result of the running call.
func Forget(f func()) { forget(f) }

//go:linkname forget runtime.pgstd_forget
func forget(f func())

//go:linkname takeFailure runtime.pgstd_takefailure
func takeFailure() *ErrorData

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
	requestSetRows     = 7
	requestWindow      = 8
	requestWorker      = 9
	requestEnding      = 10
	requestCommon      = 11
)

// RunSQL runs a statement. Keep holds what its parameters point to.
func RunSQL(s *SQL, keep any) {
	if why := whyNot(); why != nil {
		s.Error = why
	} else if !request(requestSQL, unsafe.Pointer(s)) {
		s.Error = noSQL
	}
	runtime.KeepAlive(keep)
}

// RunRows opens, reads or closes a cursor. Keep holds what parameters point to.
func RunRows(r *Rows, keep any) {
	if why := whyNot(); why != nil && (r.Op != CloseRows && r.Op != BeforeCall || why == errReading) {
		r.Error = why
	} else if !request(requestRows, unsafe.Pointer(r)) {
		r.Error = noSQL
	}
	runtime.KeepAlive(keep)
}

// RunTransaction ends the transaction and begins the next.
func RunTransaction(t *Transaction) {
	endAllViews()
	if why := whyNot(); why != nil {
		t.Error = why
	} else if !request(requestTransaction, unsafe.Pointer(t)) {
		t.Error = noSQL
	}
}

// RunShow asks for the text of a value.
func RunShow(s *Show) {
	if why := whyNot(); why != nil {
		s.Error = why
	} else if !request(requestShow, unsafe.Pointer(s)) {
		s.Error = noSQL
	}
}

// RunWindow asks for a row of a window.
func RunWindow(w *Window) {
	if reading > 0 {
		w.Error = errReading
	} else if !request(requestWindow, unsafe.Pointer(w)) {
		w.Error = noSQL
	}
}

// RunWorker asks for what is for workers.
func RunWorker(w *Worker) {
	if why := whyNot(); why != nil {
		w.Error = why
	} else if !request(requestWorker, unsafe.Pointer(w)) {
		w.Error = noSQL
	}
}

// RunCommon asks for memory that sessions have in common. It needs no SQL.
func RunCommon(c *Common) {
	if reading > 0 {
		c.Error = errReading
	} else if !request(requestCommon, unsafe.Pointer(c)) {
		c.Error = noSQL
	}
}

// AwaitEnding asks to be told of the end of the transaction.
func AwaitEnding(e *EndingRequest) {
	if why := whyNot(); why != nil {
		e.Error = why
	} else if !request(requestEnding, unsafe.Pointer(e)) {
		e.Error = noSQL
	}
}

// AwaitSignals waits until the host has signals that differ from those that are known. One
// goroutine can.
func AwaitSignals(seen uint32) uint32 { return await(seen) }

//go:linkname await runtime.pgstd_await
func await(seen uint32) uint32

// RunSetRows hands over rows of a set.
func RunSetRows(r *SetRows) {
	if !request(requestSetRows, unsafe.Pointer(r)) {
		r.Error = noSQL
	}
}

// RunSubxact begins or ends a subtransaction.
func RunSubxact(s *Subxact) {
	if why := whyNot(); why != nil {
		s.Error = why
	} else if !request(requestSubxact, unsafe.Pointer(s)) {
		s.Error = noSQL
	}
}

func request(request uint32, argument unsafe.Pointer) bool {
	forgetAhead()
	return ask(request, argument)
}

//go:linkname ask runtime.pgstd_request
func ask(request uint32, argument unsafe.Pointer) bool

// serving reports whether this goroutine is the one that may make requests.
//
//go:linkname serving runtime.pgstd_serving
func serving() bool

// Coro is a coroutine: a goroutine that runs only while another waits for it.
type Coro struct{ c *coro }

type coro struct{}

// NewCoro makes a coroutine that runs f when it is switched to. When f returns,
// whoever waits for it goes on; so he would if it panicked.
func NewCoro(f func(*Coro)) *Coro {
	c := new(Coro)
	c.c = newcoro(func(*coro) { f(c) })
	return c
}

// Switch lets the other side of the coroutine run until that switches back, or ends.
func (c *Coro) Switch() { coroswitch(c.c) }

// Goid identifies the running goroutine.
func Goid() uint64 { return goid() }

// Serve makes a goroutine the one that may use SQL, and returns which one did.
func Serve(goid uint64) (before uint64) { return serve(goid) }

// Depth returns how many requests are being served.
func Depth() uint64 { return depth() }

//go:linkname newcoro runtime.pgstd_newcoro
func newcoro(f func(*coro)) *coro

//go:linkname coroswitch runtime.pgstd_coroswitch
func coroswitch(c *coro)

//go:linkname goid runtime.pgstd_goid
func goid() uint64

//go:linkname serve runtime.pgstd_serve
func serve(goid uint64) uint64

//go:linkname depth runtime.pgstd_depth
func depth() uint64

// Settings that the host has change what is read from here on.
func init() {
	if p := hostSettings(); p != nil {
		settings = (*SettingsData)(p)
	}
}

//go:linkname hostSettings runtime.pgstd_settings
func hostSettings() unsafe.Pointer
