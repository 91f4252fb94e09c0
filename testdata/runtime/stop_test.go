package runtimetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/template"
	"time"
)

// TestStopsGoOn has one goroutine use the library while another waits for a turn to
// change all that the first one uses. It gets none before the first gives way, however
// often that is stopped: by collections, by large pieces of memory, by timers that are
// due, and, in a build that stops at every function, there too.
func TestStopsGoOn(t *testing.T) {
	if !onTarget {
		t.Skip("true of a world only")
	}
	defer takeTurns(slicesNone)() // this package's own functions are where turns would be
	defer debug.SetGCPercent(debug.SetGCPercent(1))
	uses := map[string]func(turn func()){
		"atomic.Value": func(turn func()) {
			var v atomic.Value
			for i := range 2000 {
				v.Store(i)
				v.CompareAndSwap(i, i+1)
				v.Swap(i)
			}
		},
		"bytes.Join": func(turn func()) { use(bytes.Join([][]byte{make([]byte, 1000), {2}}, []byte{3})) },
		"runes":      func(turn func()) { use(string([]rune(strings.Repeat("é", 4000)))) },
		"strings":    func(turn func()) { use(strings.NewReplacer("a", "b", "cc", "d").Replace(strings.Repeat("acc", 500))) },
		"sort":       func(turn func()) { sort.Strings(strings.Fields(strings.Repeat("z y x ", 500))) },
		"fmt":        func(turn func()) { use(fmt.Sprintf("%v %q %x", map[string]int{"a": 1}, "b", []byte("c"))) },
		"regexp":     func(turn func()) { use(regexp.MustCompile(`(a|b)+c*`).ReplaceAllString("ababcc", "x")) },
		"json":       func(turn func()) { m := map[string]any{}; use(json.Unmarshal([]byte(`{"a":[1,2,{"b":null}]}`), &m)) },
		"template": func(turn func()) {
			use(template.Must(template.New("t").Parse(`{{range .}}{{.}}{{end}}`)).Execute(&bytes.Buffer{}, []int{1, 2}))
		},
		"large": func(turn func()) { use(make([]*int, 1<<20)) },
		"map": func(turn func()) {
			m := map[string]*int{}
			for i := range 500 {
				m[fmt.Sprint(i)] = new(int)
			}
		},
		"sync.Map": func(turn func()) {
			var m sync.Map
			for i := range 200 {
				m.LoadOrStore(i, new(int))
			}
		},
		"sync.Pool":      func(turn func()) { p := sync.Pool{New: func() any { return new(int) }}; p.Put(p.Get()) },
		"mutex":          func(turn func()) { var m sync.Mutex; m.Lock(); m.Unlock() },
		"deep recursion": func(turn func()) { use(deep(10000)) },
		"timer due":      func(turn func()) { time.AfterFunc(0, turn); use(make([]byte, 1<<16)) },
		"finalizer":      func(turn func()) { runtime.SetFinalizer(new([64]int), func(*[64]int) { turn() }) },
		"cleanup":        func(turn func()) { runtime.AddCleanup(new([64]int), func(int) { turn() }, 1) },
		"channel":        func(turn func()) { c := make(chan int, 1); c <- 1; <-c; close(c) },
		"panic":          func(turn func()) { func() { defer func() { recover() }(); panic(1) }() },
	}
	rounds := 50
	if *stops {
		rounds = 5 // each stops everywhere
	}
	for name, f := range uses {
		turns := 0
		done := make(chan bool)
		go func() {
			turns++
			<-done
		}()
		for range rounds {
			f(func() { turns++ })
		}
		if turns != 0 {
			t.Errorf("%s: %d turns of others", name, turns)
		}
		done <- true
		if turns == 0 {
			t.Errorf("%s: no turn of another, although this one has blocked", name)
		}
	}
}

// TestUnlockGoesOn hands a mutex to one who has waited for it for long: that one has it,
// and runs when this one blocks.
func TestUnlockGoesOn(t *testing.T) {
	if !onTarget {
		t.Skip("true of a world only")
	}
	defer takeTurns(slicesNone)()
	var m sync.Mutex
	turns := 0
	m.Lock()
	done := make(chan bool)
	go func() {
		m.Lock() // waits twice, and then for long enough to be handed the mutex
		turns++
		m.Unlock()
		done <- true
	}()
	runtime.Gosched()
	time.Sleep(2 * time.Millisecond)
	m.Unlock()
	m.Lock()
	runtime.Gosched()
	m.Unlock()
	if turns != 0 {
		t.Error("Unlock has let another goroutine run")
	}
	<-done
	if turns != 1 {
		t.Errorf("%d turns", turns)
	}
}

var used any

//go:noinline
func use(v any) { used = v }
