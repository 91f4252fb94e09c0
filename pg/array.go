package pg

// Array is an array of any number of dimensions, with its lower bounds, as SQL has it.
// With T a pointer, elements that are NULL are nil.
type Array[T any] struct {
	Elements []T   // row by row
	Sizes    []int // of the dimensions; none: of one dimension, or of none if it is empty
	// LowerBounds are the subscripts of the first elements; none: 1 in each dimension.
	LowerBounds []int
}

// At returns the element with these subscripts, one for each dimension, as a[1][2] in SQL.
// It reports false where there is none.
func (a Array[T]) At(subscripts ...int) (element T, ok bool) {
	sizes := a.Sizes
	if sizes == nil {
		sizes = []int{len(a.Elements)}
	}
	if len(subscripts) != len(sizes) {
		return element, false
	}
	at := 0
	for i, s := range subscripts {
		if len(a.LowerBounds) > i {
			s -= a.LowerBounds[i]
		} else {
			s--
		}
		if s < 0 || s >= sizes[i] {
			return element, false
		}
		at = at*sizes[i] + s
	}
	if at < 0 || at >= len(a.Elements) {
		return element, false
	}
	return a.Elements[at], true
}

// Matrix is an array of two dimensions in one piece. Rows and columns count from 0.
type Matrix[T any] struct {
	Rows, Columns int
	Elements      []T // row by row
}

// NewMatrix returns a matrix of zero values.
func NewMatrix[T any](rows, columns int) Matrix[T] {
	if rows < 0 || columns < 0 || columns > 0 && rows > (1<<31-1)/columns {
		panic("pg: NewMatrix: there is no array of that size")
	}
	return Matrix[T]{rows, columns, make([]T, rows*columns)}
}

// At returns an element.
func (m Matrix[T]) At(row, column int) T { return m.Row(row)[column] }

// Set sets an element.
func (m Matrix[T]) Set(row, column int, v T) { m.Row(row)[column] = v }

// Row returns a row, which is part of the matrix.
func (m Matrix[T]) Row(row int) []T {
	from := row * m.Columns
	return m.Elements[from : from+m.Columns : from+m.Columns]
}
