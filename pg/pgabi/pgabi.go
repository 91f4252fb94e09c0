// Package pgabi is what the code generated for an extension calls. It turns
// slots, the form in which values cross into Go, into Go values and back. It is
// not for authors: it changes with the host, without notice.
//
// In-pointers are read-only and end with the call, so arguments are copied.
// Out-pointers have to stay reachable until the host has copied the result;
// this package keeps them.
package pgabi

import (
	"math"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Slot is one value. Types that fit have their Datum in Word (integers
// sign-extended, floats as their bits); text and bytea have the payload's
// address in Word and its length in Size. host/abi.h defines it for C.
type Slot struct {
	Word  uint64
	Flags uint32
	Size  uint32
}

// Null in Slot.Flags marks NULL.
const Null = host.Null

// Codes of the types in Function.Signature and Function.Details.
const (
	Void        = host.Void
	Bool        = host.Bool
	Int2        = host.Int2
	Int4        = host.Int4
	Int8        = host.Int8
	Float4      = host.Float4
	Float8      = host.Float8
	Text        = host.Text
	Bytea       = host.Bytea
	OID         = host.OID
	Date        = host.Date
	Time        = host.Time
	Timestamp   = host.Timestamp
	Timestamptz = host.Timestamptz
	UUID        = host.UUID
	Interval    = host.Interval
	Binary      = host.Binary
	Array       = host.Array
	Record      = host.Record
	Row         = host.Row
	Whole       = host.Whole
	Any         = host.Any
	State       = host.State
)

// Function is one row of the table that the runtime calls through. The runtime
// knows its layout.
type Function struct {
	Name      string // in SQL
	Signature string // type codes: the result's, then one per argument
	Details   string // of the types that have any; host/abi.h says how
	Call      func(args, result *Slot)
}

// Register hands the table to the runtime. It is called once, by the generated
// init function; the table must not move or change afterwards. Where package pg is, a last
// function is called when a transaction ends.
func Register(table []Function) {
	if host.TellEnding != nil {
		table = append(table, ending)
	}
	host.Register(unsafe.Pointer(unsafe.SliceData(table)), len(table))
}

// The last by-reference result, reachable until the host has copied it.
var (
	//lint:ignore U1000 it is read by the host
	keepText string
	//lint:ignore U1000 it is read by the host
	keepBytea []byte
)

// forget lets go of the last result, which the host has copied.
func forget() {
	keepText, keepBytea = "", nil
	if made != nil {
		made.Out.Reset()
	}
}

func (s *Slot) payload() []byte {
	// Through the address of Word, as vet knows no integer that is a pointer.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&s.Word)), s.Size)
}

// Bool returns the boolean in s.
func (s *Slot) Bool() bool { return s.Word&0xff != 0 }

// Int2 returns the smallint in s.
func (s *Slot) Int2() int16 { return int16(s.Word) }

// Int4 returns the integer in s.
func (s *Slot) Int4() int32 { return int32(s.Word) }

// Int8 returns the bigint in s.
func (s *Slot) Int8() int64 { return int64(s.Word) }

// Float4 returns the real in s.
func (s *Slot) Float4() float32 { return math.Float32frombits(uint32(s.Word)) }

// Float8 returns the double precision in s.
func (s *Slot) Float8() float64 { return math.Float64frombits(s.Word) }

// Text returns a copy of the text in s.
func (s *Slot) Text() string { return string(s.payload()) }

// Bytea returns a copy of the bytea in s, never nil.
func (s *Slot) Bytea() []byte {
	p := s.payload()
	b := make([]byte, len(p))
	copy(b, p)
	return b
}

// SetNull makes s NULL.
func (s *Slot) SetNull() { *s = Slot{Flags: Null} }

// SetVoid makes s the result of a function that has none.
func (s *Slot) SetVoid() { *s = Slot{} }

// SetBool makes s a boolean.
func (s *Slot) SetBool(v bool) {
	*s = Slot{}
	if v {
		s.Word = 1
	}
}

// SetInt2 makes s a smallint.
func (s *Slot) SetInt2(v int16) { *s = Slot{Word: uint64(v)} }

// SetInt4 makes s an integer.
func (s *Slot) SetInt4(v int32) { *s = Slot{Word: uint64(v)} }

// SetInt8 makes s a bigint.
func (s *Slot) SetInt8(v int64) { *s = Slot{Word: uint64(v)} }

// SetFloat4 makes s a real.
func (s *Slot) SetFloat4(v float32) { *s = Slot{Word: uint64(int32(math.Float32bits(v)))} }

// SetFloat8 makes s a double precision.
func (s *Slot) SetFloat8(v float64) { *s = Slot{Word: math.Float64bits(v)} }

// SetText makes s a text. What cannot be a text makes the call fail.
func (s *Slot) SetText(v string) {
	if len(v) > host.MaxPayload {
		failSize("text", len(v))
		return
	}
	if !host.ValidText(v) {
		failText(v)
		return
	}
	keepText = v
	if len(v) > host.Large {
		host.Forget(forget)
	}
	*s = Slot{
		Word: uint64(uintptr(unsafe.Pointer(unsafe.StringData(v)))),
		Size: uint32(len(v)),
	}
}

// Same reports whether a text is, in the same memory, one that an argument has been made of. As long as that is
// in use, nothing else can lie there.
func Same(v, argument string) bool {
	return len(v) == len(argument) && unsafe.StringData(v) == unsafe.StringData(argument)
}

// SetArgument makes s a text that is an argument's: the server has that already, and knows that it is a text.
func (s *Slot) SetArgument(i int, v string) {
	keepText = v
	if len(v) > host.Large {
		host.Forget(forget)
	}
	*s = Slot{
		Word:  uint64(uintptr(unsafe.Pointer(unsafe.StringData(v)))),
		Flags: host.Argument | uint32(i)<<host.ArgumentShift,
		Size:  uint32(len(v)),
	}
}

// SetBytea makes s a bytea. What is too long makes the call fail.
func (s *Slot) SetBytea(v []byte) {
	if len(v) > host.MaxPayload {
		failSize("bytea", len(v))
		return
	}
	keepBytea = v
	if len(v) > host.Large {
		host.Forget(forget)
	}
	*s = Slot{
		Word: uint64(uintptr(unsafe.Pointer(unsafe.SliceData(v)))),
		Size: uint32(len(v)),
	}
}
