package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/pgstd/pgstd/internal/cluster"
	"golang.org/x/sys/unix"
)

// The queries that are run in a cell, and beside it.
const (
	cellCalls     = 100000
	cellInt8Query = "select sum(%s(i)) from generate_series(1, 100000) i"
	cellTextQuery = "select sum(octet_length(%s(t))) from (select repeat('x', 1000)) v(t), generate_series(1, 100000)"
	cellRowsQuery = "select count(%s(1000)) from generate_series(1, 20)"
)

var cellBenchmarks = []benchmark{
	{"cell_call_int8_us", "in the backend", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "ours_add_one", allProcessors))},
	{"cell_call_int8_plperl_us", "PL/Perl", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "plperl_add_one", allProcessors))},
	{"cell_call_int8_plpython_us", "PL/Python", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "plpython_add_one", allProcessors))},
	{"cell_call_int8_one_us", "in the backend", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "ours_add_one", oneProcessor))},
	{"cell_call_int8_one_plperl_us", "PL/Perl", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "plperl_add_one", oneProcessor))},
	{"cell_call_int8_one_plpython_us", "PL/Python", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "plpython_add_one", oneProcessor))},
	{"cell_call_int8_busy_us", "in the backend", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "ours_add_one", oneBusy))},
	{"cell_call_int8_busy_plperl_us", "PL/Perl", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "plperl_add_one", oneBusy))},
	{"cell_call_int8_busy_plpython_us", "PL/Python", "us", 1, perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "plpython_add_one", oneBusy))},
	{"cell_call_int8_turns_us", "bare turns, watching", "us", 1, cellTurns("watch", allProcessors)},
	{"cell_call_int8_one_yields_us", "bare turns, yielding", "us", 1, cellTurns("yield", oneProcessor)},
	{"cell_call_int8_one_sleeps_us", "bare turns, sleeping", "us", 1, cellTurns("sleep", oneProcessor)},
	{"cell_call_text_1k_us", "in the backend", "us", 1, perCall(cellCalls, cells(cellTextQuery, "ours_echo", "ours_echo", allProcessors))},
	{"cell_rows", "in the backend", "ms", 1, cells(cellRowsQuery, "ours_rows", "ours_rows", allProcessors)},
	{"cell_set_1m", "in the backend", "ms", 1, cells(seriesQuery, "ours_series", "ours_series", allProcessors)},
	{"cell_loop", "in the backend", "ms", 1, cells("select %s(300000000)", "ours_loop", "ours_loop", allProcessors)},
	{"cell_start_ms", "in the backend", "ms", 5, cellStarts},
	{"cell_rss_kb", "a world in the backend", "kB", 1, cellResidents},
	{"cell_death_ms", "a death in the backend", "ms", 5, cellDeaths},
}

// cellPeers are functions that only these compare with.
const cellPeers = `
create extension if not exists plperl; create extension if not exists plpython3u;
create or replace function plperl_add_one(n bigint) returns bigint language plperl strict as 'return $_[0] + 1;';
create or replace function plpython_add_one(n bigint) returns bigint language plpython3u strict as 'return n + 1';
`

// inCells opens a session whose Go code runs in cells, or in the backend.
func (l *lab) inCells(ctx context.Context, where string) (*pgx.Conn, error) {
	s, err := connect(ctx, l.cluster.Dir())
	if err != nil {
		return nil, err
	}
	if err := exec1(ctx, s, "load 'small'; set pgstd.isolation = "+where); err != nil {
		return nil, errors.Join(err, s.Close(ctx))
	}
	return s, nil
}

// Where a backend and its cell run: two processors let each watch for the other, one does not, and
// one of two may have other work.
func allProcessors(uint32) (undo func(), err error) { return func() {}, nil }

func oneProcessor(backend uint32) (undo func(), err error) {
	all, err := processors(backend)
	if err != nil {
		return nil, err
	}
	return func() {}, keep(int(backend), all[0])
}

// oneBusy leaves a backend its processors, and gives the last one other work, which is a session's
// of its own, as a terminal's or a service's is.
func oneBusy(backend uint32) (undo func(), err error) {
	all, err := processors(backend)
	if err != nil {
		return nil, err
	}
	other := exec.Command("sh", "-c", "while :; do :; done")
	other.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := other.Start(); err != nil {
		return nil, err
	}
	undo = func() { other.Process.Kill(); other.Wait() }
	if err := keep(other.Process.Pid, all[len(all)-1]); err != nil {
		undo()
		return nil, err
	}
	return undo, nil
}

// processors are those that a process may use.
func processors(pid uint32) (all []int, err error) {
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(int(pid), &set); err != nil {
		return nil, err
	}
	for cpu := range 1024 {
		if set.IsSet(cpu) {
			all = append(all, cpu)
		}
	}
	if all == nil {
		return nil, errors.New("a backend with no processor")
	}
	return all, nil
}

