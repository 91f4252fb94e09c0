//go:build !postgres

package host

import (
	"iter"
	"os"
	"unsafe"
)

// Table and Count are what was registered last.
var (
	Table unsafe.Pointer
	Count int
)

// Failure is what Fail was called with last.
var Failure *ErrorData

// Register keeps the table of n functions.
func Register(table unsafe.Pointer, n int) { Table, Count = table, n }

// Note has nothing to note: a program has what it imports.
func Note() uint32 { return 0 }

// Imported reports whether the program imports a package that has been noted.
func Imported(noted uint32) bool { return true }

// Fail keeps the error for whoever made the call.
func Fail(e *ErrorData) { Failure = e }

// TakeFailure returns the failure of the running call, if there is one, and undoes it.
func TakeFailure() *ErrorData {
	e := Failure
	Failure = nil
	return e
}

// DescribePanic knows of none.
func DescribePanic() *ErrorData { return nil }

// FailPanic is Fail.
func FailPanic(e *ErrorData) { Failure = e }

// Forget does nothing: a plain process copies no results.
func Forget(f func()) {}

// Report writes a message to standard error in psql's manner.
func Report(level int32, e *ErrorData) {
	names := [...]string{"DEBUG", "LOG", "INFO", "NOTICE", "WARNING"}
	os.Stderr.WriteString(names[level] + ":  " + e.Message + "\n")
}

// RunSQL fails: a plain process has no database.
func RunSQL(s *SQL, _ any) { s.Error = noSQL }

// RunSubxact fails, as RunSQL does.
func RunSubxact(s *Subxact) { s.Error = noSQL }

// RunRows fails, as RunSQL does.
func RunRows(r *Rows, _ any) { r.Error = noSQL }

// RunTransaction fails, as RunSQL does.
func RunTransaction(t *Transaction) { t.Error = noSQL }

// RunSetRows fails, as RunSQL does.
func RunSetRows(r *SetRows) { r.Error = noSQL }

// RunWindow fails, as RunSQL does.
func RunWindow(w *Window) { w.Error = noSQL }

// serving is a plain process's only goroutine, as far as it knows.
func serving() bool { return true }

// RunWorker fails, as RunSQL does.
func RunWorker(w *Worker) { w.Error = noSQL }

// RunCommon fails, as RunSQL does.
func RunCommon(c *Common) { c.Error = noSQL }

// AwaitEnding fails, as RunSQL does.
func AwaitEnding(e *EndingRequest) { e.Error = noSQL }

// AwaitSignals waits for ever: there are none.
func AwaitSignals(seen uint32) uint32 { select {} }

// RunShow fails, as RunSQL does.
func RunShow(s *Show) { s.Error = noSQL }

// Coro is a coroutine: a goroutine that runs only while another waits for it.
type Coro struct {
	next  func() (struct{}, bool)
	yield func(struct{}) bool
	in    bool
}

// NewCoro makes a coroutine that runs f when it is switched to. When f returns,
// whoever waits for it goes on.
func NewCoro(f func(*Coro)) *Coro {
	c := new(Coro)
	c.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		f(c)
		c.in = false
	})
	return c
}

// Switch lets the other side of the coroutine run until that switches back, or ends.
func (c *Coro) Switch() {
	c.in = !c.in
	if c.in {
		c.next()
	} else {
		c.yield(struct{}{})
	}
}

// Goid would identify the running goroutine.
func Goid() uint64 { return 1 }

// Serve would say which goroutine may use SQL.
func Serve(uint64) (before uint64) { return 1 }

// Depth is 0: there are no requests.
func Depth() uint64 { return 0 }
