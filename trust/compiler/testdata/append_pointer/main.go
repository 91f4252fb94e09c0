package main

import "os"

type pair struct{ a, b uint64 }

func get(n int, all bool) (*uint64, []pair) {
	var s []pair
	for i := range n {
		s = append(s, pair{uint64(i) + 100, 7})
	}
	if all {
		return nil, s
	}
	return &s[0].a, nil
}

//go:noinline
func first(n int, all bool) (*uint64, []pair) { return get(n, all) }

//go:noinline
func fill(n int) int {
	if n == 0 {
		return 0
	}
	var x [16]uint64
	for i := range x {
		x[i] = uint64(n)
	}
	return fill(n-1) + int(x[n&15])
}

func main() {
	p, _ := first(2, len(os.Args) > 5)
	fill(3)
	if *p != 100 {
		os.Exit(9)
	}
}
