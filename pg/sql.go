package pg

import (
	"errors"
	"runtime"
	"strings"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	base "github.com/pgstd/pgstd/pg/internal/pg"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// ErrNoRows is what Scan returns if the statement has returned no row. In an object with
// package database/sql and a driver of the kit's, it is sql.ErrNoRows for errors.Is, too.
var ErrNoRows = base.ErrNoRows

// Exec runs one SQL statement and returns how many rows it has changed or
// returned. Parameters $1, $2 … take args: bool, int, int16, int32, int64, uint32
// (an oid), float32, float64, string, []byte, [Numeric], [UUID], [Interval], [Record],
// [Range], [Multirange], [Array], [Matrix], time.Time, time.Duration, slices of the simple ones and [ArrayOf] any, what has
// a method MarshalText or MarshalJSON or is a driver.Valuer, slices in slices as arrays of more dimensions,
// structs whose fields have the columns of a composite type as tags, maps and other
// structs as JSON, pointers to all of these at any depth, or nil: a NULL of the type that
// the statement wants. Bytes are also the text of a json or jsonb.
//
// A function that is declared stable or immutable reads only. A statement that
// fails is a *Error with its SQLSTATE, and fails the whole call: every further
// statement fails with 25P02, and the call ends with this error, whatever the
// function returns. What may fail goes into [Subtransaction].
//
// Only the goroutine that runs the function can use SQL; another one panics.
func Exec(query string, args ...any) (int64, error) {
	s := &statement{}
	if err := s.run(query, args, 0); err != nil {
		return 0, err
	}
	return int64(s.NRows), nil
}

// Row is a row that a statement has returned.
type Row struct {
	err     error
	columns []column  // of QueryRow
	names   []byte    // of those, with a NUL behind each
	keep    codec.Out // what they point to
	batch   *batch    // of Query
	at      int       // in batch
}

// column is a value of a row.
type column struct {
	slot host.Slot
	typ  sqlType
}

// QueryRow runs one SQL statement and returns its first row. A SELECT stops there; what
// changes rows changes all of them, and the rows that it returns besides are dropped. What
// Exec says holds here, too. An error comes from Scan.
func QueryRow(query string, args ...any) *Row {
	s := &statement{}
	r := &s.row
	if r.err = s.run(query, args, 1); r.err != nil {
		return r
	}
	if s.NRows == 0 {
		r.err = ErrNoRows
		return r
	}
	if r.columns = s.columns[:]; s.NColumns <= uint64(len(s.columns)) {
		r.columns = r.columns[:s.NColumns]
	} else {
		r.columns = make([]column, s.NColumns)
	}
	r.names = s.room[:0]
	for _, name := range unsafe.Slice(s.Names, s.NColumns) {
		r.names = append(append(r.names, name...), 0)
	}
	slots := unsafe.Slice(s.Columns, s.NColumns)
	types := unsafe.Slice(s.ColumnTypes, s.NColumns)
	oids := unsafe.Slice(s.ColumnOIDs, s.NColumns)
	for i := range r.columns {
		var element byte
		if types[i] == host.Array && slots[i].Flags&host.Null == 0 {
			element, _ = codec.Element(&slots[i])
		}
		r.columns[i] = column{codec.Clone(&r.keep, &slots[i], types[i], element), sqlType{types[i], oids[i]}}
	}
	return r
}

// Scan copies the row's columns into what dest points to: a type that takes the
// value without loss, a pointer to one for NULL, or an any. Besides what [Exec]
// takes, that is whatever has a method UnmarshalText, UnmarshalJSON or Scan. A
// column of a type that is no number, boolean or bytea can be scanned into a
// string, as the text that SQL shows.
//
// A pointer to a struct as the only destination takes the whole row: its fields are the
// columns of their tags, `pg:"name"`, or of their names, where OrderID is order_id. Each
// field has to have a column, unless its tag is "-".
func (r *Row) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	if r.batch != nil {
		return r.batch.scan(r.at, dest)
	}
	if v, ok := rowStruct(dest, len(r.columns), func(i int) sqlType { return r.columns[i].typ }); ok {
		var plan fieldPlan
		fields, err := plan.find(v.Type(), r.Columns(), partOfRow)
		if err != nil {
			return err
		}
		dest = destinationsIn(v, fields)
	}
	if err := checkCount(len(r.columns), len(dest)); err != nil {
		return err
	}
	// Methods of destinations may take the row away meanwhile.
	columns, keep := r.columns, r.keep
	for i, d := range dest {
		if err := scan(d, &columns[i].slot, columns[i].typ); err != nil {
			return errColumn(i, err)
		}
	}
	runtime.KeepAlive(keep)
	return nil
}

