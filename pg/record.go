package pg

import (
	"errors"
	"runtime"
	"strings"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Record is a row, or a value of a composite type, whose columns go by their names.
type Record struct {
	// Copies of a record share its values: who sets one in place sets it for all. So all of them have to
	// have the same keep, from the first value on.
	row  codec.RowCopy
	keep *codec.Out // what the values point to; of a trigger's row, of what has been set

	// Of a trigger's row: it lies in the host's memory, as long as the lease has that number.
	lease    *lease
	number   uint64
	settable bool // is the new row
	owned    bool // its values have been copied, to be changed
	typed    bool // and its columns, as a value of another type was set
}

var errReplaced = errors.New("the record was replaced while the value was made")

func errUnknownColumn(what, column string) error {
	return &Error{Code: "42703", Message: "pg: " + what + " no column " + column}
}

func (r *Record) isOver() bool { return r.lease != nil && r.lease.number != r.number }

// Columns returns the names of the columns.
func (r *Record) Columns() []string {
	if r.isOver() {
		return nil
	}
	names := make([]string, len(r.row.Columns))
	for i := range names {
		names[i] = r.row.Columns[i].Name
	}
	return names
}

func (r *Record) find(column string) int {
	for i := range r.row.Columns {
		if r.row.Columns[i].Name == column {
			return i
		}
	}
	return -1
}

// Get copies a column into what dest points to, as [Row.Scan] does.
func (r *Record) Get(column string, dest any) error {
	if r.isOver() {
		return errOver
	}
	i := r.find(column)
	if i < 0 {
		return errUnknownColumn("the record has", column)
	}
	// Methods of dest may change the record meanwhile, or take it away.
	c, value, keep := r.row.Columns[i], r.row.Values[i], r.keep
	err := scan(dest, &value, sqlType{byte(c.Type), c.OID})
	runtime.KeepAlive(keep)
	if err != nil {
		return errors.New("pg: column " + column + ": " + err.Error())
	}
	return nil
}

// Set sets a column, which a new record need not have yet. It takes what a parameter
// of [Exec] can be.
func (r *Record) Set(column string, value any) error {
	i := r.find(column)
	if r.lease != nil {
		if err := r.prepareRow(column, i); err != nil {
			return err
		}
	} else if r.keep == nil {
		r.keep = &codec.Out{}
	}
	s, t, ok := wordParameter(value)
	if !ok {
		var err error
		if s, t, err = r.parameter(value); err != nil {
			return errors.New("pg: column " + column + ": " + err.Error())
		}
		i = r.find(column) // methods of value may have set columns meanwhile
	}
	c := host.Column{Name: column, Type: uint32(t.code)}
	if t.code == host.Array && s.Flags&host.Null == 0 {
		element, _ := codec.Element(&s)
		c.Type |= uint32(element) << 8
	}
	switch {
	case i >= 0 && r.lease != nil && !r.typed && r.row.Columns[i].Type == c.Type:
		r.row.Values[i] = s
	case i >= 0:
		if r.lease != nil && !r.typed {
			r.ownColumns()
		}
		c.OID = r.row.Columns[i].OID
		r.row.Columns[i], r.row.Values[i] = c, s
	case len(r.row.Columns) >= maxColumns:
		return errors.New("pg: a record has at most " + host.Itoa(maxColumns) + " columns")
	default:
		if t.oid != host.Infer {
			c.OID = t.oid
		}
		r.row.OID = 0 // it is none of its type any more
		// Copies of a record share their columns. A new one must not land in memory
		// that another copy has spare, of which it may use but the values.
		n := len(r.row.Columns)
		columns := append(r.row.Columns[:n:n], c)
		r.row.Values = append(r.row.Values[:n:n], s)
		r.row.Columns = columns
	}
	return nil
}

// parameter returns a value for a column, and keeps what it points to.
func (r *Record) parameter(value any) (host.Slot, sqlType, error) {
	keep, l, number := r.keep, r.lease, r.number
	var s host.Slot
	t, err := parameter(keep, &s, value)
	if l != nil && l.number != number && !l.room.taken {
		l.room.keep = codec.Out{} // made too late, and no call may come to have the room
	}
	switch {
	case err != nil:
	case r.keep != keep || r.lease != l || r.number != number:
		// It could be a row of the host now, and would not keep what s points to.
		err = errReplaced
	case r.isOver():
		// Another call has its room, or will have it.
		err = errOver
	}
	return s, t, err
}

// JSON returns the row as an object of JSON, as row_to_json has it. It is SQL, with what
// [Exec] says of that.
func (r *Record) JSON() ([]byte, error) {
	var text string
	if err := QueryRow("SELECT pg_catalog.row_to_json($1)", *r).Scan(&text); err != nil {
		return nil, err
	}
	return []byte(text), nil
}

// MarshalJSON is [Record.JSON], for package encoding/json.
func (r Record) MarshalJSON() ([]byte, error) { return r.JSON() }

// String returns the row as SQL shows it: (1,"two words",). Where there is no SQL, it is
// the names of the columns.
func (r *Record) String() string {
	var o codec.Out
	var s host.Slot
	if err := putRecord(&o, &s, *r); err == nil {
		text, err := show(&s, sqlType{host.Row, oidRecord})
		runtime.KeepAlive(&o)
		if err == nil {
			return text
		}
	}
	return "(" + strings.Join(r.Columns(), ",") + ")"
}

// maxColumns is PostgreSQL's limit for a row.
const maxColumns = 1664

// rowRoom is room for the usual row that is changed.
type rowRoom struct {
	values  [8]host.Slot
	changed [8]uint32
	keep    codec.Out
	taken   bool
}

// own copies the values of a trigger's row, to be changed. Its columns stay those of all
// rows of the table: nobody writes to them.
func (r *Record) own() {
	room := &r.lease.room
	if room.taken { // by the row that this is a copy of, or the other way round
		room = &rowRoom{}
	}
	room.taken = true
	r.owned = true
	r.keep = &room.keep
	r.row.Values = append(room.values[:0], r.row.Values...)
	if r.lease.changed == nil {
		r.lease.changed = room.changed[:0]
	}
}

// ownColumns copies columns and values of a trigger's row. Copies of the record may share the
// values, and go on to read them as what their columns say.
func (r *Record) ownColumns() {
	r.typed = true
	r.row.Columns = append([]host.Column(nil), r.row.Columns...)
	r.row.Values = append([]host.Slot(nil), r.row.Values...)
}

// prepareRow makes a trigger's row ready for a column, number i, to be set.
func (r *Record) prepareRow(column string, i int) error {
	l := r.lease
	switch {
	case r.isOver():
		return errOver
	case l.readOnly:
		return errTime
	case !r.settable:
		return errOldRow
	case i < 0:
		return errUnknownColumn("the row has", column)
	}
	if !r.owned {
		r.own()
	}
	for _, c := range l.changed {
		if c == uint32(i) {
			return nil
		}
	}
	l.changed = append(l.changed, uint32(i))
	return nil
}

// Generated code gets and puts records by way of codec: a slot in an exported
// signature would be a pointer that anybody can forge.
var _ = codec.SetRecord(
	func(s *codec.Slot) any { r, _ := getRecord(s); return r },
	func(o *codec.Out, s *codec.Slot, r any) error { return putRecord(o, s, r.(Record)) },
)

func getRecord(s *codec.Slot) (Record, error) {
	o := &codec.Out{}
	return Record{row: codec.GetRow(o, s), keep: o}, nil
}

func putRecord(o *codec.Out, s *codec.Slot, r Record) error {
	if r.isOver() {
		return errOver
	}
	if r.lease != nil {
		// What takes it may live longer than the call.
		leased := host.RowData{
			N:       uint64(len(r.row.Columns)),
			Columns: unsafe.SliceData(r.row.Columns),
			Values:  unsafe.SliceData(r.row.Values),
			OID:     r.row.OID,
		}
		r.row = codec.CloneRow(o, &leased)
	} else {
		// Who takes it need not see what a copy of the record is set to later.
		r.row.Columns = append([]host.Column(nil), r.row.Columns...)
		r.row.Values = append([]host.Slot(nil), r.row.Values...)
	}
	o.Keep(r.keep)
	codec.PutRow(o, s, r.row)
	return nil
}
