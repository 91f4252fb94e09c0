package codec

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Arrays of several dimensions are slices in slices. Each dimension is taken off by one
// GetRows, whose get is that of the dimensions below.

// GetRows returns an array of as many dimensions as depth says, at least two. One that
// has no elements has no dimensions, either.
func GetRows[T any](s *Slot, depth int, get func(*Slot) (T, error)) ([]T, error) {
	a, err := inSlots(s)
	if err != nil {
		return nil, err
	}
	if a.N == 0 {
		return []T{}, nil
	}
	if int(a.Dims) != depth {
		return nil, errDepth(a, depth)
	}
	v := make([]T, a.Sizes[0])
	// On the heap, as the slot has it as a number: stacks move.
	row := new(host.ArrayData)
	*row = *a
	row.Dims, row.N = a.Dims-1, a.N/uint64(len(v))
	copy(row.Sizes[:], a.Sizes[1:])
	copy(row.LowerBounds[:], a.LowerBounds[1:])
	var o Out
	o.Keep(row)
	o.Keep(a)
	width := uintptr(a.Width)
	if width == 0 {
		width = unsafe.Sizeof(Slot{})
	}
	var elsewhere error
	for i := range v {
		row.Elements = (*byte)(unsafe.Add(unsafe.Pointer(a.Elements), uintptr(i)*uintptr(row.N)*width))
		one := Slot{Word: uint64(uintptr(unsafe.Pointer(row))), Size: uint32(unsafe.Sizeof(*row))}
		if v[i], err = get(&one); err == errNullElsewhere {
			elsewhere = err // The row that has the NULL says so.
		} else if err != nil {
			return nil, errElement(i, err)
		}
	}
	o.Reset()
	if elsewhere != nil {
		return nil, elsewhere
	}
	return v, nil
}

// PutRows makes s an array of one more dimension than put makes. All rows have to be of
// the same form.
func PutRows[T any](o *Out, s *Slot, v []T, put func(*Out, *Slot, T) error) error {
	a := newArray(o, s, len(v))
	var slots []Slot
	var bytes []byte
	for i := range v {
		var one Slot
		if err := put(o, &one, v[i]); err != nil {
			return errElement(i, err)
		}
		row := address[host.ArrayData](&one)
		switch {
		case i == 0:
			*a = *row
			if row.Dims == host.MaxDims {
				return &Error{Code: programLimitExceeded, Message: "an array has at most " + host.Itoa(host.MaxDims) + " dimensions"}
			}
			a.Dims++
			a.Sizes[0] = clampSize(len(v))
			a.LowerBounds[0] = 1
			copy(a.Sizes[1:], row.Sizes[:])
			copy(a.LowerBounds[1:], row.LowerBounds[:])
		case row.Dims+1 != a.Dims || [host.MaxDims - 1]int32(row.Sizes[:]) != [host.MaxDims - 1]int32(a.Sizes[1:]):
			return &Error{
				Code:    arraySubscriptError,
				Message: "array element " + host.Itoa(i+1) + " has another number of elements than the one before it",
				Hint:    "In SQL, all rows of an array have the same length.",
			}
		}
		if row.Width == 0 {
			slots = append(slots, unsafe.Slice((*Slot)(unsafe.Pointer(row.Elements)), row.N)...)
		} else {
			bytes = append(bytes, unsafe.Slice(row.Elements, row.N*uint64(row.Width))...)
		}
	}
	if a.Width == 0 {
		a.N = uint64(len(slots))
		a.Elements = (*byte)(unsafe.Pointer(unsafe.SliceData(slots)))
		o.Keep(slots)
	} else {
		a.N = uint64(len(bytes)) / uint64(a.Width)
		a.Elements = unsafe.SliceData(bytes)
	}
	if a.N == 0 {
		a.Dims = 0
	}
	o.size += len(slots)*int(unsafe.Sizeof(Slot{})) + len(bytes)
	return nil
}