// Columns returns the names of the row's columns; none if there is no row.
func (r *Row) Columns() []string {
	if r.batch != nil {
		return append([]string(nil), r.batch.names...)
	}
	names := strings.Split(string(r.names), "\x00")
	return names[:len(names)-1]
}

// Values returns the row's values, as the types that Scan has for an any.
func (r *Row) Values() ([]any, error) {
	n := len(r.columns)
	if r.batch != nil {
		n = len(r.batch.types)
	}
	values, dest := make([]any, n), make([]any, n)
	for i := range values {
		dest[i] = &values[i]
	}
	if err := r.Scan(dest...); err != nil {
		return nil, err
	}
	return values, nil
}

func checkCount(columns, destinations int) error {
	if columns == destinations {
		return nil
	}
	return errors.New("pg: the row has " + host.Itoa(columns) + " columns, Scan has " + host.Itoa(destinations) + " destinations")
}

func errColumn(i int, err error) error {
	return errors.New("pg: column " + host.Itoa(i+1) + ": " + err.Error())
}

// statement is one that runs at once, and its answer. It has room for what most of
// them need, so that it is the only thing that is allocated.
type statement struct {
	host.SQL
	parameters parameters
	row        Row
	columns    [2]column
	room       [32]byte // for their names
}

func (s *statement) run(query string, args []any, maxRows uint64) error {
	s.MaxRows = maxRows
	if err := s.parameters.prepare(&s.SQL, query, args); err != nil {
		return err
	}
	host.RunSQL(&s.SQL, s)
	return fromHost(s.Error)
}

// parameters are what a statement is run with; they have to stay until it has run.
type parameters struct {
	keep  codec.Out // what they point to
	slots [4]host.Slot
	types [4]byte
}

// prepare fills in a statement and its parameters.
func (p *parameters) prepare(s *host.SQL, query string, args []any) error {
	if !host.ValidText(query) {
		return &Error{Code: "22021", Message: "the statement is not valid UTF-8 or has a NUL, which SQL cannot hold"}
	}
	if len(args) == 1 {
		if named, ok := args[0].(NamedArgs); ok {
			var err error
			if query, args, err = named.positional(query); err != nil {
				return err
			}
		}
	}
	s.Query = query
	types, slots := p.types[:], p.slots[:]
	if len(args) > len(slots) {
		types, slots = make([]byte, len(args)), make([]host.Slot, len(args))
	}
	var oids []uint32 // nil while every type is that of its code
	for i, arg := range args {
		t, err := parameter(&p.keep, &slots[i], arg)
		if err != nil {
			return errors.New("pg: parameter $" + host.Itoa(i+1) + ": " + err.Error())
		}
		types[i] = t.code
		if t.oid != 0 {
			if oids == nil {
				oids = make([]uint32, len(args))
			}
			oids[i] = t.oid
		}
	}
	s.Types = unsafe.String(unsafe.SliceData(types), len(args))
	s.Params = unsafe.SliceData(slots)
	s.OIDs = unsafe.SliceData(oids)
	return nil
}

// fromHost copies an error of the host, and adds the line of Go code to its context.
func fromHost(e *host.ErrorData) error {
	if e == nil {
		return nil
	}
	c := e.Clone()
	if at := place(); at != "" {
		if c.Context != "" {
			c.Context += "\n"
		}
		c.Context += at
	}
	return &Error{
		Code: c.SQLState, Message: c.Message, Detail: c.Detail, Hint: c.Hint, Context: c.Context,
		Schema: c.Schema, Table: c.Table, Column: c.Column, DataType: c.DataType, Constraint: c.Constraint,
	}
}
