package pgabi

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// A function that returns a set is called for each row, with one slot more than it
// has arguments: its flags say what to do, and its word is the number of the set, 0
// behind the last row. Between its rows the author's iterator is a coroutine that
// waits; it never runs but inside of such a call.

// set is an open set.
type set struct {
	number   uint64
	coro     *host.Coro
	goid     uint64 // of the coroutine
	row      Slot   // the one that has been made last
	failure  *ErrorData
	panicked bool // which failure tells of
	resumed  bool // it runs now, or waits for a request of its own
	stopping bool // no more rows are wanted
	returned bool // the iterator has
	done     bool // it has ended, by whatever way

	// What was under way in the world when it was resumed last: it has to be the
	// same when it makes a row.
	depth, subtransactions uint64
}

// sets holds the open sets. The lower half of a set's number is its place here, from
// 1; the upper half makes that another number when the place is used again.
var (
	sets   []*set
	opened uint64
)

// at finds the place of a set that the host knows by its number.
func at(number uint64) (i int, ok bool) {
	i = int(uint32(number)) - 1
	return i, i >= 0 && i < len(sets) && sets[i] != nil && sets[i].number == number
}

// ResumeSet goes on with a set that is open, if that is what the call is about: the
// wrapper has nothing else to do then. Host frames and coroutines nest: whoever
// resumes a set waits until it has made its row.
func ResumeSet(call, result *Slot) bool {
	op := host.SetOp(call.Flags)
	if op == host.OpenSet || op == host.AllOfSet {
		return false
	}
	i, ok := at(call.Word)
	if !ok {
		call.Word = 0 // it has failed
		return true
	}
	s := sets[i]
	if s.resumed {
		panic("pg: a function that returns a set has been asked for a row while it makes one")
	}
	s.stopping = op != host.NextInSet
	if op == host.AbandonSet {
		// Its query is over: there is nobody to run SQL for, or to tell of failures.
		host.WithoutQuery(s.resume)
		if s.panicked {
			host.Report(host.Warning, &ErrorData{Message: "an iterator whose query had ended has panicked: " + host.Clean(s.failure.Message)})
		}
		s.failure, s.panicked = nil, false
	} else {
		s.resume()
	}
	s.answer(call, result)
	return true
}

// OpenSet begins a set and makes its first row, or all of its rows. Body runs the
// author's iterator: it puts each row into the slot and calls yield, and ends when
// yield returns false. Of rows that are by value, several can wait for the host.
func OpenSet(call, result *Slot, byValue bool, body func(row *Slot, yield func() bool)) {
	if host.SetOp(call.Flags) == host.AllOfSet {
		call.Word = 0
		makeAll(byValue, body)
		return
	}
	s := keep()
	s.coro = host.NewCoro(func(*host.Coro) {
		defer s.end()
		s.goid = host.Goid()
		host.Serve(s.goid)
		body(&s.row, s.yield)
		s.returned = true
	})
	s.resume()
	s.answer(call, result)
}

// end, deferred, is the end of the coroutine. Whoever has resumed it goes on, also after a panic.
func (s *set) end() {
	described := false
	defer func() {
		if s.done = true; !described {
			s.failure = errUndescribed
		}
	}()
	e := host.DescribePanic()
	described = true
	switch {
	case e != nil:
		recover()
		host.AbandonCoroutine()
		s.failure, s.panicked = e, true
	case !s.returned && !s.stopping:
		s.failure = errGone
	}
}

// errGone is of an iterator that has made its goroutine end: its rows are not all.
var errGone = &ErrorData{
	SQLState: externalRoutineException,
	Message:  "runtime.Goexit was called where the rows of a set are made",
}

// errUndescribed is of a panic whose value has a method that ends the goroutine.
var errUndescribed = &ErrorData{
	SQLState: externalRoutineException,
	Message:  "panic, and runtime.Goexit while its value was made a text",
}

// resume lets the iterator run until it has made a row, or ends.
func (s *set) resume() {
	s.resumed = true
	s.depth, s.subtransactions = host.Depth(), host.Subtransactions
	before := host.Serve(s.goid)
	s.coro.Switch()
	host.Serve(before)
	s.resumed = false
}

// answer fills in what the host gets for a row, or for the end.
func (s *set) answer(call, result *Slot) {
	call.Word = s.number
	if s.done {
		i, _ := at(s.number)
		sets[i] = nil
		call.Word = 0
	}
	switch {
	case s.panicked:
		host.FailPanic(s.failure)
		return
	case s.failure != nil:
		fail(s.failure)
		return
	}
	*result = s.row
}

// yield hands over the row that has been made, and comes back when the next one is
// wanted, or with false if none is. It runs in the coroutine. A failure to make the
// row ends the set; the host is told when the iterator has returned, as what that
// still does may fail, too.
func (s *set) yield() bool {
	s.check()
	if s.failure = host.TakeFailure(); s.failure != nil {
		s.stopping = true
		return false
	}
	s.coro.Switch()
	return !s.stopping
}

// check panics if a row cannot be handed over now.
func (s *set) check() {
	switch {
	case !s.resumed || host.Goid() != s.goid || host.Depth() != s.depth:
		panic("pg: yield was called from elsewhere than the iterator that it was given to")
	case s.stopping:
		panic("pg: an iterator went on although yield had returned false")
	case host.Subtransactions != s.subtransactions:
		panic("pg: a row cannot be returned from inside of pg.Subtransaction")
	}
}

// maxWaiting is how many rows by value are handed over at a time.
const maxWaiting = 128

// all makes all rows of a set, on the goroutine that serves the call.
type all struct {
	set
	waiting []Slot
	request host.SetRows
}

func makeAll(byValue bool, body func(row *Slot, yield func() bool)) {
	a := &all{set: set{resumed: true, goid: host.Goid(), depth: host.Depth(), subtransactions: host.Subtransactions}}
	n := 1
	if byValue {
		n = maxWaiting
	}
	a.waiting = make([]Slot, 0, n)
	// Also after a panic: an author may have kept yield, which is for this call alone.
	defer func() { a.resumed = false }()
	body(&a.row, a.yield)
	a.resumed = false
	switch {
	case a.failure != nil:
		fail(a.failure)
	case !a.stopping:
		a.flush()
	}
}

func (a *all) yield() bool {
	a.check()
	if a.failure = host.TakeFailure(); a.failure != nil {
		a.stopping = true
		return false
	}
	a.waiting = append(a.waiting, a.row)
	if len(a.waiting) == cap(a.waiting) {
		a.stopping = !a.flush()
	}
	return !a.stopping
}

// flush hands rows over. If that fails, so does the call.
func (a *all) flush() bool {
	if len(a.waiting) == 0 {
		return true
	}
	a.request.N = uint64(len(a.waiting))
	a.request.Rows = (*host.Slot)(unsafe.Pointer(unsafe.SliceData(a.waiting)))
	host.RunSetRows(&a.request)
	a.waiting = a.waiting[:0]
	return a.request.Error == nil
}

// keep makes a set and keeps it.
func keep() *set {
	i := 0
	for i < len(sets) && sets[i] != nil {
		i++
	}
	if i == len(sets) {
		sets = append(sets, nil)
	}
	opened++
	sets[i] = &set{number: opened<<32 | uint64(i+1)}
	return sets[i]
}
