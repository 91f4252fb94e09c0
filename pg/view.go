package pg

import (
	"iter"
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Fixed are the types that a [View] can have elements of: those that PostgreSQL has in
// memory as Go has them.
type Fixed interface {
	bool | int16 | int32 | int64 | uint32 | float32 | float64 | UUID | Interval
}

// View is an array argument that is read where it is, without a copy: for a function
// that looks at a large array once. It can only be read, and only while the function
// runs (in a procedure, up to the end of the transaction): a method that reads panics
// afterwards. As with []T, an array with a NULL or with several dimensions is an error
// before the function runs.
type View[T Fixed] struct {
	_ [0]T // views of different types do not convert into each other
	v viewed
}

// viewed is a host.View whose fields are in reach: methods of another package would not
// be inlined where a View is used.
type viewed struct {
	lease  *host.Lease
	number uint64
	at     uintptr
	n      int
}

var _ [unsafe.Sizeof(viewed{})]byte = [unsafe.Sizeof(host.View{})]byte{}

// Len returns the number of elements.
func (v View[T]) Len() int { return v.v.n }

// At returns the element number i, counted from 0.
func (v View[T]) At(i int) T {
	// Nothing may come between the look at the lease and the memory: no call.
	if uint(i) >= uint(v.v.n) || v.v.lease.Number != v.v.number {
		noElement(i, v.v.n)
	}
	p := v.v.at + uintptr(i)*unsafe.Sizeof(*new(T))
	return **(**T)(unsafe.Pointer(&p))
}

func noElement(i, n int) {
	if uint(i) >= uint(n) {
		panic("pg: View.At: there is no such element")
	}
	panic("pg: the call is over, and the View of its argument with it")
}

// All returns the elements with their numbers.
func (v View[T]) All() iter.Seq2[int, T] {
	return func(yield func(int, T) bool) {
		first := v.first()
		for i := 0; i < v.v.n; i++ {
			if v.v.lease.Number != v.v.number {
				noElement(i, v.v.n)
			}
			if !yield(i, *(*T)(unsafe.Add(first, uintptr(i)*unsafe.Sizeof(*new(T))))) {
				return
			}
		}
	}
}

// Values returns the elements.
func (v View[T]) Values() iter.Seq[T] {
	return func(yield func(T) bool) {
		first := v.first()
		for i := 0; i < v.v.n; i++ {
			if v.v.lease.Number != v.v.number {
				noElement(i, v.v.n)
			}
			if !yield(*(*T)(unsafe.Add(first, uintptr(i)*unsafe.Sizeof(*new(T))))) {
				return
			}
		}
	}
}

// first is where the elements are, for a loop: it saves an addition for each of them.
func (v View[T]) first() unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&v.v.at)) }

// Slice returns a copy of the elements, which stays.
func (v View[T]) Slice() []T {
	s := make([]T, v.v.n)
	if len(s) == 0 {
		return s
	}
	// Only now: for memory, a goroutine may have had to wait until the call was over.
	if v.v.lease.Number != v.v.number {
		noElement(0, v.v.n)
	}
	at := v.v.at
	copy(s, unsafe.Slice(*(**T)(unsafe.Pointer(&at)), len(s)))
	return s
}

// MarshalJSON makes a list.
func (v View[T]) MarshalJSON() ([]byte, error) { return codec.MarshalJSON(v.Slice(), "view") }

func (v View[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	return parameter(o, s, v.Slice())
}
