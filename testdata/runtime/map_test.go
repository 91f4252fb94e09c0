package runtimetest

import (
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
)

func TestMapAgainstSlice(t *testing.T) {
	const keys = 3000
	m := map[int]*int{}
	var model [keys]*int
	count := 0
	random := rand.New(rand.NewPCG(1, 2))
	for step := range 100_000 {
		k := random.IntN(keys)
		if random.IntN(3) == 0 {
			if model[k] != nil {
				count--
			}
			delete(m, k)
			model[k] = nil
		} else {
			if model[k] == nil {
				count++
			}
			v := step
			m[k], model[k] = &v, &v
		}
		if len(m) != count {
			t.Fatalf("step %d: len %d, want %d", step, len(m), count)
		}
	}
	runtime.GC()
	for k, v := range model {
		if m[k] != v {
			t.Errorf("key %d differs", k)
		}
	}
	clear(m)
	if len(m) != 0 {
		t.Errorf("%d entries after clear", len(m))
	}
}

func TestLargeMap(t *testing.T) {
	const n = 400_000
	m := map[int]int{}
	for i := range n {
		m[i*7919] = i
	}
	for i := range n {
		if m[i*7919] != i {
			t.Fatalf("entry %d is %d", i, m[i*7919])
		}
	}
	sum := 0
	for _, v := range m {
		sum += v
	}
	if sum != n*(n-1)/2 {
		t.Errorf("sum %d", sum)
	}
}

// An entry that is deleted before it is reached never comes; each other one that
// was there from the start comes exactly once.
func TestMapChangesWhileIterating(t *testing.T) {
	for _, size := range []int{5, 8, 9, 100, 2000} {
		m := map[int]string{}
		for i := range size {
			m[i] = fmt.Sprint(i)
		}
		seen := map[int]int{}
		for k, v := range m {
			if v != fmt.Sprint(k) {
				t.Fatalf("%d: %q", k, v)
			}
			seen[k]++
			other := (k + size/2) % size
			if seen[other] == 0 && k%3 == 0 {
				delete(m, other)
				seen[other] = -1 << 20
			}
			m[size+k] = fmt.Sprint(size + k) // may come, makes it grow
			if k%50 == 0 {
				runtime.GC()
			}
			if len(seen) > 4*size {
				break
			}
		}
		for i := range size {
			if n := seen[i]; n != 1 && n != -1<<20 {
				t.Errorf("size %d: %d came %d times", size, i, n)
			}
		}
	}
	m := map[int]int{}
	for i := range 100 {
		m[i] = i
	}
	rounds := 0
	for range m {
		clear(m)
		rounds++
	}
	if rounds != 1 {
		t.Errorf("%d entries of a map that was cleared at the first", rounds)
	}
}

func TestMapOrder(t *testing.T) {
	m := map[int]bool{}
	for i := range 50 {
		m[i] = true
	}
	first := slices.Collect(maps.Keys(m))
	for range 20 {
		if !slices.Equal(first, slices.Collect(maps.Keys(m))) {
			return
		}
	}
	t.Error("always in the same order")
}

func TestMapKeys(t *testing.T) {
	type key struct {
		s string
		f float64
		i any
		a [3]int8
	}
	m := map[key]int{}
	for i := range 1000 {
		m[key{fmt.Sprint(i), float64(i) / 3, i % 10, [3]int8{int8(i)}}] = i
	}
	for i := range 1000 {
		if n := m[key{fmt.Sprint(i), float64(i) / 3, i % 10, [3]int8{int8(i)}}]; n != i {
			t.Fatalf("%d: %d", i, n)
		}
	}
	nan := map[float64]int{}
	for i := range 20 {
		nan[math.NaN()] = i
	}
	if _, ok := nan[math.NaN()]; len(nan) != 20 || ok {
		t.Errorf("%d entries of NaN, found %v", len(nan), ok)
	}
	clear(nan)
	zeros := map[float64]string{0: "a", math.Copysign(0, -1): "b"}
	if len(nan) != 0 || len(zeros) != 1 {
		t.Errorf("%d, %d entries", len(nan), len(zeros))
	}
	mixed := map[any]int{1: 1, "1": 2, int8(1): 3, 1.0: 4, struct{}{}: 5, [1]int{1}: 6, nil: 7}
	if len(mixed) != 7 || mixed["1"] != 2 || mixed[nil] != 7 || mixed[[1]int{1}] != 6 {
		t.Errorf("%v", mixed)
	}
	large := map[[200]byte][200]byte{}
	for i := range 300 {
		large[[200]byte{byte(i), 199: byte(i >> 8)}] = [200]byte{199: byte(i)}
	}
	if v := large[[200]byte{43, 199: 1}]; len(large) != 300 || v[199] != 43 {
		t.Errorf("%d entries, %d", len(large), v[199])
	}
	var none map[string]int
	delete(none, "a")
	if n, ok := none["a"]; n != 0 || ok || len(none) != 0 {
		t.Error("an entry of a nil map")
	}
}
