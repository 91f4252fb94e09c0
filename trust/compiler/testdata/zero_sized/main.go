package main

import "os"

type none struct{}

//go:noinline
func store(s []none, i int) { s[i] = none{} }

//go:noinline
func array(s *[4]none, i int) { s[i] = none{} }

//go:noinline
func field(s []struct{ a [0]int }, i int) { s[i].a = [0]int{} }

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return
}

func main() {
	if !panics(func() { store(make([]none, 1), 7) }) ||
		!panics(func() { array(new([4]none), 7) }) || !panics(func() { field(nil, 7) }) {
		os.Exit(9)
	}
}
