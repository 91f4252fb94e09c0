package plgotest

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cellOf returns the process of a session's cell, or 0.
func cellOf(t *testing.T, backend string) int {
	t.Helper()
	if cells := cellsOf(t, backend); cells != nil {
		return cells[0]
	}
	return 0
}

// cellsOf returns the processes of all cells of a session.
func cellsOf(t *testing.T, backend string) (cells []int) {
	t.Helper()
	children, err := os.ReadFile(filepath.Join("/proc", backend, "task", backend, "children"))
	if err != nil {
		t.Skip("no list of a process's children: ", err)
	}
	for _, child := range strings.Fields(string(children)) {
		title, err := os.ReadFile(filepath.Join("/proc", child, "cmdline"))
		if err == nil && strings.HasPrefix(string(title), "pgstd cell: ") {
			pid, _ := strconv.Atoi(child)
			cells = append(cells, pid)
		}
	}
	return cells
}

// goes waits until a process is gone.
func goes(t *testing.T, pid int) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil || strings.Contains(string(state), ") Z ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %d is still there", pid)
		}
	}
}

// stops waits until a process is stopped, as one is of which nothing is wanted.
func stops(t *testing.T, pid int) {
	t.Helper()
	is(t, pid, "T")
}

// is waits until a process is in a state, as the kernel calls them.
func is(t *testing.T, pid int, want string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		state, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(state), ") "+want+" ") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a cell is not %s: %s", want, state)
		}
	}
}

// TestCell follows a cell from its start to its end.
func TestCell(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "cells")
	c := connect(t, s, "cells")
	c.exec("set pgstd.isolation = cell")
	c.exec("create function inc(n bigint) returns bigint language plgo as $$ return n + 1 $$")
	c.exec("create function forever() returns int language plgo as $$ for {} $$")
	c.exec("create function sleeps() returns int language plgo as $$ time.Sleep(time.Hour); return 1 $$")
	c.exec("create function asks() returns bigint language plgo as $$ var n int64; err := pg.QueryRow(\"select inc(inc(40))\").Scan(&n); return n, err $$")
	c.want("select inc(41)", "42")
	c.want("select asks()", "42")

	backend := c.value("select pg_backend_pid()")
	pid := cellOf(t, backend)
	if pid == 0 {
		t.Fatal("the session has no cell")
	}
	c.want("select string_agg(distinct concat_ws(' ', isolation, pid, cpu_time >= '0', resident > 0), ', ') from pgstd.worlds", fmt.Sprintf("cell %d t t", pid))
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"NoNewPrivs:\t1", "Seccomp:\t2", "Threads:\t1"} {
		if !strings.Contains(string(status), line+"\n") {
			t.Errorf("the cell's status lacks %q", line)
		}
	}

	stops(t, pid)
	c.want("select inc(1)", "2")

	c.exec("set statement_timeout = '200ms'")
	c.fails("select forever()", "57014")
	c.fails("select sleeps()", "57014")
	c.exec("set statement_timeout = 0")
	c.want("select inc(1)", "2")

	pid = cellOf(t, backend)
	kill, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if err := kill.Kill(); err != nil {
		t.Fatal(err)
	}
	goes(t, pid)
	c.fails("select inc(1)", "58000")
	c.want("select inc(2)", "3")
	if again := cellOf(t, backend); again == 0 || again == pid {
		t.Errorf("cell %d after %d was killed", again, pid)
	}

	c.exec("set pgstd.isolation = backend")
	c.want("select inc(3)", "4")
	pid = cellOf(t, backend)
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if pid != 0 {
		goes(t, pid)
	}
}
