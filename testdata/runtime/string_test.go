package runtimetest

import (
	"runtime"
	"strings"
	"testing"
)

var (
	madeString string
	sizes      = strings.Repeat("0123456789abcdefg", 200)
)

// TestStringsOfAllSizes: strings are what they were made of, whoever collects meanwhile, and lie apart.
func TestStringsOfAllSizes(t *testing.T) {
	var kept []string
	for round := range 3 {
		for n := 0; n < 2100; n++ {
			from := []byte(sizes[round : round+n])
			kept = append(kept, string(from), sizes[n:n+round]+string(from[:n/2]))
			for i := range from {
				from[i] = '!' // a string that has not been copied, or shares its memory, is damaged
			}
			if n%100 == 0 {
				runtime.GC()
			}
		}
	}
	runtime.GC()
	for i, s := range kept {
		round, n := i/2/2100, i/2%2100
		want := sizes[round : round+n]
		if i%2 == 1 {
			want = sizes[n:n+round] + want[:n/2]
		}
		if s != want {
			t.Fatalf("string %d of round %d is %q", n, round, s)
		}
	}
}

// TestStringsAreCounted: one allocation each, and a heap profile has as many as it asks for.
func TestStringsAreCounted(t *testing.T) {
	for _, n := range []int{2, 15, 16, 17, 100, 1016, 1017, 1024, 1025, 5000} {
		from := make([]byte, n)
		if count := testing.AllocsPerRun(200, func() { madeString = string(from) }); count != 1 {
			t.Errorf("a string of %d bytes takes %v allocations", n, count)
		}
	}
	defer func(rate int) { runtime.MemProfileRate = rate }(runtime.MemProfileRate)
	// Each, and one of nine on average.
	for rate, least := range map[int]int64{1: 5000, 1000: 100} {
		runtime.MemProfileRate = rate
		before := profiled()
		from := make([]byte, 100)
		for range 5000 {
			madeString = string(from)
		}
		if count := profiled() - before; count < least {
			t.Errorf("of 5000 strings, a heap profile with rate %d has %d", rate, count)
		}
	}
}

// profiled is how many objects the heap profile has met.
func profiled() (count int64) {
	runtime.GC() // what a profile shows is as old as two collections
	runtime.GC()
	records := make([]runtime.MemProfileRecord, 10000)
	n, _ := runtime.MemProfile(records, true)
	for _, r := range records[:n] {
		count += r.AllocObjects
	}
	return count
}
