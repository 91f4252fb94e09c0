package codec

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Clone makes a slot of the host's one that stays: what it points to is copied into
// memory that o keeps. Of an array, element is its elements' code.
func Clone(o *Out, s *Slot, code, element byte) Slot {
	if s.Flags&host.Null != 0 {
		return *s
	}
	c := *s
	switch code {
	case host.Whole:
		if s.Flags&InText == 0 {
			return c
		}
		fallthrough
	case host.Text, host.Bytea, host.UUID, host.Interval, host.Binary:
		bytes := append([]byte(nil), Payload(s)...)
		o.Point(&c, unsafe.Pointer(unsafe.SliceData(bytes)), len(bytes))
	case host.Array:
		// An element can be an array itself, by way of a domain; it says so.
		if own := byte(address[host.ArrayData](s).Element); own != host.Void {
			element = own
		}
		cloneArray(o, &c, element)
	case host.Row:
		row := address[host.RowData](s)
		c = Slot{}
		PutRow(o, &c, CloneRow(o, row))
	}
	return c
}

func cloneArray(o *Out, s *Slot, code byte) {
	in, err := inSlots(s)
	if err != nil {
		panic("pg: " + err.Error())
	}
	a := *in
	if a.Width != 0 {
		bytes := append([]byte(nil), unsafe.Slice(a.Elements, a.N*uint64(a.Width))...)
		a.Elements = unsafe.SliceData(bytes)
	} else {
		slots := append([]Slot(nil), unsafe.Slice((*Slot)(unsafe.Pointer(a.Elements)), a.N)...)
		for i := range slots {
			slots[i] = Clone(o, &slots[i], code, host.Void)
		}
		o.Keep(slots)
		a.Elements = (*byte)(unsafe.Pointer(unsafe.SliceData(slots)))
	}
	o.Point(s, unsafe.Pointer(&a), int(unsafe.Sizeof(a)))
}

// RowCopy is a row in Go's memory.
type RowCopy struct {
	Columns []host.Column
	Values  []Slot
	OID     uint64 // of its own type; 0: it has none
}

// GetRow copies the row that s points to.
func GetRow(o *Out, s *Slot) RowCopy { return CloneRow(o, address[host.RowData](s)) }

// CloneRow copies a row of the host.
func CloneRow(o *Out, row *host.RowData) RowCopy {
	c := RowCopy{
		Columns: append([]host.Column(nil), unsafe.Slice(row.Columns, row.N)...),
		Values:  append([]Slot(nil), unsafe.Slice(row.Values, row.N)...),
		OID:     row.OID,
	}
	for i := range c.Columns {
		c.Columns[i].Name = string([]byte(c.Columns[i].Name))
		c.Values[i] = Clone(o, &c.Values[i], byte(c.Columns[i].Type), byte(c.Columns[i].Type>>8))
	}
	return c
}

// PutRow makes s the row.
func PutRow(o *Out, s *Slot, c RowCopy) {
	row := &host.RowData{
		N:       uint64(len(c.Columns)),
		Columns: unsafe.SliceData(c.Columns),
		Values:  unsafe.SliceData(c.Values),
		OID:     c.OID,
	}
	o.Point(s, unsafe.Pointer(row), int(unsafe.Sizeof(*row)))
}

// What package pg makes of rows.
var (
	getRecord func(*Slot) any
	putRecord func(*Out, *Slot, any) error
)

// SetRecord says how to get and put a pg.Record.
func SetRecord(get func(*Slot) any, put func(*Out, *Slot, any) error) bool {
	getRecord, putRecord = get, put
	return true
}

// GetRecord returns a row as a T, which is pg.Record.
func GetRecord[T any](s *Slot) (T, error) { return getRecord(s).(T), nil }

// PutRecord makes s a row.
func PutRecord[T any](o *Out, s *Slot, v T) error {
	return putRecord(o, s, v)
}

// What package pg makes of values of any type.
var getAny func(*Slot) any

// SetAny says how to get a pg.Any.
func SetAny(get func(*Slot) any) bool {
	getAny = get
	return true
}

// GetAny returns a value of any type as a T, which is pg.Any.
func GetAny[T any](s *Slot) (T, error) { return getAny(s).(T), nil }

// Element returns the code of an array's elements, and the OID of their SQL type.
func Element(s *Slot) (code byte, oid uint32) {
	a := address[host.ArrayData](s)
	return byte(a.Element), a.ElementOID
}

// SetElement says what the elements of an array are that is on its way to the host.
func SetElement(s *Slot, code byte, oid uint32) {
	a := address[host.ArrayData](s)
	a.Element, a.ElementOID = uint32(code), oid
}

// Elements returns the elements of an array of one dimension.
func Elements(s *Slot) ([]Slot, error) {
	a, err := oneDimension(s)
	if err != nil {
		return nil, err
	}
	slots := make([]Slot, a.N)
	for i := range slots {
		element(a, i, &slots[i])
	}
	return slots, nil
}
