package codec

import (
	"unsafe"

	"github.com/pgstd/pgstd/pg/internal/host"
)

// Fixed are the types whose slices PostgreSQL has in memory just so.
type Fixed interface {
	~bool | ~int16 | ~int32 | ~int64 | ~uint32 | ~float32 | ~float64 | ~[16]byte | ~struct {
		Microseconds int64
		Days, Months int32
	}
}

func errDims(a *host.ArrayData) error {
	return &Error{
		Code:    arraySubscriptError,
		Message: "array has " + host.Itoa(int(a.Dims)) + " dimensions, but a Go slice has one",
		Hint:    "A slice of slices takes two dimensions. Else unnest the array.",
	}
}

func errDepth(a *host.ArrayData, depth int) error {
	dims := " dimensions"
	if a.Dims == 1 {
		dims = " dimension"
	}
	return &Error{
		Code:    arraySubscriptError,
		Message: "array has " + host.Itoa(int(a.Dims)) + dims + ", but the slices in slices have " + host.Itoa(depth),
	}
}

func errElement(i int, err error) error { return In("array element "+host.Itoa(i+1), err) }

// element sets s to the element number i of an array.
func element(a *host.ArrayData, i int, s *Slot) {
	if a.Width == 0 {
		*s = unsafe.Slice((*Slot)(unsafe.Pointer(a.Elements)), a.N)[i]
		return
	}
	at := unsafe.Add(unsafe.Pointer(a.Elements), uintptr(i)*uintptr(a.Width))
	*s = Slot{Size: a.Width}
	switch a.Width {
	case 1:
		s.Word = uint64(*(*uint8)(at))
	case 2:
		s.Word = uint64(*(*int16)(at))
	case 4:
		s.Word = uint64(*(*int32)(at))
	case 8:
		s.Word = *(*uint64)(at)
	default:
		s.Word = uint64(uintptr(at))
	}
}

func oneDimension(s *Slot) (*host.ArrayData, error) {
	if a := address[host.ArrayData](s); a.Dims > 1 {
		return nil, errDims(a)
	}
	return inSlots(s)
}

// GetSlice returns an array of one dimension, without NULLs. An empty one is not
// nil.
func GetSlice[T any](s *Slot, get func(*Slot) (T, error)) ([]T, error) {
	a, err := oneDimension(s)
	if err != nil {
		return nil, err
	}
	v := make([]T, a.N)
	var e Slot
	for i := range v {
		element(a, i, &e)
		if v[i], err = NotNull(&e, get); err != nil {
			return nil, errElement(i, err)
		}
	}
	return v, nil
}

// GetNullables is GetSlice for elements that can be NULL themselves.
func GetNullables[T any](s *Slot, get func(*Slot) (T, error)) ([]T, error) {
	slots, err := Elements(s)
	if err != nil {
		return nil, err
	}
	v := make([]T, len(slots))
	for i := range slots {
		if v[i], err = get(&slots[i]); err != nil {
			return nil, errElement(i, err)
		}
	}
	return v, nil
}

// GetTexts is GetSlice for texts: they share one piece of memory, as the parts of a
// string do that is cut up.
func GetTexts[T ~string](s *Slot) ([]T, error) {
	a := address[host.ArrayData](s)
	if a.Dims > 1 {
		return nil, errDims(a)
	}
	if a.Width == host.WidthVarlena {
		return cutTexts[T](a)
	}
	slots := unsafe.Slice((*Slot)(unsafe.Pointer(a.Elements)), a.N)
	size := 0
	for i := range slots {
		if slots[i].Flags&host.Null != 0 {
			return nil, errElement(i, errNull())
		}
		size += int(slots[i].Size)
	}
	v := make([]T, len(slots))
	all := make([]byte, 0, size)
	for i := range slots {
		all = append(all, Payload(&slots[i])...)
	}
	rest := T(unsafe.String(unsafe.SliceData(all), size))
	for i := range slots {
		v[i], rest = rest[:slots[i].Size], rest[slots[i].Size:]
	}
	return v, nil
}

// GetPointers is GetSlice for arrays that may have NULLs.
func GetPointers[T any](s *Slot, get func(*Slot) (T, error)) ([]*T, error) {
	a, err := oneDimension(s)
	if err != nil {
		return nil, err
	}
	v := make([]*T, a.N)
	var e Slot
	for i := range v {
		element(a, i, &e)
		if v[i], err = GetPointer(&e, get); err != nil {
			return nil, errElement(i, err)
		}
	}
	return v, nil
}

// errNullElsewhere says that elements do not lie side by side, though none of them is NULL: they
// are a row of an array that has one in another row.
var errNullElsewhere error = &Error{Code: nullValueNotAllowed, Message: "must not be NULL", null: true}

