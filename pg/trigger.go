package pg

import (
	"errors"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// TriggerTime is when a trigger runs.
type TriggerTime uint8

// The times.
const (
	Before TriggerTime = iota + 1
	After
	InsteadOf
)

func (t TriggerTime) String() string {
	return [...]string{Before: "BEFORE", After: "AFTER", InsteadOf: "INSTEAD OF"}[t]
}

// TriggerEvent is what a trigger runs for.
type TriggerEvent uint8

// The events.
const (
	Insert TriggerEvent = iota + 1
	Update
	Delete
	Truncate
)

func (e TriggerEvent) String() string {
	return [...]string{Insert: "INSERT", Update: "UPDATE", Delete: "DELETE", Truncate: "TRUNCATE"}[e]
}

// Trigger is what a function gets that is called as a trigger. It is valid, with its
// rows, until the function returns.
//
// A function that returns without an error lets things happen. Before a row is
// written it can change it with New.Set, or have it left out with [Trigger.Skip].
type Trigger struct {
	Name   string // of the trigger
	Schema string // of the table or view
	Table  string
	RelID  uint32 // its OID

	When       TriggerTime
	Event      TriggerEvent
	ForEachRow bool     // else, for each statement
	Args       []string // as in CREATE TRIGGER

	// OldTable and NewTable are the names of the transition tables, which
	// statements of this call can use; empty if there are none.
	OldTable, NewTable string

	// Old is the row as it was, nil where there is none: for INSERT, and for a
	// statement. New is the row as it is to be; nil for DELETE, and for a statement.
	Old, New *Record

	skip bool
}

// Skip makes nothing happen to the row. The trigger has to be one for each row,
// BEFORE or INSTEAD OF.
func (t *Trigger) Skip() { t.skip = true }

// EventTrigger is what a function gets that is called as an event trigger.
type EventTrigger struct {
	Event string // such as ddl_command_end
	Tag   string // of the command, such as CREATE TABLE
}

// triggerCall is a Trigger with what its function must not get at: by assigning to
// *Trigger it could make rows valid again.
type triggerCall struct {
	Trigger
	row Record // the new one, or the old one where there is no new one
}

// lease says how long the host's memory is there that records read, and has room for what a call
// changes. Later calls use it again; it is the first one's no more, by its number.
type lease struct {
	number   uint64   // of calls that have had it
	readOnly bool     // of rows that exist, or do so no more
	changed  []uint32 // columns of the new row
	room     rowRoom
}

var (
	errOver   = errors.New("pg: the call of the trigger is over, and its rows with it")
	errOldRow = errors.New("pg: only the new row can be changed")
	errNewRow = errors.New("pg: the new row of a trigger cannot be replaced; change its columns with Set")
	errTime   = errors.New("pg: a row can only be changed or skipped by a trigger for each row, BEFORE or INSTEAD OF")
)

// description is what calls of one trigger have in common.
type description struct {
	id      uint64  // the host's number
	trigger Trigger // as far as it is the same for each call
	columns []host.Column
	rowType uint32
}

// descriptions has those of the last triggers, by their numbers; described is the very last.
var (
	descriptions = map[uint64]*description{}
	described    = &description{}
)

const maxDescriptions = 64

func clone(s string) string { return string([]byte(s)) }

func describe(d *host.TriggerData) *description {
	if described.id == d.ID {
		return described
	}
	n := descriptions[d.ID]
	if n == nil {
		n = newDescription(d)
		if len(descriptions) >= maxDescriptions {
			descriptions = map[uint64]*description{}
		}
		descriptions[d.ID] = n
	}
	described = n
	return n
}

func newDescription(d *host.TriggerData) *description {
	n := &description{
		id: d.ID,
		trigger: Trigger{
			Name: clone(d.Name), Schema: clone(d.Schema), Table: clone(d.Table), RelID: d.Relation,
			When: TriggerTime(d.When), ForEachRow: d.ForEachRow != 0,
			OldTable: clone(d.OldTable), NewTable: clone(d.NewTable),
		},
		rowType: d.RowType,
	}
	for _, arg := range unsafe.Slice(d.Args, d.NArgs) {
		n.trigger.Args = append(n.trigger.Args, clone(arg))
	}
	n.columns = append(n.columns, unsafe.Slice(d.Columns, d.NColumns)...)
	for i := range n.columns {
		n.columns[i].Name = clone(n.columns[i].Name)
	}
	return n
}

// keepTrigger is the last one, reachable until the host has read what it has changed, and
// keepChanged what its new row keeps: its function can assign another record to that
// afterwards, which goes on to need what it keeps. By the next call, the host has read all.
var (
	keepTrigger *triggerCall
	keepChanged *codec.Out
)

// keep makes t the last one, after those that were called while it ran.
func (t *triggerCall) keep(row *Record) {
	forgetTrigger()
	keepTrigger, keepChanged = t, row.keep
	if codec.IsLarge(keepChanged) {
		host.Forget(forgetTrigger)
	}
}

func forgetTrigger() {
	if keepTrigger != nil {
		*keepChanged = codec.Out{}
		keepTrigger, keepChanged = nil, nil
	}
}

// triggerCalls and oldRows are room for the next calls: it is made for many of them at a time. A
// call gets what no call has had, as functions may keep what they get.
var (
	triggerCalls []triggerCall
	oldRows      []Record
)

func fresh[T any](room *[]T) *T {
	const size = 8 << 10
	if len(*room) == 0 {
		*room = make([]T, size/unsafe.Sizeof(*new(T)))
	}
	p := &(*room)[0]
	*room = (*room)[1:]
	return p
}

// leases are those that no call has.
var leases []*lease

func newLease() *lease {
	n := len(leases)
	if n == 0 {
		return &lease{}
	}
	l := leases[n-1]
	leases = leases[:n-1]
	l.changed = nil
	return l
}

// end makes the call's records such that are over. What is kept for the host stays in the lease's
// room, as the next call comes after it has been read.
func (l *lease) end(row *Record) {
	// Where a copy of the row has had that room, the row has one of its own, which lasts as long as
	// the calls that were made room for together. Another record may be in its place by now.
	if row.lease == l && row.number == l.number && row.owned && row.keep != keepChanged {
		*row.keep = codec.Out{}
	}
	l.number++
	if keepChanged != &l.room.keep {
		l.room.keep = codec.Out{}
	}
	l.room.taken = false
	leases = append(leases, l)
}

// Generated code comes by way of package host: an exported function would put the
// host's types into the hands of code that cannot import them.
func init() {
	host.RunTrigger = func(d *host.TriggerData, f any) error { return runTrigger(d, f.(func(*Trigger) error)) }
	host.RunEventTrigger = func(d *host.EventTriggerData, f any) error {
		return f.(func(*EventTrigger) error)(&EventTrigger{Event: clone(d.Event), Tag: clone(d.Tag)})
	}
}

func runTrigger(d *host.TriggerData, f func(*Trigger) error) error {
	forgetTrigger()
	n := describe(d)
	t := fresh(&triggerCalls)
	t.Trigger = n.trigger
	t.Event = TriggerEvent(d.Event)
	if len(t.Args) > 0 {
		t.Args = append([]string(nil), t.Args...)
	}
	l := newLease()
	defer l.end(&t.row)
	l.readOnly = !t.ForEachRow || t.When == After
	if d.Old != nil {
		t.Old = &t.row
		if d.New != nil {
			t.Old = fresh(&oldRows)
		}
		t.Old.read(n, d.Old, l)
	}
	row := &t.row
	if d.New != nil {
		row.read(n, d.New, l)
		row.settable = true
		t.New = row
	}
	err := f(&t.Trigger)
	switch {
	case err != nil:
		return err
	case d.New != nil && (row.lease != l || row.isOver() || len(l.changed) > 0 && !row.owned):
		return errNewRow // its columns need not be those that were set
	case t.skip && l.readOnly:
		return errTime
	case t.skip:
		d.Action = host.SkipRow
	case len(l.changed) > 0:
		t.keep(row)
		d.NChanged = uint64(len(l.changed))
		d.Changed = address(unsafe.SliceData(l.changed))
		d.ChangedColumns = address(unsafe.SliceData(row.row.Columns))
		d.ChangedValues = address(unsafe.SliceData(row.row.Values))
	}
	return nil
}

// read makes a record one of a row in the host's memory.
func (r *Record) read(n *description, values *host.Slot, l *lease) {
	r.row.Columns = n.columns
	r.row.Values = unsafe.Slice(values, len(n.columns))
	r.row.OID = uint64(n.rowType)
	r.lease, r.number = l, l.number
}

func address[T any](p *T) uint64 { return uint64(uintptr(unsafe.Pointer(p))) }
