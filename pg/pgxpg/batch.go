package pgxpg

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// SendBatch runs statements one after the other, as their results are asked for, and the
// rest of them when it is closed.
func (d DB) SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults {
	return &batchResults{db: d, ctx: ctx, queued: b.QueuedQueries}
}

type batchResults struct {
	db     DB
	ctx    context.Context
	queued []*pgx.QueuedQuery
	last   pgx.Rows // of the statement that was run last
	closed bool
	err    error
}

var _ pgx.BatchResults = (*batchResults)(nil)

var (
	errClosed = errors.New("pgxpg: the batch is closed")
	errNoMore = errors.New("pgxpg: the batch has no further statement")
)

// next takes the next statement.
func (b *batchResults) next() (*pgx.QueuedQuery, error) {
	if b.last != nil {
		b.last.Close()
		b.last = nil
	}
	switch {
	case b.err != nil:
		return nil, b.err
	case b.closed:
		return nil, errClosed
	case len(b.queued) == 0:
		return nil, errNoMore
	}
	q := b.queued[0]
	b.queued = b.queued[1:]
	return q, nil
}

func (b *batchResults) keep(err error) error {
	if b.err == nil {
		b.err = err
	}
	return err
}

func (b *batchResults) Exec() (pgconn.CommandTag, error) {
	q, err := b.next()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	tag, err := b.db.Exec(b.ctx, q.SQL, q.Arguments...)
	return tag, b.keep(err)
}

func (b *batchResults) Query() (pgx.Rows, error) {
	q, err := b.next()
	if err != nil {
		return &rows{err: err}, err
	}
	r, err := b.db.Query(b.ctx, q.SQL, q.Arguments...)
	b.last = r
	return r, b.keep(err)
}

func (b *batchResults) QueryRow() pgx.Row {
	r, _ := b.Query()
	return row{r}
}

// Close runs what is left, each with the function that was queued with it.
func (b *batchResults) Close() error {
	for !b.closed && b.err == nil && len(b.queued) > 0 {
		fn := b.queued[0].Fn
		if fn == nil {
			_, _ = b.Exec()
		} else if err := fn(b); err != nil {
			b.keep(err)
		}
	}
	if b.last != nil {
		b.last.Close()
	}
	b.closed = true
	return b.err
}

// Tx is nil: a batch is no transaction of its own.
func (b *batchResults) Tx() pgx.Tx { return nil }
