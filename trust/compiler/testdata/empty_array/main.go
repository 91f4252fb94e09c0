package main

import "os"

//go:noinline
func element(i int) [4]string {
	var none [0][2][4]string
	return none[i][1]
}

func panics(f func()) (yes bool) {
	defer func() { yes = recover() != nil }()
	f()
	return
}

func main() {
	if !panics(func() { element(7) }) {
		os.Exit(9)
	}
}
