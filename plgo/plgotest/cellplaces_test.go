package plgotest

import (
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"
)

// mapping is a line of /proc/PID/maps.
type mapping struct {
	from, to uint64
	name     string
}

func mappings(t *testing.T, pid string) (all []mapping) {
	t.Helper()
	text, err := os.ReadFile("/proc/" + pid + "/maps")
	if os.IsPermission(err) {
		t.Skip("a cell lets nobody but root look at it: ", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		from, to, _ := strings.Cut(fields[0], "-")
		var m mapping
		m.from, _ = strconv.ParseUint(from, 16, 64)
		m.to, _ = strconv.ParseUint(to, 16, 64)
		m.name = strings.Join(fields[5:], " ")
		all = append(all, m)
	}
	return all
}

// isOfAWorld tells by what is mapped whether it is a world's.
func (m mapping) isOfAWorld() bool {
	return strings.HasPrefix(m.name, "/memfd:pgstd world") || (strings.HasPrefix(m.name, "/") && !strings.HasPrefix(m.name, "/memfd:") && !strings.Contains(m.name, "pgstd_cell.so"))
}

// isInside tells whether any of it lies where worlds of cells do.
func (m mapping) isInside(space uint64) bool { return m.to > space/8*3 && m.from < space/8*5 }

// TestCellPlaces: where a backend puts worlds of cells, no process has anything else, so that what is
// free in the backend is free in the cell.
func TestCellPlaces(t *testing.T) {
	t.Parallel()
	for _, stack := range []struct {
		name  string
		limit uint64
	}{{"a stack of 8 MB", 8 << 20}, {"a stack without limit", math.MaxUint64}} {
		t.Run(stack.name, func(t *testing.T) {
			s := withStack(t, stack.limit)
			c := connect(t, s, "postgres")
			// Each has a world.
			c.exec("set plgo.shared_base = off")
			c.exec("set pgstd.isolation = cell")
			// Address space for two or three dozens of worlds: places are used again, and again.
			c.exec("set pgstd.max_memory = '60GB'")
			const functions = 3
			for n := range functions {
				c.exec(fmt.Sprintf("create function place_%d() returns int language plgo as $$ var ( calls int )\n calls++\n return calls $$", n))
			}
			for range 30 {
				for call := range 2 {
					for n := range functions {
						c.want(fmt.Sprintf("select place_%d()", n), strconv.Itoa(call+1))
					}
				}
				seesPlaces(t, mappings(t, c.pid()), mappings(t, strconv.Itoa(cellOf(t, c.pid()))))
				c.exec("select pgstd.discard_worlds()")
			}
			// There is room for two of these.
			c.exec("set pgstd.max_memory = '1500GB'")
			refused := 0
			for n := range functions {
				_, err := c.Exec(t.Context(), fmt.Sprintf("select place_%d()", n))
				if err == nil {
					continue
				}
				refused++
				var e *pgconn.PgError
				if !errors.As(err, &e) || e.Code != "53200" || !strings.Contains(e.Hint, "pgstd.max_memory") {
					t.Errorf("without room: %#v", err)
				}
			}
			if refused == 0 || refused == functions {
				t.Errorf("%d worlds of %d were refused", refused, functions)
			}
			c.exec("set pgstd.max_memory = '60GB'")
			c.exec("select pgstd.discard_worlds()")
			for n := range functions {
				c.want(fmt.Sprintf("select place_%d()", n), "1")
			}
		})
	}
}

// withStack starts a server whose processes have such a limit, by which the kernel lays them out.
func withStack(t *testing.T, limit uint64) *Server {
	t.Helper()
	var before syscall.Rlimit
	if err := syscall.Getrlimit(unix.RLIMIT_STACK, &before); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Setrlimit(unix.RLIMIT_STACK, &syscall.Rlimit{Cur: limit, Max: before.Max}); err != nil {
		t.Skip("the limit of a stack cannot be set: ", err)
	}
	defer syscall.Setrlimit(unix.RLIMIT_STACK, &before)
	return own(t, Options{})
}

// seesPlaces looks where a backend and its cell have what.
func seesPlaces(t *testing.T, backend, cell []mapping) {
	t.Helper()
	space := uint64(1)
	for _, m := range backend {
		for m.name == "[stack]" && space < m.to {
			space *= 2
		}
	}
	for _, m := range cell {
		if in := m.isInside(space); in != m.isOfAWorld() {
			t.Fatalf("the cell has %q at %x, of %x", m.name, m.from, space)
		}
	}
	worlds := 0
	for _, m := range backend {
		known := strings.HasPrefix(m.name, "/memfd:pgstd world")
		own := strings.HasPrefix(m.name, "[") || strings.Contains(m.name, "/postgres")
		if known && !m.isInside(space) || own && m.isInside(space) {
			t.Fatalf("the backend has %q at %x, of %x", m.name, m.from, space)
		}
		if known {
			worlds++
		}
	}
	if worlds == 0 {
		t.Fatal("the backend has no world of a cell")
	}
}
