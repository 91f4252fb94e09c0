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
// second, and so on: whatever the runtime was about to do, it dies in order.
func TestEveryAllocationFails(t *testing.T) {
	host, object := standaloneHost(t), buildObject(t, writePackage(t, "hungry", hungry))
	starting := true
	for n := 1; ; n++ {
		o := run(t, nil, host, "-f", strconv.Itoa(n), object, "call", "work", "100")
		if o.exit == 0 {
			if want := strconv.Itoa(100*64*63/2) + "\n"; o.stdout != want {
				t.Errorf("the result is %q, want %q", o.stdout, want)
			}
			t.Logf("%d allocations", n-1)
			if starting || n < 10 {
				t.Errorf("none of the first %d allocations belongs to a call", n-1)
			}
			return
		}
		if o.hung || o.exit != 3 || strings.Count(o.stderr, "ERROR:  53200: out of memory\n") != 1 {
			t.Errorf("allocation %d: exit code %d, hung: %v\n%s", n, o.exit, o.hung, o.stderr)
		}
		if strings.Contains(o.stderr, "hungry.Work") || strings.Contains(o.stderr, "hungry.deep") {
			starting = false
		}
		if n > 1000 {
			t.Fatal("always one more allocation")
		}
	}
}
