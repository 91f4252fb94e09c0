package pg

import (
	"errors"
	"hash/fnv"
	"iter"
	"reflect"
	"strconv"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Shared is memory that all sessions of a database have in common: entries, each with a key and
// a value of type T. A package variable has it, made by [NewShared]. It has nothing to do with
// transactions: what is written, others see at once, and it stays until the server ends.
//
// Keys have at most 64 bytes. Values have at most 8192, and consist of numbers and bools, arrays
// and structs of such: what holds a pointer, as a string, slice or map does, means nothing in
// another process.
//
// No lock is held while Go code runs, and each method takes effect at once, or not at all.
type Shared[T any] struct {
	_ [0]T // so that none becomes one of another type by a conversion

	request host.Common // what is the same in all
	bools   []uintptr   // offsets in T
	opened  bool
}

// ErrSharedFull is that an area has an entry for as many keys as it may.
var ErrSharedFull = errors.New("pg: the shared memory is full")

const (
	maxSharedName    = 63
	maxSharedKey     = 64
	maxSharedValue   = 8192
	maxSharedEntries = 1 << 24
)

// NewShared makes an area of a name, for so many entries. It panics if T cannot be in one. Sessions
// have the same area if the extension, the database, the name, the number and all that T consists of
// are the same.
func NewShared[T any](name string, entries int) *Shared[T] { return newShared[T](name, entries, 0) }

// NewSharedByRole is [NewShared] where each role has an area of its own, as it has package variables
// of its own.
func NewSharedByRole[T any](name string, entries int) *Shared[T] {
	return newShared[T](name, entries, 1)
}

func newShared[T any](name string, entries int, byRole uint64) *Shared[T] {
	t := reflect.TypeFor[T]()
	switch {
	case name == "" || len(name) > maxSharedName || host.FirstInvalid(name) >= 0:
		panic("pg: the name of shared memory has from 1 to 63 bytes of UTF-8: " + strconv.Quote(name))
	case entries < 1 || entries > maxSharedEntries:
		panic("pg: shared memory " + strconv.Quote(name) + " has from 1 to 16777216 entries, not " + strconv.Itoa(entries))
	case t.Size() == 0 || t.Size() > maxSharedValue:
		panic("pg: a value in shared memory " + strconv.Quote(name) + " has from 1 to 8192 bytes, " + t.String() + " has " + strconv.Itoa(int(t.Size())))
	}
	s := &Shared[T]{}
	layout := fnv.New64a()
	s.lay(t, 0, t.String(), func(what string) { layout.Write([]byte(what)) })
	s.request = host.Common{
		Name: name, Layout: layout.Sum64(), ByRole: byRole, Nentries: uint64(entries), Size: uint64(t.Size()),
	}
	areas = append(areas, s.open)
	return s
}

// areas are those of the package: what is done at the end of a transaction finds them mapped.
var areas []func() error

// lay goes through what a value consists of, and tells of it.
func (s *Shared[T]) lay(t reflect.Type, at uintptr, where string, tell func(string)) {
	if t.Size() == 0 {
		return
	}
	tell(t.Kind().String() + " " + strconv.FormatUint(uint64(at), 10) + "\n")
	switch t.Kind() {
	case reflect.Bool:
		s.bools = append(s.bools, at)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
	case reflect.Array:
		for i := 0; i < t.Len(); i++ {
			s.lay(t.Elem(), at+uintptr(i)*t.Elem().Size(), where+"[]", tell)
		}
	case reflect.Struct:
		for i := 0; i < t.NumField(); i++ {
			f := t.Field(i)
			tell(f.Name + " ")
			s.lay(f.Type, at+f.Offset, where+"."+f.Name, tell)
		}
	default:
		panic("pg: a value in shared memory consists of numbers and bools, arrays and structs of such: " + where + " is of type " + t.String())
	}
}

func (s *Shared[T]) ask(op host.CommonOp, key string, set func(*host.Common)) (*host.Common, error) {
	if len(key) > maxSharedKey {
		return nil, errors.New("pg: a key in shared memory has at most 64 bytes")
	}
	r := new(host.Common)
	*r = s.request
	r.Op, r.Key = op, key
	if set != nil {
		set(r)
	}
	host.RunCommon(r)
	if r.Error != nil {
		return nil, fromHost(r.Error)
	}
	s.opened = true
	return r, nil
}

func (s *Shared[T]) open() error {
	if s.opened {
		return nil
	}
	_, err := s.Len()
	return err
}

// Get returns the value of a key; ok is false if it has none.
func (s *Shared[T]) Get(key string) (value T, ok bool, err error) {
	value, version, err := s.get(key)
	return value, version != 0, err
}

func (s *Shared[T]) get(key string) (value T, version uint64, err error) {
	r, err := s.ask(host.GetCommon, key, nil)
	if err != nil || r.Done != host.CommonDone {
		return value, 0, err
	}
	return host.FromBytes[T](r.Found, s.bools), r.Version, nil
}

// Set gives a key a value. If there is no room for another key, it fails with [ErrSharedFull].
func (s *Shared[T]) Set(key string, value T) error {
	_, err := s.put(key, value, host.AnyVersion)
	return err
}

func (s *Shared[T]) put(key string, value T, version uint64) (done bool, err error) {
	v := new(T)
	*v = value
	r, err := s.ask(host.PutCommon, key, func(r *host.Common) { r.Value, r.Version = host.Bytes(v), version })
	if err == nil && r.Done == host.CommonFull {
		err = ErrSharedFull
	}
	return err == nil && r.Done == host.CommonDone, err
}

// Update changes the value of a key: f gets what it is, or the zero value. If another session has
// changed it meanwhile, f is called again with that. If f returns an error, nothing is changed, and
// Update returns it.
func (s *Shared[T]) Update(key string, f func(value *T) error) error {
	for {
		value, version, err := s.get(key)
		if err != nil {
			return err
		}
		if err := f(&value); err != nil {
			return err
		}
		if done, err := s.put(key, value, version); done || err != nil {
			return err
		}
	}
}

// Delete takes a key away, and reports whether it was there.
func (s *Shared[T]) Delete(key string) (bool, error) {
	r, err := s.ask(host.DeleteCommon, key, nil)
	return err == nil && r.Done == host.CommonDone, err
}

// Len returns how many keys there are.
func (s *Shared[T]) Len() (int, error) {
	r, err := s.ask(host.CountCommon, "", nil)
	if err != nil {
		return 0, err
	}
	return int(r.Place), nil
}

// All returns the keys and values, in no order: those that are there all the while, and perhaps
// some that come or go. An error fails the call, and ends the loop.
func (s *Shared[T]) All() iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for place := uint64(0); ; {
			r, err := s.ask(host.NextCommon, "", func(r *host.Common) { r.Place = place })
			if err != nil || r.Done != host.CommonDone {
				return
			}
			place = r.Place
			if !yield(string([]byte(r.FoundKey)), host.FromBytes[T](r.Found, s.bools)) {
				return
			}
		}
	}
}
