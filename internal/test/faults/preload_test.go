package faults

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// A module that the server has loaded before it forked works in every child.
func TestPreload(t *testing.T) {
	server := start(t, "shared_preload_libraries=faults")
	if _, err := server.Query(t.Context(), placesSetup); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 4 {
		s := server.connect(t)
		wg.Go(func() {
			for i, kind := range kinds {
				s.want("select work('"+kind+"'), tally()", "1", strconv.Itoa(i+1))
			}
			for _, name := range []string{"exit_0", "goroutine", "timer", "memory_no_gc", "stack_overflow_wide"} {
				if err := s.run("select fault('" + name + "')"); err == nil || err.Code == internal {
					s.t.Errorf("%s: %s", name, describe(err))
				}
				s.want("select tally()", "1")
			}
			if err := s.within(50, "select fault('loop')"); err == nil || err.Code != "57014" {
				s.t.Error(describe(err))
			}
			s.want("select tally()", "1")
			s.checkProcess()
		})
	}
	wg.Wait()
	parallelWork(t, server)
}

func TestParallelWorkers(t *testing.T) {
	server := start(t)
	if _, err := server.Query(t.Context(), placesSetup); err != nil {
		t.Fatal(err)
	}
	parallelWork(t, server)
}

// parallelWork has workers use goroutines, timers and the collector, while the
// leader has a world of its own.
func parallelWork(t *testing.T, server *server) {
	t.Helper()
	s := server.connect(t)
	s.must("select tally(); alter function work(text) cost 100000")
	s.must(parallel)
	for _, leader := range []string{"off", "on"} {
		s.must("set parallel_leader_participation = " + leader)
		for _, kind := range kinds {
			query := "select count(*), sum(work(case when filler <> '' then '" + kind + "' else '" + kind + "' end)) from wide"
			if plan := s.one("explain (format json) " + query); !strings.Contains(plan, "Workers Planned") {
				t.Fatalf("no workers: %s", plan)
			}
			s.want(query, "201", "201")
		}
	}
	if s.tally() != 2 {
		t.Error("the leader's world has not survived")
	}
	s.checkProcess()
}

// Many files are many objects, also in one process.
func TestManyObjects(t *testing.T) {
	server := start(t)
	s := server.connect(t)
	const objects = 1000
	for n := range objects {
		module := server.copySmallModule(t, n)
		s.must(fmt.Sprintf("create function object_%d() returns bigint language c as '%s', 'pgstd_fn_small'", n, module))
	}
	s.must("set pgstd.max_worlds = 2000")
	for round := range 3 {
		for n := range objects {
			s.want(fmt.Sprintf("select object_%d()", n), strconv.Itoa(round+1))
		}
	}
	s.checkProcess()
}

// Many sessions use many objects at once.
func TestManySessions(t *testing.T) {
	const sessions, objects = 12, 5
	server := start(t)
	setup := server.connect(t)
	for n := range objects {
		module := server.copyModule(t, n)
		setup.must(fmt.Sprintf("create function work_%d(text) returns bigint language c as '%s', 'pgstd_fn_work'", n, module))
		setup.must(fmt.Sprintf("create function fault_%d(text) returns text language c as '%s', 'pgstd_fn_fault'", n, module))
	}
	var wg sync.WaitGroup
	for range sessions {
		s := server.connect(t)
		wg.Go(func() {
			for _, kind := range []string{"deep", "tiny", "heap"} {
				for n := range objects {
					s.want(fmt.Sprintf("select work_%d('%s')", n, kind), "1")
					if err := s.run(fmt.Sprintf("select fault_%d('nil_read')", n)); err == nil || err.Message != nilPointer {
						s.t.Error(describe(err))
					}
				}
			}
			s.checkProcess()
		})
	}
	wg.Wait()
}
