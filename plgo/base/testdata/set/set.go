// Package set is what modules import of a set.
package set

import (
	"errors"
	"sync"

	"example.org/set/internal/inner"
	low "example.org/set/low.v1"
)

// Count is what anybody can read, and kept nobody.
var (
	Count = 7
	kept  = map[string]int{"begun": 1}
)

// Kept is not inlined, nor is what it calls.
//
//go:noinline
func Kept(name string) int { return look(name) }

//go:noinline
func look(name string) int { kept[name]++; return kept[name] }

// Inlined brings what it refers to.
func Inlined(n int) int { return inner.Twice(n) + inner.Much }

// Lower has a type of a package that no module imports.
func Lower(n int) *low.Value { return low.Of(n) }

// Pair is generic, and has an instance here.
type Pair[A, B any] struct {
	First  A
	Second B
}

func (p Pair[A, B]) Swap() Pair[B, A] { return Pair[B, A]{p.Second, p.First} }

// Made is that.
var Made = Pair[string, int]{"made", 1}

// ErrSet is to be compared with.
var ErrSet = errors.New("set")

// Once is done once for all modules of a world.
var Once = sync.OnceValue(func() int { kept["once"]++; return kept["once"] })
