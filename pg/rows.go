package pg

import (
	"errors"
	"iter"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Query runs one SQL statement and returns its rows, which are fetched as the loop
// goes on: a large result does not sit in memory.
//
//	for row, err := range pg.Query("SELECT id, name FROM t WHERE kind = $1", kind) {
//		if err != nil {
//			return err
//		}
//		if err := row.Scan(&id, &name); err != nil {
//			return err
//		}
//	}
//
// An error is the last thing that the loop gets, with a row of which Scan returns it, too.
// What [Exec] says of parameters, of what a function may do, and of statements that fail,
// holds here, too. A row is valid until the next one. Each range over the result runs the
// statement again.
//
// The statement may be one that changes rows, with RETURNING: it has done so
// before the first row comes. Leaving the loop early is fine.
func Query(query string, args ...any) iter.Seq2[*Row, error] {
	return func(yield func(*Row, error) bool) {
		b := &batch{}
		defer b.close()
		if err := b.open(query, args); err != nil {
			yield(&Row{err: err}, err)
			return
		}
		row := &Row{batch: b}
		for {
			for row.at = 0; row.at < b.nrows; row.at++ {
				if !yield(row, nil) {
					return
				}
			}
			if b.request.Done != 0 {
				return
			}
			if err := b.fetch(); err != nil {
				yield(&Row{err: err}, err)
				return
			}
		}
	}
}

// batch is the rows of a cursor that have been fetched last. They lie in the host's
// memory, and are forgotten before each request that lets the host free it.
type batch struct {
	request host.Rows
	nrows   int
	slots   []host.Slot
	types   []byte
	oids    []uint32
	names   []string

	typeOIDs []uint32  // a copy of oids, for QueryRows
	plan     fieldPlan // of the struct that rows were scanned into last

	// While values are scanned, methods of destinations run, which may come to ask for
	// the next rows or for an end by a detour through SQL. What is read stays until then.
	scanning int
	closing  bool

	before, after *batch // in the list of opened
	goid          uint64 // of who has opened it
}

func (b *batch) open(query string, args []any) error {
	p := &parameters{}
	if err := p.prepare(&b.request.SQL, query, args); err != nil {
		return err
	}
	b.request.Op = host.OpenRows
	host.RunRows(&b.request, p)
	if b.request.Cursor != 0 {
		b.enter()
	}
	b.request.Params, b.request.OIDs, b.request.Query, b.request.Types = nil, nil, "", ""
	if err := fromHost(b.request.Error); err != nil {
		return err
	}
	b.types = unsafe.Slice(b.request.ColumnTypes, b.request.NColumns)
	b.oids = unsafe.Slice(b.request.ColumnOIDs, b.request.NColumns)
	b.typeOIDs = append([]uint32(nil), b.oids...)
	b.names = cloneNames(b.request.Names, b.request.NColumns)
	b.take()
	return nil
}

// cloneNames copies the names of columns, which lie in the host's memory.
func cloneNames(first *string, n uint64) []string {
	names := append([]string(nil), unsafe.Slice(first, n)...)
	for i := range names {
		names[i] = clone(names[i])
	}
	return names
}

func (b *batch) fetch() error {
	switch {
	case b.scanning > 0:
		return errScanning
	case b.request.Cursor == 0:
		return errClosed
	}
	b.forget()
	b.request.Op = host.FetchRows
	host.RunRows(&b.request, nil)
	if err := fromHost(b.request.Error); err != nil {
		return err
	}
	b.take()
	return nil
}

func (b *batch) take() {
	b.nrows = int(b.request.NRows)
	b.slots = unsafe.Slice(b.request.Columns, b.request.NRows*b.request.NColumns)
}

func (b *batch) forget() {
	b.nrows, b.slots = 0, nil
}

func (b *batch) close() {
	b.forget()
	if b.scanning > 0 {
		b.closing = true
		return
	}
	if b.request.Cursor == 0 {
		return
	}
	b.types, b.oids = nil, nil
	b.leave()
	b.request.Op = host.CloseRows
	host.RunRows(&b.request, nil)
	b.request.Cursor = 0
}

var errScanning = errors.New("pg: the next row was asked for while one is being scanned")

var errClosed = errors.New("pg: the rows were closed when the call that had asked for them panicked")

var errGone = errors.New("pg: the row is gone; Scan it before the loop goes on")

func (b *batch) scan(at int, dest []any) error {
	if at >= b.nrows {
		return errGone
	}
	n := len(b.types)
	row := b.slots[at*n : at*n+n]
	b.scanning++
	defer b.scanned()
	if v, ok := rowStruct(dest, n, func(i int) sqlType { return sqlType{b.types[i], b.oids[i]} }); ok {
		fields, err := b.plan.find(v.Type(), b.names, partOfRow)
		if err != nil {
			return err
		}
		dest = destinationsIn(v, fields)
	}
	if err := checkCount(n, len(dest)); err != nil {
		return err
	}
	for i, d := range dest {
		if err := scan(d, &row[i], sqlType{b.types[i], b.oids[i]}); err != nil {
			return errColumn(i, err)
		}
	}
	return nil
}

// scanned ends a scan, and does what was not possible during it.
func (b *batch) scanned() {
	b.scanning--
	if b.scanning == 0 && b.closing {
		b.closing = false
		b.close()
	}
}