func keep(pid, cpu int) error {
	var one unix.CPUSet
	one.Set(cpu)
	return unix.SchedSetaffinity(pid, &one)
}

// cells times one query with a function in a cell, and with a peer's outside.
func cells(query, ours, peer string, place func(backend uint32) (undo func(), err error)) measure {
	return func(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
		if strings.HasPrefix(peer, "plp") {
			if err := exec1(ctx, l.session, cellPeers); err != nil {
				return 0, 0, err
			}
		}
		return paired(swap, "cell", "backend", func(where string) (float64, error) {
			s, err := l.inCells(ctx, where)
			if err != nil {
				return 0, err
			}
			defer s.Close(ctx)
			// A cell has the processors of its backend.
			undo, err := place(s.PgConn().PID())
			if err != nil {
				return 0, err
			}
			defer undo()
			function := peer
			if where == "cell" {
				function = ours
			}
			if err := exec1(ctx, s, fmt.Sprintf("select %s('1')", function)); err != nil {
				return 0, err
			}
			took, err := elapsed(func() error { return exec1(ctx, s, fmt.Sprintf(query, function)) })
			return milliseconds(took), err
		})
	}
}

// cellTurns times a call, and what it takes two processes to take turns and do nothing: no call can
// take less.
func cellTurns(how string, place func(backend uint32) (undo func(), err error)) measure {
	call := perCall(cellCalls, cells(cellInt8Query, "ours_add_one", "ours_add_one", place))
	return func(ctx context.Context, l *lab, swap bool) (ours, peer float64, err error) {
		if ours, _, err = call(ctx, l, swap); err != nil {
			return 0, 0, err
		}
		program := filepath.Join(l.dir, "out", "turns")
		if err := command(ctx, l.dir, "gcc", "-O2", "-o", program, filepath.Join("c", "turns.c")); err != nil {
			return 0, 0, err
		}
		out, err := exec.CommandContext(ctx, program, how, strconv.Itoa(cellCalls)).Output()
		if err != nil {
			return 0, 0, fmt.Errorf("bare turns: %w", err)
		}
		peer, err = strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		return ours, peer, err
	}
}

// cellStarts times the first call of a session less a later one.
func cellStarts(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	return paired(swap, "cell", "backend", func(where string) (float64, error) {
		s, err := l.inCells(ctx, where)
		if err != nil {
			return 0, err
		}
		defer s.Close(ctx)
		var times [2]time.Duration
		for i := range times {
			if times[i], err = elapsed(func() error { return exec1(ctx, s, "select ours_add_one('1')") }); err != nil {
				return 0, err
			}
		}
		return milliseconds(times[0] - times[1]), nil
	})
}

// cellResidents is what a cell has in memory that it shares with nobody but its backend, and by
// how much a backend grows.
func cellResidents(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	return paired(swap, "cell", "backend", func(where string) (float64, error) {
		s, err := l.inCells(ctx, where)
		if err != nil {
			return 0, err
		}
		defer s.Close(ctx)
		before, err := resident(s.PgConn().PID())
		if err != nil {
			return 0, err
		}
		if err := exec1(ctx, s, "select ours_add_one('1')"); err != nil {
			return 0, err
		}
		if where == "backend" {
			after, err := resident(s.PgConn().PID())
			return after - before, err
		}
		pid, err := cellOf(s.PgConn().PID())
		if err != nil {
			return 0, err
		}
		kb, err := cluster.OwnMemory(pid)
		return float64(kb), err
	})
}

func cellOf(backend uint32) (int, error) {
	name := filepath.Join("/proc", strconv.Itoa(int(backend)), "task", strconv.Itoa(int(backend)), "children")
	children, err := os.ReadFile(name)
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(children))
	if len(fields) != 1 {
		return 0, fmt.Errorf("%s: want a cell, and nothing else: %q", name, children)
	}
	return strconv.Atoi(fields[0])
}

// cellDeaths times the call that finds out that its world is gone, and the next.
func cellDeaths(ctx context.Context, l *lab, swap bool) (float64, float64, error) {
	return paired(swap, "cell", "backend", func(where string) (float64, error) {
		s, err := l.inCells(ctx, where)
		if err != nil {
			return 0, err
		}
		defer s.Close(ctx)
		call, dying := "select ours_loop(1)", "select ours_loop(1)"
		if where == "backend" {
			dying = "select ours_die(1)"
		}
		if err := exec1(ctx, s, call); err != nil {
			return 0, err
		}
		if where == "cell" {
			pid, err := cellOf(s.PgConn().PID())
			if err != nil {
				return 0, err
			}
			if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
				return 0, err
			}
		}
		took, err := elapsed(func() error {
			if err := exec1(ctx, s, dying); err == nil {
				return errors.New("nothing has died")
			}
			return exec1(ctx, s, call)
		})
		return milliseconds(took), err
	})
}
