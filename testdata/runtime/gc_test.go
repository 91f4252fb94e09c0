package runtimetest

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// tree is a heap structure that knows whether it is whole.
type tree struct {
	left, right *tree
	seed        uint64
	data        []uint64
}

func grow(depth int, seed uint64) *tree {
	if depth == 0 {
		return nil
	}
	t := &tree{seed: seed, data: make([]uint64, seed%7+1)}
	for i := range t.data {
		t.data[i] = seed * uint64(i+1)
	}
	t.left, t.right = grow(depth-1, seed*2), grow(depth-1, seed*2+1)
	return t
}

func (t *tree) whole(depth int, seed uint64) bool {
	if depth == 0 {
		return t == nil
	}
	if t == nil || t.seed != seed || len(t.data) != int(seed%7+1) {
		return false
	}
	for i, v := range t.data {
		if v != seed*uint64(i+1) {
			return false
		}
	}
	return t.left.whole(depth-1, seed*2) && t.right.whole(depth-1, seed*2+1)
}

func (t *tree) check(tb testing.TB, where string) {
	tb.Helper()
	if !t.whole(treeDepth, 1) {
		tb.Errorf("%s: the tree is damaged", where)
	}
}

const treeDepth = 5

func newTree() *tree { return grow(treeDepth, 1) }

// Package variables: initialised ones, zeroed ones, and one in a large array.
var (
	inData        = &tree{seed: 1}
	inBSS         *tree
	inLargeBSS    [100_000]*tree
	inInterface   any
	inMapVariable = map[string]*tree{}
)

type holder interface{ held() *tree }

type direct struct{ t *tree }

func (d direct) held() *tree { return d.t }

// A pointer keeps its object alive wherever it is.
func TestPointersEverywhere(t *testing.T) {
	inData, inBSS, inLargeBSS[77_777], inInterface = newTree(), newTree(), newTree(), newTree()
	inMapVariable["a"] = newTree()
	onStack := newTree()
	captured := newTree()
	closure := func() *tree { return captured }
	captured = newTree()
	method := newTree().self
	var iface holder = direct{newTree()}
	keys := map[*tree]bool{newTree(): true}
	values := map[int]tree{1: *newTree()}
	channel := make(chan *tree, 1)
	channel <- newTree()
	interior := &newTree().data
	slice := append([]*tree(nil), newTree())[:0]
	array := [3]direct{{}, {newTree()}, {}}
	var syncMap sync.Map
	syncMap.Store("a", newTree())

	parked, results := make(chan struct{}), make(chan *tree)
	go func() { // on the stack of a goroutine that waits
		mine := newTree()
		<-parked
		results <- mine
	}()
	waiting := make(chan *tree)
	go func() { waiting <- newTree() }() // in a sender's hands
	go func(arg *tree) { <-parked; results <- arg }(newTree())
	timer, fired := newTree(), make(chan *tree)
	time.AfterFunc(time.Millisecond, func() { fired <- timer })
	defer func(arg *tree) { arg.check(t, "argument of a deferred call") }(newTree())
	runtime.Gosched()

	for range 5 {
		garbage(1 << 20)
		runtime.GC()
	}

	close(parked)
	for where, got := range map[string]*tree{
		"data": inData, "bss": inBSS, "large bss": inLargeBSS[77_777], "interface": inInterface.(*tree),
		"map variable": inMapVariable["a"], "stack": onStack, "closure": closure(), "method value": method(),
		"interface value": iface.held(), "channel": <-channel, "slice beyond its length": slice[:1][0],
		"array": array[1].t, "stack of a waiting goroutine": <-results, "argument of a goroutine": <-results,
		"waiting sender": <-waiting, "timer": <-fired,
	} {
		got.check(t, where)
	}
	for key := range keys {
		key.check(t, "map key")
	}
	value := values[1]
	value.check(t, "map value")
	if v, _ := syncMap.Load("a"); !v.(*tree).whole(treeDepth, 1) {
		t.Error("sync.Map: the tree is damaged")
	}
	if len(*interior) != 2 || (*interior)[1] != 2 {
		t.Error("interior pointer: the object is damaged")
	}
}

