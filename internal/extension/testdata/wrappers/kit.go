// Package kit is built, with its generated main, by TestWrappers.
package kit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pgstd/pgstd/pg"
	"github.com/pgstd/pgstd/pg/pgfmt"
)

//pg:function
func Not(v bool) bool { return !v }

//pg:function
func Neg2(v int16) int16 { return -v }

//pg:function
func Neg4(v int32) int32 { return -v }

//pg:function
func Sub(a, b int64) int64 { return a - b }

//pg:function
func HalfReal(v float32) float32 { return v / 2 }

//pg:function
func Half(v float64) float64 { return v / 2 }

//pg:function
func Upper(s string) string { return strings.ToUpper(s) }

//pg:function
func Longest(a, b, c string) (string, error) {
	if len(b) > len(a) {
		a = b
	}
	if len(c) > len(a) {
		a = c
	}
	return a, nil
}

//pg:function
func First(s string, n int32) string { return s[:n] }

// Again makes the same text anew.
//
//pg:function
func Again(s string) string { return strings.Clone(s) }

// Kept is what Keep was given: it must survive the caller's buffer.
var Kept []string

//pg:function
func Keep(s string) int32 { Kept = append(Kept, s); return int32(len(Kept)) }

//pg:function
func Reverse(b []byte) []byte {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return b
}

//pg:function
func NilBytes(b []byte) (isNil bool) { return b == nil }

//pg:function
func NoBytes() []byte { return nil }

//pg:function
func NullBytes() *[]byte { return nil }

//pg:function
func Coalesce(a *string, b string, _ *int64) *string {
	if a != nil {
		return a
	}
	if b == "" {
		return nil
	}
	return &b
}

//pg:function
func Raw(hex []byte) string { return string(hex) }

//pg:function
func Fail(how int32) (string, error) {
	full := &pg.Error{
		Code: "22023", Message: "bad\x00 \xff", Detail: "d", Hint: "h", Context: "c",
		Schema: "s", Table: "t", Column: "col", DataType: "ty", Constraint: "con",
	}
	switch how {
	case 0:
		return "fine", nil
	case 1:
		return "", errors.New("plain")
	case 2:
		return "", full
	case 3:
		return "", fmt.Errorf("row %d: %w", 7, full)
	case 4:
		return "", &pg.Error{Code: "00000", Message: "m", Detail: "d"}
	case 5:
		return "", (*pg.Error)(nil)
	case 6:
		return "", pgfmt.Errorf("P0001", "wrapped: %w", errors.ErrUnsupported)
	case 7:
		return "", &pg.Error{Err: errors.New("cause")}
	}
	return "", errors.New("")
}

//pg:function
func Check(v int32) error {
	if v < 0 {
		return &pg.Error{Message: "negative"}
	}
	return nil
}

// Ran counts the runs of Nothing.
var Ran int

//pg:function
func Nothing() { Ran++; pg.Notice("ran") }
