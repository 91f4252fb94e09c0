package codec

import "github.com/pgstd/pgstd/pg/internal/host"

// Whole is the form of a pg.Array, an array with all that SQL knows of it.
type Whole[T any] interface {
	~struct {
		Elements           []T
		Sizes, LowerBounds []int
	}
}

// Grid2 is the form of a pg.Matrix.
type Grid2[T any] interface {
	~struct {
		Rows, Columns int
		Elements      []T
	}
}

// elements returns the elements of an array row by row.
func elements[T any](s *Slot, get func(*Slot) (T, error)) (*host.ArrayData, []T, error) {
	a, err := inSlots(s)
	if err != nil {
		return nil, nil, err
	}
	v := make([]T, a.N)
	var e Slot
	for i := range v {
		element(a, i, &e)
		if v[i], err = get(&e); err != nil {
			return nil, nil, errElement(i, err)
		}
	}
	return a, v, nil
}

// GetWhole returns an array of any dimensions. An element's get sees its NULL.
func GetWhole[A Whole[T], T any](s *Slot, get func(*Slot) (T, error)) (whole A, err error) {
	a, v, err := elements(s, get)
	if err != nil {
		return whole, err
	}
	sizes, bounds := []int{}, []int{}
	for i := 0; i < int(a.Dims); i++ {
		sizes, bounds = append(sizes, int(a.Sizes[i])), append(bounds, int(a.LowerBounds[i]))
	}
	return A(struct {
		Elements           []T
		Sizes, LowerBounds []int
	}{v, sizes, bounds}), nil
}

// ErrForm refuses an array for the form that it has.
func ErrForm(message string) error { return &Error{Code: arraySubscriptError, Message: message} }

// PutWhole makes s an array of any dimensions.
func PutWhole[A Whole[T], T any](o *Out, s *Slot, whole A, put func(*Out, *Slot, T) error) error {
	v := (struct {
		Elements           []T
		Sizes, LowerBounds []int
	})(whole)
	if len(v.Elements) == 0 {
		newArray(o, s, 0)
		return nil
	}
	if err := PutSlice(o, s, v.Elements, put); err != nil {
		return err
	}
	return SetForm(s, len(v.Elements), v.Sizes, v.LowerBounds)
}

// SetForm gives the array of n elements that s is sizes and lower bounds, as a pg.Array has them.
func SetForm(s *Slot, n int, sizes, bounds []int) error {
	if n == 0 {
		return nil
	}
	if len(sizes) == 0 {
		sizes = []int{n}
	}
	if len(sizes) > host.MaxDims {
		return &Error{Code: programLimitExceeded, Message: "an array has at most " + host.Itoa(host.MaxDims) + " dimensions"}
	}
	if len(bounds) != 0 && len(bounds) != len(sizes) {
		return ErrForm("the array has other dimensions than lower bounds, of which there are " + host.Itoa(len(bounds)))
	}
	rest := n
	for _, size := range sizes {
		if size < 1 || rest%size != 0 {
			return ErrForm("the sizes of the dimensions are not those of " + host.Itoa(n) + " elements")
		}
		rest /= size
	}
	if rest != 1 {
		return ErrForm("the sizes of the dimensions are not those of " + host.Itoa(n) + " elements")
	}
	for i, bound := range bounds {
		if bound < -1<<31 || bound > 1<<31-1-sizes[i] {
			return ErrForm("array lower bound is out of range: " + host.Itoa(bound))
		}
	}
	a := address[host.ArrayData](s)
	a.Dims = uint32(len(sizes))
	for i, size := range sizes {
		a.Sizes[i], a.LowerBounds[i] = clampSize(size), 1
		if len(bounds) != 0 {
			a.LowerBounds[i] = int32(bounds[i])
		}
	}
	return nil
}

// LowerBounds returns those of an array.
func LowerBounds(s *Slot) (bounds []int) {
	a := address[host.ArrayData](s)
	for _, bound := range a.LowerBounds[:a.Dims] {
		bounds = append(bounds, int(bound))
	}
	return bounds
}

// GetMatrix returns an array of two dimensions, or of none if it is empty.
func GetMatrix[M Grid2[T], T any](s *Slot, get func(*Slot) (T, error)) (m M, err error) {
	a, v, err := elements(s, get)
	if err != nil {
		return m, err
	}
	rows, columns := 0, 0
	switch {
	case a.N == 0:
	case a.Dims == 2:
		rows, columns = int(a.Sizes[0]), int(a.Sizes[1])
	default:
		return m, ErrForm("a matrix has 2 dimensions, and the array " + host.Itoa(int(a.Dims)))
	}
	return M(struct {
		Rows, Columns int
		Elements      []T
	}{rows, columns, v}), nil
}

// PutMatrix makes s an array of two dimensions.
func PutMatrix[M Grid2[T], T any](o *Out, s *Slot, matrix M, put func(*Out, *Slot, T) error) error {
	v := (struct {
		Rows, Columns int
		Elements      []T
	})(matrix)
	type whole struct {
		Elements           []T
		Sizes, LowerBounds []int
	}
	if len(v.Elements) == 0 && (v.Rows == 0 || v.Columns == 0) {
		newArray(o, s, 0)
		return nil
	}
	if err := MatrixForm(v.Rows, v.Columns, len(v.Elements)); err != nil {
		return err
	}
	return PutWhole(o, s, whole{Elements: v.Elements, Sizes: []int{v.Rows, v.Columns}}, put)
}

// MatrixForm refuses a matrix of n elements whose rows and columns are not those.
func MatrixForm(rows, columns, n int) error {
	if n == 0 && (rows == 0 || columns == 0) || rows > 0 && columns > 0 && n%columns == 0 && n/columns == rows {
		return nil
	}
	return ErrForm("a matrix of " + host.Itoa(rows) + " rows and " + host.Itoa(columns) + " columns has " + host.Itoa(n) + " elements")
}
