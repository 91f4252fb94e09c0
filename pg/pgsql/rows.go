package pgsql

import (
	"context"
	"database/sql/driver"
	"io"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/internal/untyped"
)

// rows are the rows of a statement. When their context is cancelled, database/sql closes
// them from a goroutine of its own, which cannot use SQL.
type rows struct {
	ctx    context.Context
	rows   *pg.Rows
	goid   uint64
	values []untyped.Column
	dest   []any
	types  []string // names of the columns' types, once somebody has asked for them
}

var _ driver.RowsColumnTypeDatabaseTypeName = (*rows)(nil)

// ColumnTypeDatabaseTypeName returns the name of a column's type in capitals, as drivers do: INT8, or
// _TEXT for an array.
func (r *rows) ColumnTypeDatabaseTypeName(i int) string {
	oids := r.rows.ColumnTypes()
	if r.types == nil {
		r.types = make([]string, len(oids))
	}
	if r.types[i] == "" && host.Goid() == r.goid {
		// A type that has gone meanwhile has no name.
		_ = pg.QueryRow("SELECT pg_catalog.upper(typname) FROM pg_catalog.pg_type WHERE oid OPERATOR(pg_catalog.=) $1::pg_catalog.int8::pg_catalog.oid", int64(oids[i])).Scan(&r.types[i])
	}
	return r.types[i]
}

func (r *rows) Columns() []string { return r.rows.Columns() }

func (r *rows) Close() error {
	if host.Goid() == r.goid {
		r.rows.Close()
	}
	return nil
}

func (r *rows) Next(dest []driver.Value) error {
	if err := r.ctx.Err(); err != nil {
		return err
	}
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return io.EOF
	}
	if r.values == nil {
		r.values = make([]untyped.Column, len(dest))
		r.dest = make([]any, len(dest))
		for i := range r.values {
			r.dest[i] = &r.values[i]
		}
	}
	if err := r.rows.Scan(r.dest...); err != nil {
		return err
	}
	oids := r.rows.ColumnTypes()
	for i := range dest {
		dest[i] = r.values[i].Value
		// database/sql makes a json.RawMessage of bytes alone.
		if text, ok := dest[i].(string); ok && (oids[i] == oidJSON || oids[i] == oidJSONB) {
			dest[i] = []byte(text)
		}
	}
	return nil
}

// OIDs of types that drivers hand out as bytes.
const (
	oidJSON  = 114
	oidJSONB = 3802
)
