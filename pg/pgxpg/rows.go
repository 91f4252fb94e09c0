package pgxpg

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/internal/untyped"
)

// rows are the rows of a statement.
type rows struct {
	ctx    context.Context
	sql    string
	rows   *pg.Rows // nil: there are none
	err    error
	n      int64
	fields []pgconn.FieldDescription
	values []untyped.Column // of the row, if they have been read
	dest   []any            // to read them
	read   bool
}

var _ pgx.Rows = (*rows)(nil)

func (r *rows) describe() {
	oids := r.rows.ColumnTypes()
	for i, name := range r.rows.Columns() {
		r.fields = append(r.fields, pgconn.FieldDescription{Name: name, DataTypeOID: baseOf(oids[i]), DataTypeSize: -1, TypeModifier: -1, Format: pgtype.TextFormatCode})
	}
	r.values = make([]untyped.Column, len(r.fields))
	r.dest = make([]any, len(r.fields))
	for i := range r.values {
		r.dest[i] = &r.values[i]
	}
}

// firstOID is the first one that is no type of PostgreSQL's own.
const firstOID = 16384

// bases are the types that domains are over, of all types that have been met.
var bases = map[uint32]uint32{}

// baseOf returns the type that a client sees of a column: of a domain, what it is over.
func baseOf(oid uint32) uint32 {
	if oid < firstOID {
		return oid
	}
	base, met := bases[oid]
	if !met {
		var over int64
		const sql = "SELECT typbasetype::pg_catalog.int8 FROM pg_catalog.pg_type WHERE oid OPERATOR(pg_catalog.=) $1::pg_catalog.int8::pg_catalog.oid"
		if err := pg.QueryRow(sql, int64(oid)).Scan(&over); err != nil {
			return oid // it has gone meanwhile
		}
		base = oid
		if over != 0 {
			base = baseOf(uint32(over))
		}
		bases[oid] = base
	}
	return base
}

func (r *rows) Close() {
	if r.rows != nil {
		r.rows.Close()
	}
}

func (r *rows) Err() error { return r.err }

func (r *rows) CommandTag() pgconn.CommandTag { return tag(r.sql, r.n) }

func (r *rows) FieldDescriptions() []pgconn.FieldDescription { return r.fields }

func (r *rows) Conn() *pgx.Conn { return nil }

func (r *rows) TypeMap() *pgtype.Map { return types }

func (r *rows) Next() bool {
	r.read = false
	if r.rows == nil || r.err != nil {
		return false
	}
	if r.err = r.ctx.Err(); r.err != nil {
		r.Close()
		return false
	}
	if !r.rows.Next() {
		r.err = convert(r.rows.Err())
		return false
	}
	r.n++
	return true
}

// fail is for errors of a row, which end the rows as pgx has it.
func (r *rows) fail(err error) error {
	if r.err == nil {
		r.err = err
	}
	r.Close()
	return err
}

func (r *rows) Scan(dest ...any) error {
	if r.rows == nil {
		return r.err
	}
	if len(dest) == 1 {
		if whole, ok := dest[0].(pgx.RowScanner); ok {
			if err := whole.ScanRow(r); err != nil {
				return r.fail(err)
			}
			return nil
		}
	}
	if len(dest) != len(r.fields) {
		return r.fail(fmt.Errorf("number of field descriptions must equal number of destinations, got %d and %d", len(r.fields), len(dest)))
	}
	if r.scanFast(dest) {
		return nil
	}
	if err := r.readAll(); err != nil {
		return r.fail(err)
	}
	for i, d := range dest {
		if d == nil {
			continue
		}
		oid := r.fields[i].DataTypeOID
		text := textOf(r.values[i].Value, oid)
		if err := types.Scan(asKnown(oid, text, d), pgtype.TextFormatCode, text, d); err != nil {
			return r.fail(pgx.ScanArgError{ColumnIndex: i, FieldName: r.fields[i].Name, Err: err})
		}
	}
	return nil
}

// asKnown is the type as which a value is scanned. An array of a type that pgx does not know, such as
// an enum, is one of texts to what takes a list.
func asKnown(oid uint32, text []byte, dest any) uint32 {
	if _, known := types.TypeForOID(oid); known {
		return oid
	}
	if _, own := dest.(sql.Scanner); own {
		return oid
	}
	t := reflect.TypeOf(dest)
	if t.Kind() != reflect.Pointer || !isArray(t.Elem()) || text != nil && (len(text) == 0 || text[0] != '{' && text[0] != '[') {
		return oid
	}
	return pgtype.TextArrayOID
}

// scanFast scans what package pg takes as pgx does, without going by its text.
func (r *rows) scanFast(dest []any) bool {
	for i, d := range dest {
		switch d.(type) {
		case *int64, *int32, *int16, *int, *float64, *bool, **int64, **int32, **bool, **float64, *[]string, *[]int32, *[]int64, *time.Time, **time.Time:
		case *string, **string:
			switch r.fields[i].DataTypeOID {
			case pgtype.TextOID, pgtype.VarcharOID, pgtype.BPCharOID, pgtype.NameOID:
			default:
				return false
			}
		default:
			return false
		}
	}
	return r.rows.Scan(dest...) == nil
}

func (r *rows) readAll() error {
	if r.read {
		return nil
	}
	if err := r.rows.Scan(r.dest...); err != nil {
		return err
	}
	r.read = true
	return nil
}

func (r *rows) Values() ([]any, error) {
	if r.rows == nil {
		return nil, r.err
	}
	if err := r.readAll(); err != nil {
		return nil, r.fail(err)
	}
	all := make([]any, len(r.fields))
	for i, f := range r.fields {
		text := textOf(r.values[i].Value, f.DataTypeOID)
		if text == nil {
			continue
		}
		t, ok := types.TypeForOID(f.DataTypeOID)
		if !ok {
			all[i] = string(text)
			continue
		}
		v, err := t.Codec.DecodeValue(types, f.DataTypeOID, pgtype.TextFormatCode, text)
		if err != nil {
			return nil, r.fail(err)
		}
		all[i] = v
	}
	return all, nil
}

func (r *rows) RawValues() [][]byte {
	all := make([][]byte, len(r.fields))
	if r.rows == nil || r.readAll() != nil {
		return all
	}
	for i := range all {
		all[i] = textOf(r.values[i].Value, r.fields[i].DataTypeOID)
	}
	return all
}

// textOf returns a value as its text, nil for NULL.
func textOf(v any, oid uint32) []byte {
	switch v := v.(type) {
	case nil:
		return nil
	case int64:
		return strconv.AppendInt(nil, v, 10)
	case float64:
		text, _ := untyped.Value(v)
		return []byte(text.(untyped.Text))
	case bool:
		if v {
			return []byte("t")
		}
		return []byte("f")
	case []byte:
		return []byte(`\x` + hex.EncodeToString(v))
	case time.Time:
		switch oid {
		case pgtype.DateOID:
			return []byte(untyped.Format(v, "-01-02"))
		case pgtype.TimestampOID:
			return []byte(untyped.Format(v, "-01-02 15:04:05.999999"))
		}
		return []byte(untyped.Time(v))
	case string:
		return []byte(v)
	}
	return fmt.Append(nil, v)
}

// row is the row of QueryRow.
type row struct{ pgx.Rows }

func (r row) Scan(dest ...any) error {
	rows := r.Rows
	defer rows.Close()
	if err := rows.Err(); err != nil {
		return err
	}
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	return rows.Scan(dest...)
}