func (t *tree) self() *tree { return t }

// The structure changes all the time while collections happen.
func TestGCTorture(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	const slots, workers, rounds = 64, 4, 300
	var shared [slots]*tree
	for i := range shared {
		shared[i] = newTree()
	}
	var all sync.WaitGroup
	for w := range workers {
		all.Go(func() {
			for i := range rounds {
				from, to := (i*7+w)%slots, (i*13+w*5)%slots
				local := shared[from]
				shared[from] = nil
				fresh := newTree()
				if i%3 == 0 {
					runtime.Gosched()
				}
				local, fresh = fresh, local
				if fresh == nil {
					fresh = newTree()
				}
				fresh.check(t, "taken")
				shared[to], shared[from] = fresh, local
			}
		})
	}
	all.Wait()
	for _, s := range shared {
		s.check(t, "left")
	}
}

func TestAllSizes(t *testing.T) {
	type kept struct {
		bytes    []byte
		pointers []*int
	}
	var all []kept
	n := new(int)
	for size := 1; size < 1<<20; size += size/7 + 1 {
		k := kept{make([]byte, size), make([]*int, size/8+1)}
		for i, b := range k.bytes {
			if b != 0 {
				t.Fatalf("byte %d of a new slice of %d is %d", i, size, b)
			}
			k.bytes[i] = byte(size + i)
		}
		k.pointers[size/8] = n
		all = append(all, k)
	}
	runtime.GC()
	garbage(4 << 20)
	for _, k := range all {
		for i, b := range k.bytes {
			if b != byte(len(k.bytes)+i) {
				t.Fatalf("byte %d of %d has changed", i, len(k.bytes))
			}
		}
		for _, p := range k.pointers[:len(k.pointers)-1] {
			if p != nil {
				t.Fatal("a new pointer is not nil")
			}
		}
	}
}

// New memory is zero, also where something else has been.
func TestReusedMemoryIsZero(t *testing.T) {
	for _, size := range []int{64, 4000, 40_000, 5 << 20} {
		for range min(200, 64<<20/size) {
			b := make([]byte, size)
			for i := 0; i < len(b); i += 61 {
				if b[i] != 0 {
					t.Fatalf("byte %d of %d is %d", i, size, b[i])
				}
			}
			for i := range b {
				b[i] = 0xff
			}
			sink = b
		}
		sink = nil
		debug.FreeOSMemory()
	}
}

func TestHeapGrowsAndShrinks(t *testing.T) {
	const size = 192 << 20
	var before, full, after runtime.MemStats
	debug.FreeOSMemory()
	runtime.ReadMemStats(&before)
	chunks := make([][]byte, 0, size/(1<<20))
	for len(chunks) < cap(chunks) {
		c := make([]byte, 1<<20)
		for i := 0; i < len(c); i += 4096 {
			c[i] = byte(len(chunks))
		}
		chunks = append(chunks, c)
	}
	runtime.ReadMemStats(&full)
	for i, c := range chunks {
		if c[4096*(i%256)] != byte(i) {
			t.Fatalf("chunk %d has changed", i)
		}
	}
	runtime.KeepAlive(chunks)
	chunks = nil
	debug.FreeOSMemory()
	runtime.ReadMemStats(&after)
	if full.HeapAlloc < before.HeapAlloc+size-size/4 || after.HeapAlloc > before.HeapAlloc+size/4 {
		t.Errorf("in use: %d, %d, %d", before.HeapAlloc, full.HeapAlloc, after.HeapAlloc)
	}
	if after.HeapReleased < size/2 {
		t.Errorf("only %d bytes are released of %d", after.HeapReleased, after.HeapIdle)
	}
	sink = make([]byte, size) // what was released is good again
	for i, b := range sink.([]byte) {
		if b != 0 {
			t.Fatalf("byte %d is %d", i, b)
		}
	}
	sink = nil
}

