package pg

import (
	"errors"
	"reflect"
	"runtime"

	"github.com/pgstd/pgstd/pg/internal/host"
	"github.com/pgstd/pgstd/pg/pgabi/codec"
)

// Arrays and matrices go where slices go: as parameters, as destinations, and as JSON, in
// which they are lists in lists.

func (a Array[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	elements := a.Elements
	if elements == nil {
		elements = []T{}
	}
	t, err := makeElements(o, s, reflect.ValueOf(elements))
	if err != nil {
		return t, err
	}
	return t, codec.SetForm(s, len(elements), a.Sizes, a.LowerBounds)
}

func (a *Array[T]) scan(s *host.Slot, t sqlType) error {
	switch {
	case s.Flags&host.Null != 0:
		return errNull(a)
	case t.code != host.Array:
		return errType(t, a)
	}
	var element sqlType
	element.code, element.oid = codec.Element(s)
	// A copy, as for scanElements.
	keep := &codec.Out{}
	copied := codec.Clone(keep, s, host.Array, element.code)
	slots, sizes := codec.AllElements(&copied)
	whole := Array[T]{Elements: make([]T, len(slots)), Sizes: sizes, LowerBounds: codec.LowerBounds(&copied)}
	for i := range slots {
		if err := scan(&whole.Elements[i], &slots[i], element); err != nil {
			if _, ok := err.(*mismatch); ok {
				return errElements(element, a)
			}
			return codec.In("array element "+host.Itoa(i+1), err)
		}
	}
	runtime.KeepAlive(keep)
	*a = whole
	return nil
}

// MarshalJSON makes a list, with a list in it for each further dimension.
func (a Array[T]) MarshalJSON() ([]byte, error) {
	if len(a.Elements) == 0 {
		return []byte("[]"), nil
	}
	sizes := a.Sizes
	if len(sizes) == 0 {
		sizes = []int{len(a.Elements)}
	}
	n := 1
	for _, size := range sizes {
		if size < 1 || size > len(a.Elements) || n > len(a.Elements) {
			n = 0
			break
		}
		n *= size
	}
	if n != len(a.Elements) {
		return nil, errors.New("pg: the sizes of the dimensions are not those of " + host.Itoa(len(a.Elements)) + " elements")
	}
	rest := a.Elements
	return appendLists(nil, &rest, sizes)
}

func appendLists[T any](text []byte, rest *[]T, sizes []int) (_ []byte, err error) {
	text = append(text, '[')
	for i := 0; i < sizes[0]; i++ {
		if i > 0 {
			text = append(text, ',')
		}
		if len(sizes) > 1 {
			if text, err = appendLists(text, rest, sizes[1:]); err != nil {
				return nil, err
			}
			continue
		}
		one, err := codec.MarshalJSON((*rest)[0], "array's element")
		if err != nil {
			return nil, err
		}
		text, *rest = append(text, one...), (*rest)[1:]
	}
	return append(text, ']'), nil
}

// UnmarshalJSON takes a list, or lists in lists of one length.
func (a *Array[T]) UnmarshalJSON(text []byte) error {
	if string(text) == "null" {
		return nil
	}
	lists := reflect.TypeFor[[]T]()
	for dims := 1; ; dims++ {
		v := reflect.New(lists)
		err := codec.UnmarshalJSON(text, v.Interface(), "list")
		if err == nil {
			whole := Array[T]{Elements: []T{}}
			if dims > 1 {
				whole.Sizes = make([]int, 0, dims)
			}
			if err := whole.take(v.Elem(), 0, dims); err != nil {
				return err
			}
			if len(whole.Elements) == 0 {
				whole.Sizes = nil
			}
			*a = whole
			return nil
		}
		// There is another dimension as long as its first element is a list.
		if dims == host.MaxDims || leadingLists(text) <= dims {
			return err
		}
		lists = reflect.SliceOf(lists)
	}
}

// leadingLists is how many lists begin before there is anything else.
func leadingLists(text []byte) (n int) {
	for _, c := range text {
		switch c {
		case '[':
			n++
		case ' ', '\t', '\r', '\n':
		default:
			return n
		}
	}
	return n
}

// take takes the elements of lists in lists, of which depth are around this one.
func (a *Array[T]) take(list reflect.Value, depth, dims int) error {
	n := list.Len()
	switch {
	case dims == 1:
	case len(a.Sizes) == depth:
		a.Sizes = append(a.Sizes, n)
	case a.Sizes[depth] != n:
		return errors.New("pg: a list has " + host.Itoa(n) + " elements, one before it " + host.Itoa(a.Sizes[depth]) +
			"; in SQL, all rows of an array have the same length")
	}
	if depth+1 == dims {
		a.Elements = append(a.Elements, list.Interface().([]T)...)
		return nil
	}
	for i := 0; i < n; i++ {
		if err := a.take(list.Index(i), depth+1, dims); err != nil {
			return err
		}
	}
	return nil
}

func (m Matrix[T]) parameter(o *codec.Out, s *host.Slot) (sqlType, error) {
	if err := codec.MatrixForm(m.Rows, m.Columns, len(m.Elements)); err != nil {
		return sqlType{}, err
	}
	a := Array[T]{Elements: m.Elements}
	if len(m.Elements) > 0 {
		a.Sizes = []int{m.Rows, m.Columns}
	}
	return a.parameter(o, s)
}

func (m *Matrix[T]) scan(s *host.Slot, t sqlType) error {
	if s.Flags&host.Null != 0 {
		return errNull(m)
	}
	var a Array[T]
	if err := a.scan(s, t); err != nil {
		return err
	}
	switch {
	case len(a.Elements) == 0:
		*m = Matrix[T]{}
	case len(a.Sizes) == 2:
		*m = Matrix[T]{a.Sizes[0], a.Sizes[1], a.Elements}
	default:
		return codec.ErrForm("a matrix has 2 dimensions, and the array " + host.Itoa(len(a.Sizes)))
	}
	return nil
}
