// Package pgtypecodec passes values as the types of github.com/jackc/pgx/v5/pgtype,
// in PostgreSQL's binary format. NULL is a value that is not Valid.
//
// It is the one package of the kit that needs a module besides the standard
// library: the author's own, which whoever uses pgtype has in his go.mod.
package pgtypecodec

import (
	"unsafe"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

const null = 1 // Slot.Flags

// types knows the built-in types. Worlds have one thread, as it asks for.
var types = pgtype.NewMap()

// Get returns a value of the SQL type with an OID.
func Get[T any](s *codec.Slot, oid uint32) (T, error) {
	var v T
	var source []byte
	if s.Flags&null == 0 {
		// What is made of it may keep parts.
		source = append([]byte{}, codec.Payload(s)...)
	}
	if err := types.Scan(oid, pgtype.BinaryFormatCode, source, &v); err != nil {
		return v, &codec.Error{Code: "22P03", Message: err.Error()}
	}
	return v, nil
}

// Put makes s a value of the SQL type with an OID.
func Put[T any](o *codec.Out, s *codec.Slot, v T, oid uint32) error {
	data, err := types.Encode(oid, pgtype.BinaryFormatCode, v, make([]byte, 0, 32))
	if err != nil {
		return &codec.Error{Code: "22P03", Message: err.Error()}
	}
	if data == nil {
		*s = codec.Slot{Flags: null}
		return nil
	}
	o.Point(s, unsafe.Pointer(unsafe.SliceData(data)), len(data))
	return nil
}
