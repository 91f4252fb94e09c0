// Package phantom has a type that TestNoPhantoms has to find.
package phantom

// Phantom has nothing that depends on T.
type Phantom[T any] struct{ at uintptr }

// At uses the parameter.
func (p Phantom[T]) At() (uintptr, T) { return p.at, *new(T) }
