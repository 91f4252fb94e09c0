package faults

import (
	"crypto/sha256"
	"math/big"
	"runtime"
	"time"
)

// Work computes something that is known, with much going on, and returns 1 if
// it is right.
//
//pg:function volatile parallel=safe
func Work(kind string) int64 {
	right := false
	switch kind {
	case "deep":
		right = sum(20_000) == 20_000*20_001/2
	case "tiny":
		right = tiny(2_000)
	case "heap":
		right = heap(20_000)
	case "numbers":
		n := new(big.Int).Exp(big.NewInt(3), big.NewInt(2_000), nil)
		right = new(big.Int).Mod(n, big.NewInt(1_000_007)).Int64() == 830_083
	case "hash":
		right = sha256.Sum256(make([]byte, 1<<16)) == zeros
	case "timers":
		right = timers(50)
	}
	if right {
		return 1
	}
	return 0
}

var zeros = sha256.Sum256(make([]byte, 1<<16))

// sum has a frame of its own for each number, so that the stack grows and moves.
func sum(n int) int {
	var here [4]int
	here[n%4] = n
	if n == 0 {
		return 0
	}
	below := sum(n - 1)
	return below + here[n%4]
}

// tiny passes numbers along a chain of goroutines with the smallest stacks.
func tiny(goroutines int) bool {
	first := make(chan int)
	in := first
	for range goroutines {
		out := make(chan int)
		go func(in, out chan int) {
			for n := range in {
				out <- n + 1
			}
			close(out)
		}(in, out)
		in = out
	}
	defer close(first)
	for n := range 3 {
		first <- n
		if <-in != n+goroutines {
			return false
		}
	}
	return true
}

func heap(n int) bool {
	var head *node
	for i := range n {
		head = &node{head, int64(i)}
	}
	runtime.GC()
	for i := n - 1; head != nil; i, head = i-1, head.next {
		if head.n != int64(i) {
			return false
		}
	}
	return true
}

func timers(n int) bool {
	c := make(chan int, n)
	for i := range n {
		time.AfterFunc(time.Duration(i%5)*time.Millisecond, func() { c <- 1 })
	}
	for range n {
		<-c
	}
	return true
}

// Soil fills memory and ends the world.
//
//pg:function volatile
func Soil(kilobytes int64) {
	for range kilobytes / 8 {
		piece := make([]byte, 8<<10)
		for i := range piece {
			piece[i] = 0xa5
		}
		soiled = append(soiled, piece)
	}
	select {}
}

// Dirt is how much of memory that is new is not zero.
//
//pg:function volatile
func Dirt(kilobytes int64) (dirt int64) {
	for range kilobytes / 8 {
		piece := make([]byte, 8<<10)
		for _, b := range piece {
			if b != 0 {
				dirt++
			}
		}
		soiled = append(soiled, piece)
	}
	return dirt
}

var soiled [][]byte
