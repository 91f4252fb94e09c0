package pg

import "github.com/pgstd/pgstd/pg/internal/host"

// What a call has opened that ends by a panic is closed, as at the end of a world: the author's
// deferred functions have run, and nobody else can come to it.

// opened is the batch whose cursor was opened last; nil: there is none.
var opened *batch

// enter makes a batch known whose cursor is open.
func (b *batch) enter() {
	b.goid = host.Goid()
	b.before = opened
	if opened != nil {
		opened.after = b
	}
	opened = b
}

// leave is done once: while a cursor is closed, code may run that closes it, too.
func (b *batch) leave() {
	if b.goid == 0 {
		return
	}
	b.goid = 0
	if b.after != nil {
		b.after.before = b.before
	} else {
		opened = b.before
	}
	if b.before != nil {
		b.before.after = b.after
	}
	b.before, b.after = nil, nil
}

// endOpened ends what the running call has opened. The host undoes the subtransactions. Of a
// coroutine that ends with it, cursors of earlier calls go, too.
func endOpened(ends bool) {
	endTxs()
	if opened == nil {
		return
	}
	r := &host.Rows{Op: host.BeforeCall}
	host.RunRows(r, nil)
	if r.Error != nil {
		return
	}
	// To close one may run code that opens and closes others.
	goid := host.Goid()
	for b := opened; b != nil; {
		if b.scanning > 0 || b.request.Cursor <= r.Cursor && !(ends && b.goid == goid) {
			b = b.before
			continue
		}
		b.close()
		b = opened
	}
}

func init() { host.EndOpened = endOpened }
