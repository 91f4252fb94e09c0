package main

import "os"

//go:noinline
func same[T any](x T) T { return x }

//go:noinline
func stale[T any](p *T, v T) T {
	q := same[*T](p)
	*q = v
	var zero T
	*p = zero
	return *q
}

var a, b = 7, 9

func main() {
	p := &a
	if stale[*int](&p, &b) != nil {
		os.Exit(9)
	}
}
