package pg

import (
	"errors"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// ending is something to do when the transaction ends.
type ending struct {
	on   host.EndingOp
	what func() error
}

// What is to be done, in the order in which it has come. The host knows which of it belongs to
// what subtransaction. Each leaves the list before it is done: what panics does not come again.
var (
	endings []ending
	checked int // of these, how many have let the commit pass, or need not be asked
	told    int // how many know that it has happened
)

// BeforeCommit has check called when the transaction is about to be committed, after deferred
// constraints: an error, or a panic, has it rolled back instead. It cannot use SQL, and has a
// second. If Go code of the extension dies before, the transaction cannot be committed.
//
// What is said in [OnCommit] of subtransactions, and of who may call it, holds here, too.
func BeforeCommit(check func() error) error { return await(host.Commits, check) }

// OnCommit has f called when the transaction has been committed, and others see what it has done.
// If the subtransaction in which OnCommit is called, or one around it, is rolled back, f is
// forgotten.
//
// Nothing can be undone any more: a panic is a warning. The transaction's locks are still held, so
// that f has no time to lose: all of those that wait have a second, and Go code of the
// extension is ended then. SQL is not possible, and messages go to the server's log. Those that
// wait are called in the order in which they have come.
//
// f is gone with Go code of the extension, when that dies meanwhile, and with the session, when that
// ends. A parallel worker cannot wait for the end of its transaction, and a transaction whose end
// is waited for cannot be PREPAREd.
func OnCommit(f func()) error { return await(host.Committed, without(f)) }

// OnAbort has f called when what has been done here is undone: when the transaction is rolled back,
// or the subtransaction in which OnAbort is called, or one around it. It is called once, and those
// that have come last first. Else, what [OnCommit] says holds here, too.
func OnAbort(f func()) error { return await(host.Aborted, without(f)) }

// OnSubabort is [OnAbort] for a subtransaction: f is called when the transaction may go on without
// what has been done here, and not when it is rolled back as a whole.
func OnSubabort(f func()) error { return await(host.Subaborted, without(f)) }

func without(f func()) func() error {
	if f == nil {
		return nil
	}
	return func() error {
		f()
		return nil
	}
}

func await(on host.EndingOp, what func() error) error {
	if what == nil {
		return errors.New("pg: there is nothing to call when the transaction ends")
	}
	for _, open := range areas {
		if err := open(); err != nil {
			return err
		}
	}
	r := &host.EndingRequest{Count: uint64(len(endings))}
	if on == host.Commits {
		r.Checks = 1
	}
	host.AwaitEnding(r)
	if r.Error != nil {
		return fromHost(r.Error)
	}
	endings = append(endings, ending{on, what})
	return nil
}

func tell(op host.EndingOp, count uint64) (err error) {
	host.WithoutTransaction(func() {
		switch op {
		case host.Commits:
			err = check()
		case host.Committed:
			commit()
		default:
			undo(op, count)
		}
	})
	return err
}

func check() error {
	for checked < len(endings) {
		e := endings[checked]
		checked++
		if e.on == host.Commits {
			if err := e.what(); err != nil {
				return err
			}
		}
	}
	return nil
}

func commit() {
	for told < len(endings) {
		e := endings[told]
		told++
		if e.on == host.Committed {
			_ = e.what() // it is one without an error
		}
	}
	endings, checked, told = nil, 0, 0
}

// undo is what becomes of those beyond count.
func undo(op host.EndingOp, count uint64) {
	for uint64(len(endings)) > count {
		last := len(endings) - 1
		e := endings[last]
		endings[last] = ending{}
		endings = endings[:last]
		if e.on == host.Aborted || e.on == op {
			_ = e.what() // it is one without an error
		}
	}
	checked = 0
}

func init() { host.TellEnding = tell }