// checkFixed refuses an array that is not of one dimension, without NULLs, with
// elements of a size.
func checkFixed(a *host.ArrayData, size uintptr) error {
	if a.Dims > 1 {
		return errDims(a)
	}
	if a.N > 0 && a.Width == 0 {
		for i, e := range unsafe.Slice((*Slot)(unsafe.Pointer(a.Elements)), a.N) {
			if e.Flags&host.Null != 0 {
				return errElement(i, errNull())
			}
		}
		return errNullElsewhere
	}
	if uintptr(a.Width) != size && a.N > 0 {
		return &Error{Code: datatypeMismatch, Message: "array has elements of another size"}
	}
	return nil
}

// GetFixed is GetSlice for elements that are copied as they are.
func GetFixed[T Fixed](s *Slot) ([]T, error) {
	a := address[host.ArrayData](s)
	if err := checkFixed(a, unsafe.Sizeof(*new(T))); err != nil {
		return nil, err
	}
	// Together, so that the compiler leaves out clearing what is copied over.
	all := unsafe.Slice((*T)(unsafe.Pointer(a.Elements)), a.N)
	v := make([]T, len(all))
	copy(v, all)
	return v, nil
}

// GetInPlace is GetFixed without a copy, for an argument that a function only looks at while it
// runs: package inplace finds out.
func GetInPlace[T Fixed](s *Slot) ([]T, error) {
	a := address[host.ArrayData](s)
	if err := checkFixed(a, unsafe.Sizeof(*new(T))); err != nil {
		return nil, err
	}
	return unsafe.Slice((*T)(unsafe.Pointer(a.Elements)), a.N), nil
}

// clampSize keeps a length that no array can have from looking like one that it
// can: the host refuses it by the number of elements.
func clampSize(n int) int32 {
	if n > 1<<31-1 {
		return 1<<31 - 1
	}
	return int32(n)
}

func newArray(o *Out, s *Slot, n int) *host.ArrayData {
	a := &host.ArrayData{N: uint64(n)}
	if n > 0 {
		a.Dims = 1
		a.Sizes[0], a.LowerBounds[0] = clampSize(n), 1
	}
	o.Point(s, unsafe.Pointer(a), int(unsafe.Sizeof(*a)))
	return a
}

// PutSlice makes s an array.
func PutSlice[T any](o *Out, s *Slot, v []T, put func(*Out, *Slot, T) error) error {
	a := newArray(o, s, len(v))
	slots := make([]Slot, len(v))
	for i := range v {
		if err := put(o, &slots[i], v[i]); err != nil {
			return errElement(i, err)
		}
	}
	o.Keep(slots)
	o.size += len(slots) * int(unsafe.Sizeof(Slot{}))
	a.Elements = (*byte)(unsafe.Pointer(unsafe.SliceData(slots)))
	return nil
}

// PutPointers makes s an array, in which nil is NULL.
func PutPointers[T any](o *Out, s *Slot, v []*T, put func(*Out, *Slot, T) error) error {
	return PutSlice(o, s, v, func(o *Out, s *Slot, v *T) error { return PutPointer(o, s, v, put) })
}

// PutFixed makes s an array of elements that are passed as they are.
func PutFixed[T Fixed](o *Out, s *Slot, v []T) error {
	a := newArray(o, s, len(v))
	if uint64(len(v))*uint64(unsafe.Sizeof(*new(T))) > host.MaxPayload {
		return TooLong("array", len(v)*int(unsafe.Sizeof(*new(T))))
	}
	o.size += len(v) * int(unsafe.Sizeof(*new(T)))
	a.Width = uint32(unsafe.Sizeof(*new(T)))
	a.Elements = (*byte)(unsafe.Pointer(unsafe.SliceData(v)))
	return nil
}

// PutElements makes s an array of elements that are there, with these sizes.
func PutElements(o *Out, s *Slot, elements []Slot, sizes []int) {
	a := newArray(o, s, len(elements))
	if len(elements) > 0 {
		a.Dims = uint32(len(sizes))
		for i, size := range sizes {
			a.Sizes[i], a.LowerBounds[i] = clampSize(size), 1
		}
	}
	o.Keep(elements)
	o.size += len(elements) * int(unsafe.Sizeof(Slot{}))
	a.Elements = (*byte)(unsafe.Pointer(unsafe.SliceData(elements)))
}

// AllElements returns the elements of an array, and the sizes of its dimensions.
func AllElements(s *Slot) (elements []Slot, sizes []int) {
	a := address[host.ArrayData](s)
	elements = make([]Slot, a.N)
	for i := range elements {
		element(a, i, &elements[i])
	}
	for _, size := range a.Sizes[:a.Dims] {
		sizes = append(sizes, int(size))
	}
	return elements, sizes
}

// Fields returns the n fields of a record.
func Fields(s *Slot, n int) []Slot { return unsafe.Slice(address[Slot](s), n) }

// NewFields makes s a record of n fields, to be filled in.
func NewFields(o *Out, s *Slot, n int) []Slot {
	fields := make([]Slot, n+1) // one more: of none, too, there is an address
	o.Point(s, unsafe.Pointer(unsafe.SliceData(fields)), n*int(unsafe.Sizeof(Slot{})))
	return fields[:n]
}
