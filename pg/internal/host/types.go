package host

// Codes of the types that a slot can have, as host/abi.h numbers them.
const (
	Void = iota
	Bool
	Int2
	Int4
	Int8
	Float4
	Float8
	Text
	Bytea
	OID
	Date
	Time
	Timestamp
	Timestamptz
	UUID
	Interval
	Binary
	Array
	Record
	Row
	Whole // a numeric; not among columns and parameters
	State // of an aggregate; in signatures only
	Any   // a Row of one column; an argument only
)

// MaxDims is the largest number of dimensions of an array.
const MaxDims = 6

// ArrayData is what a slot of type Array points to. Elements are slots, or, if
// Width is not 0, values of so many bytes each, with no NULL among them.
type ArrayData struct {
	N           uint64
	Elements    *byte
	Width       uint32
	Dims        uint32
	Element     uint32 // code
	ElementOID  uint32 // of the SQL type; 0: that of the code
	Sizes       [MaxDims]int32
	LowerBounds [MaxDims]int32
	Bytes       uint64 // of WidthVarlena
}

// WidthVarlena in ArrayData.Width says that the elements come as PostgreSQL has them:
// each behind its varlena header and what aligns it to four bytes.
const WidthVarlena = 1<<32 - 1

// Column is a column of a row that describes itself.
type Column struct {
	Name string
	OID  uint32 // of the SQL type; 0 leaves that to the host
	Type uint32 // code; of an array, its elements' in the next 8 bits
}

// RowData is what a slot of type Row points to.
type RowData struct {
	N       uint64
	Columns *Column
	Values  *Slot
	OID     uint64 // of the row's own type; 0: it has none
}

// Show is a request for the text that SQL shows for a value.
type Show struct {
	Value *Slot
	Type  uint32 // code; of an array, its elements' in the next 8 bits
	OID   uint32 // of the SQL type

	Error *ErrorData
	Text  string // valid until the next call of the host
}

// OID of a parameter that leaves its SQL type to the statement.
const Infer = 1<<32 - 1
