// Package dotted has a path that is not the same in symbols.
package dotted

// Value has a method that is inlined, and one that is not.
type Value struct{ n int }

// Of makes one.
func Of(n int) *Value { return &Value{n} }

func (v *Value) N() int { return v.n }

//go:noinline
func (v *Value) Twice() *Value { v.n *= 2; return v }

// Names is a variable.
var Names = map[string]int{"two": 2}
