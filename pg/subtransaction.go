package pg

import (
	"errors"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Subtransaction runs fn in a subtransaction. If fn returns nil it is kept;
// if fn returns an error or panics, or a statement in it has failed, all that it
// has done in the database is undone, and the call can go on.
func Subtransaction(fn func() error) error {
	tx, err := Begin()
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done { // a panic or Goexit is under way
			_ = tx.rollback()
		}
	}()
	err = fn()
	done = true
	if err == nil {
		if tx.inner != nil {
			return errors.Join(errInner, tx.rollback())
		}
		return tx.Commit()
	}
	if undone := tx.rollback(); undone != nil {
		return errors.Join(err, undone)
	}
	return err
}

// Tx is a subtransaction that [Begin] has begun.
type Tx struct {
	outer, inner *Tx
	ended        bool
	depth        uint64 // of the call that has begun it
}

var (
	// innermost is the one that was begun last. Calls of functions nest, so those of
	// calls that have ended lie above the running one's.
	innermost *Tx

	errInner = errors.New("pg: a transaction that was begun in this one has not ended")

	// ErrTxDone is what a [Tx] says that has been committed or rolled back.
	ErrTxDone = errors.New("pg: the transaction has ended already")
)

// Begin begins a subtransaction: what is done up to [Tx.Commit] is kept or undone as a
// whole, and a statement that fails does not fail the call, if it is rolled back. The
// function has to end it, the innermost one first; else the call fails, and what was
// done in it is undone. [Subtransaction] is the same for a function.
func Begin() (*Tx, error) {
	if err := subxact(host.Begin); err != nil {
		return nil, err
	}
	host.Subtransactions++
	depth := host.Depth()
	forgetTxs(depth)
	tx := &Tx{outer: innermost, depth: depth}
	if innermost != nil {
		innermost.inner = tx
	}
	innermost = tx
	return tx, nil
}

// forgetTxs forgets those of calls that were on top of the running one: the host has
// ended what they have not.
func forgetTxs(depth uint64) {
	for innermost != nil && innermost.depth > depth {
		innermost.end()
	}
}

// endTxs forgets those of the running call, too.
func endTxs() {
	for depth := host.Depth(); innermost != nil && innermost.depth >= depth; {
		innermost.end()
	}
}

// end takes the innermost one away.
func (tx *Tx) end() {
	tx.ended = true
	if innermost = tx.outer; innermost != nil {
		innermost.inner = nil
	}
	tx.outer = nil
	host.Subtransactions--
}

// check reports what is wrong about ending it now.
func (tx *Tx) check() error {
	depth := host.Depth()
	forgetTxs(depth)
	at := innermost
	for at != nil && at != tx {
		at = at.outer
	}
	switch {
	case tx == nil || at == nil: // or a copy of one
		return ErrTxDone
	case tx.depth != depth:
		return errors.New("pg: the transaction was begun by another call")
	}
	return nil
}

// Commit keeps what was done, as far as what is around it is kept. If a statement has
// failed, it undoes all and says so.
func (tx *Tx) Commit() error {
	if err := tx.check(); err != nil {
		return err
	}
	if tx.inner != nil {
		return errInner
	}
	tx.end()
	return subxact(host.Commit)
}

// Rollback undoes what was done. Of one that has ended it does nothing but say [ErrTxDone],
// so it may be deferred.
func (tx *Tx) Rollback() error {
	if err := tx.check(); err != nil {
		return err
	}
	if tx.inner != nil {
		return errInner
	}
	return tx.rollback()
}

// rollback undoes it with all that was begun in it.
func (tx *Tx) rollback() error {
	forgetTxs(host.Depth())
	for !tx.ended && innermost != nil {
		innermost.end()
		if err := subxact(host.Rollback); err != nil {
			return err
		}
	}
	return nil
}

// Exec is [Exec]; statements of the call run in its innermost transaction in any case.
func (tx *Tx) Exec(query string, args ...any) (int64, error) { return Exec(query, args...) }

// QueryRow is [QueryRow].
func (tx *Tx) QueryRow(query string, args ...any) *Row { return QueryRow(query, args...) }

func subxact(op host.SubxactOp) error {
	r := &host.Subxact{Op: op}
	host.RunSubxact(r)
	return fromHost(r.Error)
}
