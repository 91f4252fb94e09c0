package pg

// Rows are the rows of a statement, for who cannot range over [Query]: they are asked
// for, one after the other, and have to be closed.
//
//	rows, err := pg.QueryRows("SELECT id FROM t")
//	if err != nil {
//		return err
//	}
//	defer rows.Close()
//	for rows.Next() {
//		if err := rows.Scan(&id); err != nil {
//			return err
//		}
//	}
//	return rows.Err()
type Rows struct {
	batch  *batch
	row    Row
	err    error
	began  bool
	closed bool
}

// QueryRows runs one SQL statement that returns rows. What [Query] says holds here, too.
func QueryRows(query string, args ...any) (*Rows, error) {
	b := &batch{}
	if err := b.open(query, args); err != nil {
		b.close()
		return nil, err
	}
	r := &Rows{batch: b}
	r.row.batch = b
	return r, nil
}

// Next goes to the next row, the first one at first. It is false, and the rows are
// closed, if there is none; Err says whether that is because of an error.
func (r *Rows) Next() bool {
	if r.closed {
		return false
	}
	if r.began {
		r.row.at++
	}
	r.began = true
	for r.row.at >= r.batch.nrows {
		if r.batch.request.Done != 0 {
			r.Close()
			return false
		}
		if r.err = r.batch.fetch(); r.err != nil {
			r.Close()
			return false
		}
		r.row.at = 0
	}
	return true
}

// Row returns the row that Next went to. It is valid until the next call of Next.
func (r *Rows) Row() *Row { return &r.row }

// Scan copies the columns of the row, as [Row.Scan] does.
func (r *Rows) Scan(dest ...any) error {
	if r.closed || !r.began {
		return errGone
	}
	return r.row.Scan(dest...)
}

// Values returns the values of the row, as [Row.Values] does.
func (r *Rows) Values() ([]any, error) {
	if r.closed || !r.began {
		return nil, errGone
	}
	return r.row.Values()
}

// Columns returns the names of the columns, which are there before the first row is.
func (r *Rows) Columns() []string { return append([]string(nil), r.batch.names...) }

// ColumnTypes returns the OIDs of the columns' SQL types.
func (r *Rows) ColumnTypes() []uint32 { return r.batch.typeOIDs }

// Err returns the error that has ended the rows, if there was one.
func (r *Rows) Err() error { return r.err }

// Close ends the rows; it may be called more than once.
func (r *Rows) Close() {
	if !r.closed {
		r.closed = true
		r.batch.close()
	}
}
