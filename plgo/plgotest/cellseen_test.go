package plgotest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sys/unix"
)

// proc reads what the kernel says of a process.
func proc(t *testing.T, pid int, name string) string {
	t.Helper()
	return readFile(t, filepath.Join("/proc", strconv.Itoa(pid), name))
}

// TestCellSeen: whose a cell is, what it has and what it takes shows to whoever looks at the machine,
// and to its session.
func TestCellSeen(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	for _, name := range []string{"cellseen", `cell seen: ä %s "all" backend 1`} {
		quoted := `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		database(t, s, quoted)
		c := connect(t, s, "'"+name+"'")
		c.exec("create role " + quoted + "; set pgstd.isolation = cell")
		c.exec("create function one() returns int language plgo as $$ return 1 $$")
		c.want("select one()::text", "1")
		c.exec("set role " + quoted)
		c.want("select one()::text", "1")
		var titles []string
		for _, pid := range cellsOf(t, c.pid()) {
			titles = append(titles, proc(t, pid, "cmdline"))
		}
		want := []string{
			fmt.Sprintf("pgstd cell: postgres %s backend %s\x00%[2]s\x00", name, c.pid()),
			fmt.Sprintf("pgstd cell: %s %[1]s backend %s\x00%[2]s\x00", name, c.pid()),
		}
		if !slices.Equal(titles, want) {
			t.Errorf("cells are called %q, want %q", titles, want)
		}
		c.exec("reset role; drop role " + quoted)
	}
}

// TestCellHas: a cell has two descriptors, no environment, limits, namespaces where the kernel gives
// them, and nothing of the server's but its place in the accounts.
func TestCellHas(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "cellhas")
	c := connect(t, s, "cellhas")
	c.exec("set pgstd.isolation = cell")
	c.exec("create function one() returns int language plgo as $$ return 1 $$")
	c.want("select one()::text", "1")
	backend, _ := strconv.Atoi(c.pid())
	cell := cellOf(t, c.pid())

	files, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(cell), "fd"))
	if os.IsPermission(err) {
		t.Skip("a cell lets nobody but root look at it: ", err)
	}
	if err != nil || len(files) != 2 {
		t.Errorf("the descriptors of a cell are %v, %v", files, err)
	}
	if environment := proc(t, cell, "environ"); environment != "" {
		t.Errorf("a cell has the environment %q", environment)
	}
	if own, its := proc(t, cell, "cgroup"), proc(t, backend, "cgroup"); own != its {
		t.Errorf("a cell is in the groups %q, and its backend in %q", own, its)
	}
	limits := proc(t, cell, "limits")
	for name, most := range map[string]string{"Max core file size": "0", "Max processes": "0", "Max file size": "0", "Max locked memory": "0", "Max msgqueue size": "0", "Max open files": "8"} {
		_, rest, _ := strings.Cut(limits, name+" ")
		if f := strings.Fields(rest); len(f) < 2 || f[0] != most || f[1] != most {
			t.Errorf("%s of a cell is %q, want %s", name, f[:min(2, len(f))], most)
		}
	}
	_, rest, _ := strings.Cut(limits, "Max data size ")
	if f := strings.Fields(rest); len(f) == 0 || f[0] == "unlimited" {
		t.Errorf("the private memory of a cell has no limit:\n%s", limits)
	}
	if status := proc(t, cell, "status"); !strings.Contains(status, "NoNewPrivs:\t1\n") || !strings.Contains(status, "Seccomp:\t2\n") {
		t.Errorf("a cell is not locked:\n%s", status)
	}
	if strings.Contains(s.Log(), "cells have no namespaces of their own") {
		return
	}
	for _, space := range []string{"user", "mnt", "ipc", "net"} {
		own, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(cell), "ns", space))
		its, err2 := os.Readlink(filepath.Join("/proc", c.pid(), "ns", space))
		if err != nil || err2 != nil || own == its {
			t.Errorf("namespace %s of a cell is %s, of its backend %s: %v, %v", space, own, its, err, err2)
		}
	}
}

// TestCellTakes: a session sees what its cells take of the machine, and ends them if it likes.
func TestCellTakes(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "celltakes")
	c := connect(t, s, "celltakes")
	c.exec("set pgstd.isolation = backend")
	c.exec("create function computes() returns int language plgo as $$ n := 0; for i := range 10000000 { n += i & 1 }; return int32(n) $$")
	c.exec("create function keeps(n int) returns int language plgo strict as $$ var ( kept []byte )\n kept = make([]byte, n); for i := range kept { kept[i] = 1 }; return int32(len(kept)) $$")
	c.want("select computes()::text", "5000000")
	c.want("select string_agg(concat_ws(' ', isolation, pid, cpu_time, resident), ', ') from pgstd.worlds", "backend")
	c.exec("set pgstd.isolation = cell")
	c.want("select keeps(1)::text", "1")
	cell := cellOf(t, c.pid())
	const its = " from pgstd.worlds where isolation = 'cell'"
	c.want("select string_agg(distinct pid::text, ' ')"+its, strconv.Itoa(cell))

	const took = "select (max(cpu_time) >= '50 ms')::text" + its
	for calls := 0; c.value(took) != "true"; calls++ {
		if calls == 10000 {
			t.Fatal("a cell that computes takes no time")
		}
		c.want("select computes()::text", "5000000")
	}
	before, _ := strconv.Atoi(c.value("select max(resident)::text" + its))
	c.want("select keeps(64000000)::text", "64000000")
	after, _ := strconv.Atoi(c.value("select max(resident)::text" + its))
	if after-before < 60000000 {
		t.Errorf("a cell that has filled 64 MB has grown from %d to %d bytes", before, after)
	}

	c.exec("select pgstd.discard_worlds()")
	goes(t, cell)
	if cells := cellsOf(t, c.pid()); cells != nil {
		t.Errorf("after discard_worlds() there are the cells %v", cells)
	}
	c.want("select count(*)::text"+its+" and pid is not null", "0")
}

// TestMaxCells: a server has so many cells, whoever has them; what needs another one fails, and the
// rest goes on.
func TestMaxCells(t *testing.T) {
	t.Parallel()
	s := own(t, Options{Settings: []string{"pgstd.max_cells=2"}})
	session := func() *conn {
		c := connect(t, s, "postgres")
		c.exec("set pgstd.isolation = cell")
		return c
	}
	a, b := session(), session()
	a.exec("create role maxcells; create function one() returns int language plgo as $$ return 1 $$")
	a.want("select one()::text", "1")
	b.want("select one()::text", "1")
	c := session()
	for range 3 {
		e := c.fails("select one()", "53400")
		if !strings.Contains(e.Hint, "pgstd.max_cells") || !strings.Contains(e.Hint, "currently 2") {
			t.Errorf("the hint is %q", e.Hint)
		}
	}
	// A further role of a session takes a cell more, and those there are go on.
	a.exec("set role maxcells")
	a.fails("select one()", "53400")
	a.exec("reset role")
	a.want("select one()::text", "1")
	b.want("select one()::text", "1")
	c.exec("set pgstd.isolation = backend")
	c.want("select one()::text", "1")
	c.exec("set pgstd.isolation = cell")

	// What is given back another one has, and one that is killed counts no more once that is known.
	b.exec("select pgstd.discard_worlds()")
	c.want("select one()::text", "1")
	b.fails("select one()", "53400")
	if err := unix.Kill(cellOf(t, c.pid()), unix.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c.fails("select one()", "58000")
	b.want("select one()::text", "1")
	c.fails("select one()", "53400")
}

// TestCellsOfOneProcessor: a backend that may use one processor, and its cell, take turns on it; with
// more of them, a cell is a session to the kernel, which has a part of them as any other.
func TestCellsOfOneProcessor(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "cellsofone")
	setup := connect(t, s, "cellsofone")
	setup.exec(`create function inc(n bigint) returns bigint language plgo strict as $$ return n + 1 $$;
		create function numbers(n int) returns setof int language plgo strict as $$ return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } } $$;
		create function forever() returns int language plgo as $$ for {} $$;
		create function nested(depth int) returns int language plgo strict as $$
			if depth == 0 {
				return 0
			}
			var below int32
			err := pg.QueryRow("select nested($1)", depth-1).Scan(&below)
			return below + 1, err
		$$`)
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	for _, processors := range []int{1, all.Count()} {
		c := connect(t, s, "cellsofone")
		backend, _ := strconv.Atoi(c.pid())
		var set unix.CPUSet
		for cpu := 0; set.Count() < processors; cpu++ {
			if all.IsSet(cpu) {
				set.Set(cpu)
			}
		}
		if err := unix.SchedSetaffinity(backend, &set); err != nil {
			t.Skip("a backend cannot be kept to a processor: ", err)
		}
		c.exec("set pgstd.isolation = cell")
		c.want("select sum(inc(i))::text from generate_series(1, 20000) i", "200030000")
		cell := cellOf(t, c.pid())
		own, err := unix.Getsid(cell)
		its, err2 := unix.Getsid(backend)
		if err != nil || err2 != nil || (own == its) != (processors == 1) {
			t.Errorf("with %d processors, the cell's session is %d, its backend's %d: %v, %v", processors, own, its, err, err2)
		}
		c.want("select count(*)::text from numbers(100000)", "100000")
		c.want("select nested(20)::text", "20")
		c.exec("set statement_timeout = '100ms'")
		c.fails("select forever()", "57014")
		c.exec("reset statement_timeout")
		c.want("select sum(inc(i))::text from generate_series(1, 1000) i", "501500")
	}
}

// TestCellsLimited: what the kernel does not give a backend for a cell it says in one error, keeps
// nothing of, and has a cell again when there is more.
func TestCellsLimited(t *testing.T) {
	t.Parallel()
	s := starvedServer(t)
	database(t, s, "cellslimited")
	c := connect(t, s, "cellslimited")
	c.exec("set pgstd.isolation = cell; create function one() returns int language plgo as $$ return 1 $$")
	// files counts a backend's descriptors, and returns the first number that is free.
	files := func() (n, free int) {
		t.Helper()
		entries, err := os.ReadDir(filepath.Join("/proc", c.pid(), "fd"))
		if err != nil {
			t.Skip("a backend lets nobody but root look at it: ", err)
		}
		for slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == strconv.Itoa(free) }) {
			free++
		}
		return len(entries), free
	}
	c.want("select one()::text", "1")
	c.exec("select pgstd.discard_worlds()")
	before, free := files()
	for _, row := range []struct {
		name, value, hint string
	}{
		{"nofile", strconv.Itoa(free), ""}, {"nofile", strconv.Itoa(free + 1), ""}, {"nofile", strconv.Itoa(free + 2), ""},
		{"nproc", "1", "The kernel, or the container, limits the processes"}, {"data", "1", "The kernel, or the container, limits the processes"},
		{"fsize", "0", ""}, {"as", "1", ""},
	} {
		restore := limit(t, s, c, row.name, row.value)
		_, err := c.Exec(t.Context(), "select one()")
		restore()
		e, ok := errors.AsType[*pgconn.PgError](err)
		if !ok || e.Severity != "ERROR" || !strings.HasPrefix(e.Message, "could not ") || !strings.HasPrefix(e.Hint, row.hint) {
			t.Errorf("with %s=%s: %#v", row.name, row.value, err)
		}
		c.want("select one()::text", "1")
		c.exec("select pgstd.discard_worlds()")
		// PostgreSQL closes files of its own where it lacks descriptors.
		if after, _ := files(); after > before {
			t.Errorf("after %s=%s, a backend has %d descriptors, before %d", row.name, row.value, after, before)
		}
	}
}
