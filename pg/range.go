package pg

// Range is a range: of int32 it is an int4range in SQL, of int64 an int8range, of [Numeric]
// a numrange, of [time.Time] a tstzrange, or, if named, a tsrange or daterange. The zero
// Range, (0,0), is empty in SQL.
type Range[T any] struct {
	Lower, Upper                   T
	LowerInclusive, UpperInclusive bool
	LowerInfinite, UpperInfinite   bool // there is no such bound
	Empty                          bool // the others mean nothing
}

// Multirange is a multirange of the ranges' type, such as int4multirange. From SQL, its ranges
// are in order, and apart.
type Multirange[T any] []Range[T]
