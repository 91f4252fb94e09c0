package main

import "os"

type table struct {
	before uintptr
	fn     [2]func() int
}

var t = table{fn: [2]func() int{func() int { return 0 }, func() int { return 1 }}}
var sink []byte

// call masks a negative index. That it is not negative is known only further down.
//
//go:noinline
func call(n int) (got int) {
	defer func() { recover() }()
	if n < len(t.fn) {
		got = t.fn[n&1]()
		sink = make([]byte, n)
	}
	return got
}

func main() {
	if call(-1) != 1 {
		os.Exit(9)
	}
}
