package host

import (
	"math"
	"unsafe"
)

// Slot is one value; pgabi.Slot is the same.
type Slot struct {
	Word  uint64
	Flags uint32
	Size  uint32
}

// What Slot.Flags can have: the value is NULL; it is in text, though its code is Binary or Whole; it
// is a Timestamptz whose Size says by how many seconds its own clock is ahead of UTC; it is a result that
// is a text among the arguments, whose number is in the bits from ArgumentShift on.
const (
	Null          = 1
	InText        = 2
	Clock         = 4
	Argument      = 8
	ArgumentShift = 8
)

// TriggerData is what a trigger function is called with, as host/abi.h has it. Addresses
// of what is handed back are plain numbers, as it lies in the host's memory.
type TriggerData struct {
	ID                                      uint64
	Name, Schema, Table, OldTable, NewTable string
	NArgs                                   uint64
	Args                                    *string
	NColumns                                uint64
	Columns                                 *Column
	Old, New                                *Slot
	Relation, When, Event, ForEachRow       uint32
	RowType, Unused                         uint32

	Action                                 uint64
	NChanged                               uint64
	Changed, ChangedColumns, ChangedValues uint64
}

// SkipRow in TriggerData.Action makes nothing happen to the row.
const SkipRow = 1

// What package pg does with them; f is a func(*pg.Trigger) error, or a
// func(*pg.EventTrigger) error.
var (
	RunTrigger      func(d *TriggerData, f any) error
	RunEventTrigger func(d *EventTriggerData, f any) error
)

// EventTriggerData is what an event trigger function is called with.
type EventTriggerData struct{ Event, Tag string }

// SetOp is what to do about a set: the flags of the last slot of a call.
type SetOp uint32

const (
	OpenSet    SetOp = iota // begin, and make the first row
	NextInSet               // make one more row
	StopSet                 // make no more rows
	AbandonSet              // the same, when the query has long ended
	AllOfSet                // make all rows at once, for RunSetRows
)

// SetRows is a request that hands over rows of a set.
type SetRows struct {
	N     uint64
	Rows  *Slot
	Error *ErrorData
}

// MaxPayload is the largest text or bytea: PostgreSQL's 1 GB less one byte,
// less the length word.
const MaxPayload = 1<<30 - 1 - 4

// SQL is one statement: what to run and, below, what has come of it. That is
// valid until the next call of the host only.
type SQL struct {
	Query   string
	Types   string // a code for each parameter
	Params  *Slot
	OIDs    *uint32 // of the parameters' SQL types; 0: that of the code
	MaxRows uint64

	Error       *ErrorData
	NRows       uint64
	NColumns    uint64
	Columns     *Slot
	ColumnTypes *byte
	ColumnOIDs  *uint32
	Names       *string
}

// SubxactOp is what to do about a subtransaction.
type SubxactOp uint64

const (
	Begin SubxactOp = iota + 1
	Commit
	Rollback
)

// Subxact is a request about a subtransaction.
type Subxact struct {
	Op    SubxactOp
	Error *ErrorData
}

// RowsOp is what to do about a cursor.
type RowsOp uint64

const (
	OpenRows RowsOp = iota + 1
	FetchRows
	CloseRows
	BeforeCall // the last cursor that was opened before the running call
)

// Rows is a request about the rows of a statement, and a batch of them: NRows
// times NColumns slots. A batch is valid until the next request about the cursor.
type Rows struct {
	SQL
	Op     RowsOp
	Cursor uint64 // 0: not open
	Done   uint64 // there is no batch after this one
}

// TransactionOp is how to end a transaction.
type TransactionOp uint64

const (
	CommitTransaction TransactionOp = iota + 1
	RollbackTransaction
)

// Transaction is a request to end the transaction and begin the next.
type Transaction struct {
	Op    TransactionOp
	Chain uint64
	Error *ErrorData
}

// Clone returns a copy that stays.
func (e *ErrorData) Clone() ErrorData {
	c := *e
	for _, field := range []*string{
		&c.SQLState, &c.Message, &c.Detail, &c.Hint, &c.Context,
		&c.Schema, &c.Table, &c.Column, &c.DataType, &c.Constraint,
	} {
		*field = string([]byte(*field))
	}
	return c
}

// Value returns a copy of the value of a column: nil, bool, int64, float64, string
// or []byte. It is no method, as none of a type that points at will may be: the
// methods of a type can be called on what reflect makes of it.
func Value(s *Slot, typ byte) any {
	if s.Flags&Null != 0 {
		return nil
	}
	switch typ {
	case Bool:
		return s.Word != 0
	case Int2, Int4, Int8:
		return signed(s.Word, typ)
	case Float4:
		return float64(math.Float32frombits(uint32(s.Word)))
	case Float8:
		return math.Float64frombits(s.Word)
	}
	if typ == Bytea {
		return append([]byte{}, s.bytes()...)
	}
	return TextOf(s)
}

func (s *Slot) bytes() []byte { return unsafe.Slice((*byte)(payload(s.Word)), s.Size) }

// TextOf returns a copy of a text, which must not be NULL.
func TextOf(s *Slot) string { return string(s.bytes()) }

func signed(word uint64, typ byte) int64 {
	switch typ {
	case Int2:
		return int64(int16(word))
	case Int4:
		return int64(int32(word))
	}
	return int64(word)
}

// payload turns an address of the host into a pointer. It is not one into the
// Go heap, and so nothing that the collector has to know.
func payload(word uint64) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&word))
}

// Subtransactions counts those that are open.
var Subtransactions uint64

// refused is why SQL is not possible; nil: it is. Who asks for it asks whyNot.
var refused *ErrorData

// reading counts the reads of answers that may run an author's code: another request would
// free what is being read. It is no part of refused, which goroutines put back as they found it.
var reading int

// BeginReading and EndReading are around such a read.
func BeginReading() { reading++ }

// EndReading ends what BeginReading has begun; it is deferred.
func EndReading() { reading-- }

// whyNot returns why SQL is not possible; nil: it is.
//
//lint:ignore U1000 host_postgres.go uses it
func whyNot() *ErrorData {
	if reading > 0 {
		return errReading
	}
	return refused
}

var errReading = &ErrorData{
	SQLState: "55000",
	Message:  "no SQL is possible, and no other row of a window, while an argument of a window function is read",
	Hint:     "A method such as UnmarshalJSON only takes what it gets; use SQL when the argument is there.",
}

func refuse(why *ErrorData) (before *ErrorData) {
	before, refused = refused, why
	return before
}

// WithoutQuery runs code of which the query has ended: there is none to use SQL for.
func WithoutQuery(f func()) {
	before := refuse(queryEnded)
	f()
	refuse(before)
}

var queryEnded = &ErrorData{
	SQLState: "25P01",
	Message:  "the query that this iterator has made rows for has ended; no SQL is possible",
}

// noSQL is the answer where there is no database.
var noSQL = &ErrorData{
	SQLState: "0A000",
	Message:  "there is no SQL outside of PostgreSQL",
	Hint:     "Run the function in a database: pgbuild run.",
}
