// Package codec turns slots, the form in which values cross into Go, into Go
// values of every type that is not as simple as a number, and back. Package pg
// does it for SQL, generated code for the arguments and results of functions. It
// is not for authors: it changes with the host, without notice.
//
// A decoder copies: what a slot points to ends with the call. An encoder leaves
// what its slot points to in an [Out], which has to stay until the host has
// copied it. It imports nothing that an object would notice.
package codec

import (
	"math"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Slot is one value.
type Slot = host.Slot

// SQLSTATEs of values that cannot be passed.
const (
	nullValueNotAllowed       = "22004"
	numericValueOutOfRange    = "22003"
	datetimeFieldOverflow     = "22008"
	characterNotInRepertoire  = "22021"
	invalidTextRepresentation = "22P02"
	arraySubscriptError       = "2202E"
	datatypeMismatch          = "42804"
	programLimitExceeded      = "54000"
	dataCorrupted             = "XX001"
)

// Error says what keeps a value from being passed.
type Error struct {
	Code    string // SQLSTATE
	Message string
	Detail  string
	Hint    string

	null bool // Message is a predicate: must not be NULL
}

func (e *Error) Error() string { return e.Message }

// In adds where the value is: an argument, a field, an element.
func In(where string, err error) *Error {
	if e, ok := err.(*Error); ok {
		c := *e
		if e.null {
			c.Message, c.null = where+" "+c.Message, false
		} else {
			c.Message = where + ": " + c.Message
		}
		return &c
	}
	return &Error{Code: "38000", Message: where + ": " + err.Error()}
}

// errNull is the refusal of a NULL where Go has no room for one.
func errNull() error {
	return &Error{Code: nullValueNotAllowed, Message: "must not be NULL", Hint: "In Go, a pointer type takes NULL; a text in plgo gets one where it compares the value with nil, or reads it with *.", null: true}
}

// Infinity and NegativeInfinity are what stands for infinite dates and timestamps, in
// seconds of Unix time: the first moments of the years 9999999 and -9999999, which are
// beyond all that SQL has.
const (
	Infinity         = 315507321244800
	NegativeInfinity = -315631655596800
)

// Infinite returns the sign of the infinity that a time stands for, in seconds of Unix
// time; 0 if it stands for none. As in SQL, infinity stays what it is if something is
// added: what a time.Duration or a few months can make of it counts as well.
func Infinite(seconds int64) int {
	const about = 1000 * 365 * 86400
	switch {
	case seconds > Infinity-about && seconds < Infinity+about:
		return 1
	case seconds > NegativeInfinity-about && seconds < NegativeInfinity+about:
		return -1
	}
	return 0
}

// InText in Slot.Flags marks a value that is in its text form, not in binary or a word, as
// its type has it.
const InText = host.InText

// Out holds what slots point to that are on their way to the host.
type Out struct {
	keep []any
	size int // of what is kept, roughly
}

// Keep keeps v reachable.
func (o *Out) Keep(v any) { o.keep = append(o.keep, v) }

// Reset lets go of everything.
func (o *Out) Reset() {
	o.size = 0
	for i := range o.keep {
		o.keep[i] = nil
	}
	o.keep = o.keep[:0]
}

// IsLarge reports whether what is kept is worth letting go of soon.
func IsLarge(o *Out) bool { return o.size > host.Large }

// Point makes s point to size bytes at p, which it keeps.
func (o *Out) Point(s *Slot, p unsafe.Pointer, size int) {
	o.Keep(p)
	o.size += size
	*s = Slot{Word: uint64(uintptr(p)), Size: uint32(size)}
}

// Payload returns what s points to, in the host's memory.
func Payload(s *Slot) []byte {
	// Through the address of Word, as vet knows no integer that is a pointer.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&s.Word)), s.Size)
}

// address returns what s points to as a T.
func address[T any](s *Slot) *T { return *(**T)(unsafe.Pointer(&s.Word)) }

// GetBool returns a boolean.
func GetBool[T ~bool](s *Slot) (T, error) { return s.Word&0xff != 0, nil }

// PutBool makes s a boolean.
func PutBool[T ~bool](_ *Out, s *Slot, v T) error {
	*s = Slot{}
	if v {
		s.Word = 1
	}
	return nil
}

// Integer are the types that are their Datum, sign-extended.
type Integer interface{ ~int16 | ~int32 | ~int64 }

// GetInt returns an integer.
func GetInt[T Integer](s *Slot) (T, error) { return T(s.Word), nil }

// PutInt makes s an integer.
func PutInt[T Integer](_ *Out, s *Slot, v T) error {
	*s = Slot{Word: uint64(v)}
	return nil
}

// PutFitting makes s an integer of type T, if v is one.
func PutFitting[T Integer, F Integer | ~int | ~int8 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64](o *Out, s *Slot, v F) error {
	r := T(v)
	if F(r) != v || (r < 0) != (v < 0) {
		return &Error{Code: numericValueOutOfRange, Message: "the number that is returned is out of range of the function's type"}
	}
	return PutInt(o, s, r)
}

// GetOID returns an oid.
func GetOID[T ~uint32](s *Slot) (T, error) { return T(s.Word), nil }

// PutOID makes s an oid.
func PutOID[T ~uint32](_ *Out, s *Slot, v T) error {
	*s = Slot{Word: uint64(v)}
	return nil
}

// GetFloat4 returns a real.
func GetFloat4[T ~float32](s *Slot) (T, error) {
	return T(math.Float32frombits(uint32(s.Word))), nil
}

// PutFloat4 makes s a real.
func PutFloat4[T ~float32](_ *Out, s *Slot, v T) error {
	*s = Slot{Word: uint64(int32(math.Float32bits(float32(v))))}
	return nil
}

// GetFloat8 returns a double precision.
func GetFloat8[T ~float64](s *Slot) (T, error) { return T(math.Float64frombits(s.Word)), nil }

// PutFloat8 makes s a double precision.
func PutFloat8[T ~float64](_ *Out, s *Slot, v T) error {
	*s = Slot{Word: math.Float64bits(float64(v))}
	return nil
}

// GetText returns a text.
func GetText[T ~string](s *Slot) (T, error) { return T(Payload(s)), nil }

// PutText makes s a text.
func PutText[T ~string](o *Out, s *Slot, v T) error {
	t := string(v)
	if len(t) > host.MaxPayload {
		return TooLong("text", len(t))
	}
	if !host.ValidText(t) {
		return BadText(t)
	}
	o.Point(s, unsafe.Pointer(unsafe.StringData(t)), len(t))
	return nil
}

// PutNumeric makes s the text of a numeric.
func PutNumeric[T ~string](o *Out, s *Slot, v T) error {
	if v == "" {
		return &Error{
			Code:    invalidTextRepresentation,
			Message: "an empty pg.Numeric is no number",
			Hint:    "Set it, to \"0\" for example; a nil *pg.Numeric is NULL.",
		}
	}
	return PutText(o, s, v)
}

// GetBytea returns a bytea, never nil.
func GetBytea[T ~[]byte](s *Slot) (T, error) {
	p := Payload(s)
	b := make(T, len(p))
	copy(b, p)
	return b, nil
}

// PutBytea makes s a bytea.
func PutBytea[T ~[]byte](o *Out, s *Slot, v T) error {
	if len(v) > host.MaxPayload {
		return TooLong("bytea", len(v))
	}
	o.Point(s, unsafe.Pointer(unsafe.SliceData(v)), len(v))
	return nil
}

// GetUUID returns a uuid.
func GetUUID[T ~[16]byte](s *Slot) (T, error) { return *address[T](s), nil }

// PutUUID makes s a uuid.
func PutUUID[T ~[16]byte](o *Out, s *Slot, v T) error {
	p := new(T)
	*p = v
	o.Point(s, unsafe.Pointer(p), 16)
	return nil
}

// IntervalData is an interval as PostgreSQL has it in memory.
type IntervalData struct {
	Microseconds int64
	Days, Months int32
}

// GetInterval returns an interval.
func GetInterval[T ~struct {
	Microseconds int64
	Days, Months int32
}](s *Slot) (T, error) {
	return *address[T](s), nil
}

// PutInterval makes s an interval.
func PutInterval[T ~struct {
	Microseconds int64
	Days, Months int32
}](o *Out, s *Slot, v T) error {
	p := new(T)
	*p = v
	o.Point(s, unsafe.Pointer(p), 16)
	return nil
}

// GetPointer returns a value that may be NULL.
func GetPointer[T any](s *Slot, get func(*Slot) (T, error)) (*T, error) {
	if s.Flags&host.Null != 0 {
		return nil, nil
	}
	v, err := get(s)
	if err != nil {
		return nil, err
	}
	return &v, nil
}

// PutPointer makes s the value at v, or NULL.
func PutPointer[T any](o *Out, s *Slot, v *T, put func(*Out, *Slot, T) error) error {
	if v == nil {
		*s = Slot{Flags: host.Null}
		return nil
	}
	return put(o, s, *v)
}

// NotNull returns a value that must not be NULL.
func NotNull[T any](s *Slot, get func(*Slot) (T, error)) (T, error) {
	if s.Flags&host.Null != 0 {
		var zero T
		return zero, errNull()
	}
	return get(s)
}

// TooLong refuses a value of size bytes.
func TooLong(kind string, size int) error {
	return &Error{
		Code:    programLimitExceeded,
		Message: kind + " of " + host.Itoa(size) + " bytes is too long",
		Detail:  "A value has at most " + host.Itoa(host.MaxPayload) + " bytes.",
	}
}

// BadText refuses a string that text cannot hold.
func BadText(s string) error {
	at := host.FirstInvalid(s)
	what := "text is not valid UTF-8"
	if s[at] == 0 {
		what = "text holds a NUL"
	}
	const hex = "0123456789abcdef"
	return &Error{
		Code:    characterNotInRepertoire,
		Message: what,
		Detail:  "Byte 0x" + string([]byte{hex[s[at]>>4], hex[s[at]&15]}) + " at offset " + host.Itoa(at) + ".",
		Hint:    "Use []byte (bytea) for binary data, or clean the text with strings.ToValidUTF8.",
	}
}
