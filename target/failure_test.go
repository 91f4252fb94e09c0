package target_test

import (
	"strconv"
	"strings"
	"testing"
)

// Needs memory of every kind, while it starts and while it is called.
const hungry = `package hungry

import (
	"fmt"
	"strings"
)

var table = map[int]string{}

func init() {
	for i := range 1000 {
		table[i] = strings.Repeat("x", i)
	}
}

func deep(n int64) int64 {
	if n == 0 {
		return 0
	}
	return deep(n-1) + 1
}

//pg:function
func Work(n int64) (int64, error) {
	c := make(chan int64)
	for i := range 64 {
		go func() { c <- deep(n*int64(i)) }()
	}
	var sum int64
	for range 64 {
		sum += <-c
	}
	var all [][]byte
	for i := range 48 {
		all = append(all, make([]byte, 1<<18))
		all[i][i] = 1
	}
	if len(all) != 48 || len(table) != 1000 {
		return 0, fmt.Errorf("%d, %d", len(all), len(table))
	}
	return sum, nil
}
`

// TestEveryAllocationFails lets the host's first allocation fail, then the
// second, and so on: whatever the runtime was about to do, it dies in order. There are few:
// the books, the address space, and blocks that arenas are cut from, of which a smaller one does, too.
func TestEveryAllocationFails(t *testing.T) {
	n := untilEnough(t, func(n int) []string { return []string{"-f", strconv.Itoa(n)} }).tries
	if n < 3 {
		t.Errorf("only %d allocations", n)
	}
}

// TestEveryLimit has memory end at any point of a start and of a call.
func TestEveryLimit(t *testing.T) {
	const step = 256 << 10
	e := untilEnough(t, func(n int) []string { return []string{"-m", strconv.Itoa(n * step)} })
	if e.starts == 0 || e.calls < 10 {
		t.Errorf("%d limits are too low for a start, %d for a call", e.starts, e.calls)
	}
}

// enough tells what it took until there was enough memory.
type enough struct{ tries, starts, calls int }

// untilEnough calls hungry's function under flags that go from hopeless to good.
func untilEnough(t *testing.T, flags func(n int) []string) (e enough) {
	host, object := standaloneHost(t), buildObject(t, writePackage(t, "hungry", hungry))
	for e.tries = 1; e.tries < 1000; e.tries++ {
		how := flags(e.tries)
		o := run(t, nil, host, append(how, object, "call", "work", "100")...)
		if o.exit == 0 {
			if want := strconv.Itoa(100*64*63/2) + "\n"; o.stdout != want {
				t.Errorf("the result is %q, want %q", o.stdout, want)
			}
			return e
		}
		if o.hung || o.exit != 3 || strings.Count(o.stderr, "ERROR:  53200: out of memory\n") != 1 {
			t.Errorf("%q: exit code %d, hung: %v\n%s", how, o.exit, o.hung, o.stderr)
		}
		if strings.Contains(o.stderr, "hungry.Work") || strings.Contains(o.stderr, "hungry.deep") {
			e.calls++
		} else {
			e.starts++
		}
	}
	t.Fatal("it is never enough")
	return e
}
