package pgabi

import "github.com/pgstd/pgstd/pg/internal/host"

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
	resumed  bool // it runs now, or waits for a request of its own
	stopping bool // no more rows are wanted
	done     bool // the iterator has returned

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
	if op == host.OpenSet {
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
		before := host.Refuse(true)
		s.resume()
		host.Refuse(before)
		s.failure = nil
	} else {
		s.resume()
	}
	s.answer(call, result)
	return true
}

// OpenSet begins a set and makes its first row. Body runs the author's iterator: it
// puts each row into the slot and calls yield, and ends when yield returns false.
func OpenSet(call, result *Slot, body func(row *Slot, yield func() bool)) {
	s := keep()
	s.coro = host.NewCoro(func(*host.Coro) {
		defer func() { s.done = true }()
		s.goid = host.Goid()
		host.Serve(s.goid)
		body(&s.row, s.yield)
	})
	s.resume()
	s.answer(call, result)
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
	if s.failure != nil {
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
	switch {
	case !s.resumed || host.Goid() != s.goid || host.Depth() != s.depth:
		panic("pg: yield was called from elsewhere than the iterator that it was given to")
	case s.stopping:
		panic("pg: an iterator went on although yield had returned false")
	case host.Subtransactions != s.subtransactions:
		panic("pg: a row cannot be returned from inside of pg.Subtransaction")
	}
	if s.failure = host.TakeFailure(); s.failure != nil {
		s.stopping = true
		return false
	}
	s.coro.Switch()
	return !s.stopping
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
