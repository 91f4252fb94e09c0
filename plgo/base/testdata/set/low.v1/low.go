// Package low has a path that symbols write otherwise.
package low

// Value has methods that are inlined.
type Value struct{ n int }

// Of makes one.
func Of(n int) *Value { return &Value{n} }

func (v *Value) N() int { v.count(); return v.n }

//go:noinline
func (v *Value) count() { v.n++ }
