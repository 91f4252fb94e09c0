// Package hole has what a fault of a compiler would give to its author: it is built without
// the gates, which let no such code pass.
package hole

import (
	"strconv"
	"unsafe"

	"github.com/pgstd/pgstd/pg"
)

// Write writes to any address of the process that it runs in.
//
//pg:function
func Write(at int64, word int32) bool {
	*(*int32)(unsafe.Pointer(uintptr(at))) = word
	return true
}

// Read reads there.
//
//pg:function
func Read(at int64) int32 { return *(*int32)(unsafe.Pointer(uintptr(at))) }

// common is what package pg asks for memory that sessions have in common.
type common struct {
	op                   uint64
	name                 string
	layout, byRole       uint64
	nentries, size       uint64
	key, value           string
	version, place       uint64
	err                  unsafe.Pointer
	done                 uint64
	foundKey, foundValue string
}

//go:linkname runCommon github.com/pgstd/pgstd/pg/internal/host.RunCommon
func runCommon(*common)

// Forged asks for an operation that package pg never asks for, and returns what has come of it.
//
//pg:function
func Forged(op int64, name []byte) (string, error) {
	c := &common{op: uint64(op), name: string(name), nentries: 1, size: 8, key: "k", value: "12345678", version: 1<<64 - 1}
	runCommon(c)
	if c.err != nil {
		return "refused", nil
	}
	return strconv.FormatUint(c.done, 10) + c.foundValue, nil
}

// ForgedBools returns booleans that are these bytes, which Go code without a hole cannot have.
//
//pg:function
func ForgedBools(bytes []byte) []bool { return *(*[]bool)(unsafe.Pointer(&bytes)) }

// PassForgedBools has SQL make a table of them.
//
//pg:function
func PassForgedBools(bytes []byte) error {
	_, err := pg.Exec("create table passed as select $1::bool[] as b", ForgedBools(bytes))
	return err
}

// BytesOfBools returns the bytes of booleans.
//
//pg:function
func BytesOfBools(bools []bool) []byte { return *(*[]byte)(unsafe.Pointer(&bools)) }
