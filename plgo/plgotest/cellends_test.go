package plgotest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/cluster"
)

// cellStates are what a cell may be at when its backend ends: what the session does, without end
// or not, and when it has come to that.
var cellStates = []struct{ name, runs, until string }{
	{"idle", "", ""},
	{"computes", "select forever()", "state = 'active'"},
	{"sleeps", "select sleeps()", "state = 'active'"},
	{"waits for SQL", "select waits('select pg_sleep(3600)')", "wait_event = 'PgSleep'"},
	{"waits for another cell", "select waits('select others()')", "state = 'active'"},
}

const cellStateFunctions = `create role cellends_other;
	grant create on schema public to cellends_other;
	create function forever() returns int language plgo as $$ for {} $$;
	create function sleeps() returns int language plgo as $$ time.Sleep(time.Hour); return 1 $$;
	create function waits(sql text) returns int language plgo strict as $$ _, err := pg.Exec(sql); return 1, err $$;
	create function one() returns int language plgo as $$ return 1 $$;
	set role cellends_other;
	create function others() returns int language plgo security definer as $$ for {} $$;
	reset role`

// owned is a cell and its backend.
type owned struct{ backend, cell int }

// inStates opens a session in each of the states, and returns them with their cells.
func inStates(t *testing.T, s *Server, watcher *conn) (sessions []*conn, cells []owned) {
	t.Helper()
	for _, state := range cellStates {
		c := connect(t, s, "postgres")
		c.exec("set pgstd.isolation = cell")
		c.want("select one()::text", "1")
		if state.runs == "" {
			stops(t, cellOf(t, c.pid()))
		} else {
			c.begin(state.runs)
			watcher.until(fmt.Sprintf("select %s and query = '%s' from pg_stat_activity where pid = %s", state.until, strings.ReplaceAll(state.runs, "'", "''"), c.pid()))
		}
		want := 1
		if strings.Contains(state.runs, "others") {
			want = 2
		}
		pids := cellsOf(t, c.pid())
		for ; len(pids) != want; pids = cellsOf(t, c.pid()) {
			time.Sleep(5 * time.Millisecond)
		}
		backend, _ := strconv.Atoi(c.pid())
		for _, pid := range pids {
			cells = append(cells, owned{backend, pid})
		}
		sessions = append(sessions, c)
	}
	return sessions, cells
}

// allGo waits until backends are gone. The kernel has killed their cells by then: none is there but to
// end as soon as it has a processor.
func allGo(t *testing.T, how string, cells []owned) {
	t.Helper()
	start := time.Now()
	for _, o := range cells {
		goes(t, o.backend)
		if status, ends := isEnding(o.cell); !ends {
			t.Errorf("%s: cell %d outlives its backend:\n%s", how, o.cell, status)
		}
	}
	for _, o := range cells {
		goes(t, o.cell)
	}
	t.Logf("%s: %d cells were gone after %v", how, len(cells), time.Since(start).Round(time.Millisecond))
}

// isEnding tells whether a process is gone, is going, or is to be killed.
func isEnding(pid int) (status string, ends bool) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	status = string(text)
	if err != nil || !strings.Contains(status, "\nVmSize:") {
		return status, true
	}
	for _, name := range []string{"\nSigPnd:", "\nShdPnd:"} {
		_, rest, _ := strings.Cut(status, name)
		mask, err := strconv.ParseUint(strings.Fields(rest)[0], 16, 64)
		if err == nil && mask&(1<<(syscall.SIGKILL-1)) != 0 {
			return status, true
		}
	}
	return status, false
}

// TestCellsEnd: no cell outlives its backend, however that ends and whatever the cell is at.
func TestCellsEnd(t *testing.T) {
	t.Parallel()
	for _, end := range []struct {
		how    string
		signal syscall.Signal // to the postmaster
	}{
		{"immediate shutdown", syscall.SIGQUIT},
		{"the postmaster is killed", syscall.SIGKILL},
	} {
		s := own(t, Options{})
		watcher := connect(t, s, "postgres")
		watcher.exec(cellStateFunctions)
		sessions, cells := inStates(t, s, watcher)
		for _, c := range sessions {
			watcher.want("select pg_terminate_backend("+c.pid()+")::text", "true")
		}
		allGo(t, "pg_terminate_backend", cells)

		_, cells = inStates(t, s, watcher)
		interlock := sharedMemory(t, s)
		if err := syscall.Kill(s.Pid(), end.signal); err != nil {
			t.Fatal(err)
		}
		allGo(t, end.how, cells)
		// One that is killed leaves it.
		syscall.Syscall(syscall.SYS_SHMCTL, interlock, 0, 0)
	}
}

// sharedMemory is the identifier of the segment by which a server knows that it runs.
func sharedMemory(t *testing.T, s *Server) (id uintptr) {
	t.Helper()
	lines := strings.Split(readFile(t, filepath.Join(dataDirectory(t, s), "postmaster.pid")), "\n")
	if len(lines) < 7 {
		t.Fatalf("postmaster.pid: %q", lines)
	}
	if _, err := fmt.Sscan(lines[6], new(uint64), &id); err != nil {
		t.Fatal(err)
	}
	return id
}

// mostOfACell is what each of many cells may have in memory besides what lies in files, in kB.
const mostOfACell = 2 << 10

// TestManyCells: two hundred sessions have a cell each, and each of these is small.
func TestManyCells(t *testing.T) {
	if testing.Short() {
		t.Skip("two hundred cells")
	}
	t.Parallel()
	const sessions = 200
	s := own(t, Options{Settings: []string{fmt.Sprintf("max_connections=%d", sessions+10)}})
	setup := connect(t, s, "postgres")
	setup.exec("create function words(n int) returns int language plgo strict as $$ return len(strings.Fields(strings.Repeat(\"word \", int(n)))) $$")
	conns := make([]*conn, sessions)
	for i := range conns {
		conns[i] = connect(t, s, "postgres")
		conns[i].exec("set pgstd.isolation = cell")
	}
	// A few at a time, as sessions come.
	var group sync.WaitGroup
	failed := make([]error, sessions)
	for worker := range 8 {
		group.Go(func() {
			for i := worker; i < sessions; i += 8 {
				var n int
				if failed[i] = conns[i].QueryRow(t.Context(), "select words(1000)").Scan(&n); failed[i] == nil && n != 1000 {
					failed[i] = fmt.Errorf("%d words", n)
				}
			}
		})
	}
	group.Wait()
	largest, sum := 0, 0
	for i, c := range conns {
		if failed[i] != nil {
			t.Fatal(failed[i])
		}
		cells := cellsOf(t, c.pid())
		if len(cells) != 1 {
			t.Fatalf("session %d has cells %v", i, cells)
		}
		kb, err := cluster.OwnMemory(cells[0])
		if err != nil || kb == 0 {
			t.Fatalf("cell %d has %d kB: %v", cells[0], kb, err)
		}
		largest, sum = max(largest, kb), sum+kb
	}
	if largest > mostOfACell {
		t.Errorf("a cell has %d kB in memory, want at most %d", largest, mostOfACell)
	}
	t.Logf("%d cells: %d kB each, %d at most", sessions, sum/sessions, largest)
}
