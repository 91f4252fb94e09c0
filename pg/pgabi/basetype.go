package pgabi

import (
	"errors"
	"slices"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/pg"
)

// What the functions of an author's base type need.

// word is what is passed by value.
type word interface {
	~bool | ~int16 | ~int32 | ~int64 | ~float32 | ~float64
}

// PackWord writes a value as it goes over the wire: as many bytes as it has, big end first.
func PackWord[T word](v T) []byte {
	b := make([]byte, unsafe.Sizeof(v))
	copy(b, unsafe.Slice((*byte)(unsafe.Pointer(&v)), len(b)))
	slices.Reverse(b) // both targets have the little end first
	return b
}

// UnpackWord reads what PackWord has written.
func UnpackWord[T word](b []byte) (v T, err error) {
	if uintptr(len(b)) != unsafe.Sizeof(v) {
		return v, InvalidBinary(errors.New("a value has another number of bytes"))
	}
	b = slices.Clone(b)
	slices.Reverse(b)
	if len(b) == 1 {
		b[0] &= 1 // the only word of one byte is a bool
	}
	copy(unsafe.Slice((*byte)(unsafe.Pointer(&v)), len(b)), b)
	return v, nil
}

// InvalidText is the error for a text that is no value of its type (22P02), unless the author's
// error says otherwise.
func InvalidText(err error) error { return withCode(err, "22P02") }

// InvalidBinary is the same for the binary form (22P03).
func InvalidBinary(err error) error { return withCode(err, "22P03") }

func withCode(err error, code string) error {
	if e, ok := errors.AsType[*pg.Error](err); ok && e != nil {
		return err
	}
	return &pg.Error{Code: code, Message: err.Error()}
}

// Sign brings the result of a comparison into the range of an integer. It does not branch, as
// nobody can foresee the ways of a sort.
func Sign(c int) int32 { return int32(c>>63 | int(uint(-c)>>63)) }

// SeedHash mixes a seed into a hash. Without one, the lower half is that of the hash itself, as
// PostgreSQL wants it.
func SeedHash(hash uint64, seed int64) int64 {
	if seed == 0 {
		return int64(hash)
	}
	// The finalizer of MurmurHash3.
	h := hash ^ uint64(seed)*0x9e3779b97f4a7c15
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	return int64(h ^ h>>33)
}
