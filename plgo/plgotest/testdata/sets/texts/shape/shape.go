// Package shape has types of each kind, for functions to exchange.
package shape

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"slices"

	"example.org/texts/internal/secret"
)

// Shape is an interface.
type Shape interface {
	Area() float64
	fmt.Stringer
}

// Point is comparable, and a key of maps.
type Point struct{ X, Y int }

func (p Point) String() string { return fmt.Sprintf("(%d,%d)", p.X, p.Y) }

// Add is inlined, and so is what it calls.
func (p Point) Add(q Point) Point { return Point{secret.Sum(p.X, q.X), secret.Sum(p.Y, q.Y)} }

// Rect is a Shape, and embeds what is another's.
type Rect struct {
	Point
	W, H int
	note string
}

// NewRect makes one with what nobody else can set.
func NewRect(w, h int, note string) *Rect { return &Rect{W: w, H: h, note: note} }

func (r *Rect) Area() float64  { return float64(r.W * r.H) }
func (r *Rect) Note() string   { return r.note }
func (r *Rect) String() string { return fmt.Sprintf("%dx%d at %v", r.W, r.H, r.Point) }

// Unit is a Shape of an unexported type.
var Unit Shape = unit{}

type unit struct{}

func (unit) Area() float64  { return 1 }
func (unit) String() string { return "unit" }

// Stack is generic.
type Stack[T cmp.Ordered] struct{ items []T }

func (s *Stack[T]) Push(v ...T)      { s.items = append(s.items, v...) }
func (s *Stack[T]) Sorted() []T      { return slices.Sorted(slices.Values(s.items)) }
func (s *Stack[T]) All() iter.Seq[T] { return slices.Values(s.items) }

// Collect is generic, and calls back.
func Collect[T, U any](list []T, f func(T) U) []U {
	var out []U
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

// ErrNone is to be compared with, and NotFound to be looked for.
var ErrNone = errors.New("none")

// NotFound is an error with a value.
type NotFound struct{ Name string }

func (e *NotFound) Error() string { return e.Name + " is not there" }

// Find fails in both ways.
func Find(name string) (Shape, error) {
	switch name {
	case "":
		return nil, fmt.Errorf("finding a shape: %w", ErrNone)
	case "unit":
		return Unit, nil
	}
	return nil, fmt.Errorf("finding a shape: %w", &NotFound{name})
}

// Fail panics here.
func Fail(list []int) int { return list[len(list)] }

// Pair is generic, and there is an instance here.
type Pair[A, B any] struct {
	First  A
	Second B
}

func (p Pair[A, B]) Swap() Pair[B, A] { return Pair[B, A]{p.Second, p.First} }

// Named is that.
var Named = Pair[string, int]{"unit", 1}