// Large garbage is found in time, whatever GOGC says of small heaps.
func TestLargeGarbage(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	var stats runtime.MemStats
	for range 40 {
		sink = make([]byte, 64<<20)
	}
	sink = nil
	runtime.ReadMemStats(&stats)
	if stats.HeapSys > 1<<30 {
		t.Errorf("the heap has grown to %d bytes", stats.HeapSys)
	}
}

func TestMemoryLimit(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	debug.FreeOSMemory()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(int64(before.Sys-before.HeapReleased) + 8<<20))
	garbage(256 << 20)
	runtime.ReadMemStats(&after)
	if after.NumGC == before.NumGC {
		t.Error("no collection in spite of the limit")
	}
}

func TestGCStats(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runtime.GC()
	garbage(1 << 20)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if after.NumGC < before.NumGC+2 || after.TotalAlloc < before.TotalAlloc+1<<20 || after.Frees <= before.Frees {
		t.Errorf("collections %d, %d; bytes %d, %d; freed %d, %d", before.NumGC, after.NumGC,
			before.TotalAlloc, after.TotalAlloc, before.Frees, after.Frees)
	}
	var stats debug.GCStats
	debug.ReadGCStats(&stats)
	if stats.NumGC == 0 || stats.LastGC.IsZero() {
		t.Errorf("%+v", stats)
	}
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}, {Name: "/sched/goroutines:goroutines"}, {Name: "/memory/classes/total:bytes"}}
	metrics.Read(sample)
	for _, s := range sample {
		if s.Value.Kind() != metrics.KindUint64 || s.Value.Uint64() == 0 {
			t.Errorf("%s: %v", s.Name, s.Value)
		}
	}
}

// The driver's setting is the one that is in force.
func TestGOGC(t *testing.T) {
	want := 100
	switch s := os.Getenv("GOGC"); s {
	case "":
	case "off":
		want = -1
	default:
		want, _ = strconv.Atoi(s)
	}
	got := debug.SetGCPercent(50)
	if debug.SetGCPercent(got); got != want {
		t.Errorf("GOGC is %d, want %d", got, want)
	}
}

func TestAllocsPerRun(t *testing.T) {
	var n int
	if allocs := testing.AllocsPerRun(100, func() { n++ }); allocs != 0 {
		t.Errorf("adding allocates %v times", allocs)
	}
	if allocs := testing.AllocsPerRun(100, func() { sink = new([8]int) }); allocs != 1 {
		t.Errorf("new allocates %v times", allocs)
	}
	m := map[int]int{1: 1}
	if allocs := testing.AllocsPerRun(100, func() { n += m[1]; m[1] = n }); allocs != 0 {
		t.Errorf("a map's entry allocates %v times", allocs)
	}
}

// Strings and slices of one object, unaligned ends, pointers just past the end.
func TestInteriorPointers(t *testing.T) {
	var parts []string
	for i := range 200 {
		parts = append(parts, fmt.Sprintf("%0200d", i)[100+i%100:])
	}
	ends := make([]*byte, 0, 200)
	for i := range 200 {
		b := make([]byte, 32)
		b[31] = byte(i)
		ends = append(ends, unsafe.SliceData(b[31:]))
	}
	for range 3 {
		garbage(1 << 19)
		runtime.GC()
	}
	for i, p := range parts {
		if want := fmt.Sprintf("%0*d", 100-i%100, i); p != want && len(want) == len(p) {
			t.Errorf("part %d is %q, want %q", i, p, want)
		}
		if *ends[i] != byte(i) {
			t.Errorf("end %d is %d", i, *ends[i])
		}
	}
}
