package main

import "os"

//go:noinline
func choose(c bool, x, y *int) *int {
	var a, b [2]*int
	a[0], a[1] = x, x
	b[0], b[1] = y, y
	p := &a
	if c {
		p = &b
	}
	return p[1]
}

//go:noinline
func fill(n int) int {
	if n == 0 {
		return 0
	}
	var x [16]int
	for i := range x {
		x[i] = 8
	}
	return fill(n-1) + x[n&15]
}

func main() {
	x, y := new(int), new(int)
	*x, *y = 1, 2
	fill(4)
	if choose(false, x, y) != x || choose(true, x, y) != y {
		os.Exit(9)
	}
}
