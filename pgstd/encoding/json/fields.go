//go:build postgres && !go1.27

//pgstd:add

package json

import (
	"reflect"
	"unicode/utf8"
)

// What is asked for each object and each value is found without a map and without reflection, where
// the answer is simple.

// maxFew is how many fields are looked through: a lookup in a map takes as long.
const maxFew = 8

// areFew reports whether a struct has few fields, all of whose names are ASCII.
func areFew(list []field) bool {
	for i := range list {
		if !isASCII(list[i].nameBytes) {
			return false
		}
	}
	return len(list) <= maxFew
}

// exact is byExactName[string(key)].
func (f *structFields) exact(key []byte) *field {
	if !f.few {
		return f.byExactName[string(key)]
	}
	for i := range f.list {
		if f.list[i].name == string(key) {
			return &f.list[i]
		}
	}
	return nil
}

// folded is byFoldedName[string(foldName(key))], in which the first of several fields is. Folding makes
// nothing longer, and ASCII no shorter.
func (f *structFields) folded(key []byte) *field {
	look := !f.few
	for i := 0; i < len(f.list) && f.few; i++ {
		name := f.list[i].name
		if len(name) == len(key) && equalFold(name, key) {
			return &f.list[i]
		}
		look = look || len(name) < len(key)
	}
	if !look || f.few && isASCII(key) {
		return nil
	}
	return f.byFoldedName[string(foldName(key))]
}

func isASCII(key []byte) bool {
	for _, c := range key {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// equalFold compares names of one length, the first of which is ASCII.
func equalFold(name string, key []byte) bool {
	for i, c := range key {
		if upper(name[i]) != upper(c) {
			return false
		}
	}
	return true
}

func upper(c byte) byte {
	if 'a' <= c && c <= 'z' {
		c -= 'a' - 'A'
	}
	return c
}

// predeclared are types without methods, by their kinds.
var predeclared = [...]reflect.Type{
	reflect.Bool:    reflect.TypeFor[bool](),
	reflect.Int:     reflect.TypeFor[int](),
	reflect.Int8:    reflect.TypeFor[int8](),
	reflect.Int16:   reflect.TypeFor[int16](),
	reflect.Int32:   reflect.TypeFor[int32](),
	reflect.Int64:   reflect.TypeFor[int64](),
	reflect.Uint:    reflect.TypeFor[uint](),
	reflect.Uint8:   reflect.TypeFor[uint8](),
	reflect.Uint16:  reflect.TypeFor[uint16](),
	reflect.Uint32:  reflect.TypeFor[uint32](),
	reflect.Uint64:  reflect.TypeFor[uint64](),
	reflect.Float32: reflect.TypeFor[float32](),
	reflect.Float64: reflect.TypeFor[float64](),
	reflect.String:  reflect.TypeFor[string](),
}

// methodless are types that were found to have no methods, the last ones, and the place for the next.
var methodless struct {
	types [4]reflect.Type
	next  uint
}

// hasMethods reports whether it makes a difference to take the address of a value: its type has a name,
// and a pointer to it has methods; or it is an interface.
func hasMethods(t reflect.Type) bool {
	k := t.Kind()
	if int(k) < len(predeclared) && t == predeclared[k] {
		return false
	}
	for _, m := range methodless.types {
		if t == m {
			return false
		}
	}
	if t.Name() == "" {
		return false
	}
	if k == reflect.Interface || reflect.PointerTo(t).NumMethod() > 0 {
		return true
	}
	methodless.types[methodless.next%uint(len(methodless.types))] = t
	methodless.next++
	return false
}
