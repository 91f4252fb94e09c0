package main

import "os"

//go:noinline
func half(x uint64) uint64 { return (x + x) << 63 }

func main() {
	if half(5) != 0 {
		os.Exit(9)
	}
}
