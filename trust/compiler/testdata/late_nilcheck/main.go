package main

import "os"

//go:noinline
func fault(p *[1 << 32]byte) byte { return p[0xdeadbeef] + p[0] }

func main() {
	defer func() {
		if recover() == nil {
			os.Exit(9)
		}
	}()
	fault(nil)
}
