package faults

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// size is what a session's process holds: what it has in memory for itself in kB, and its
// memory contexts in bytes. What it shares, such as buffers and the heap of a world in a cell, is
// there to be used, and bounded.
func (s *session) size() (own, contexts int) {
	s.t.Helper()
	s.must("select tally()")
	contexts, _ = strconv.Atoi(s.one("select sum(total_bytes) from pg_backend_memory_contexts"))
	return s.kilobytes("RssAnon"), contexts
}

// Statements and calls leave nothing behind, however many there are.
func TestMemoryFlat(t *testing.T) {
	server := startSQL(t)
	setup := server.connect(t)
	setup.must(throughSetup)
	setup.must(`create procedure repeat(times int, call text) language plpgsql as $$
		begin for i in 1..times loop execute call; commit; end loop; end $$`)
	for _, c := range []struct {
		does, few, many string
	}{
		{"rows, in one call", "select stream(1000, 'select repeat(''x'', 1000)')", "select stream(100000, 'select repeat(''x'', 1000)')"},
		{"failures in subtransactions, in one call", "select churn(1000, 'select raises()')", "select churn(40000, 'select raises()')"},
		{"rows in subtransactions, in one call", "select churn(1000, 'select hundred(1)')", "select churn(40000, 'select hundred(1)')"},
		{"rows, in many calls", "call repeat(100, 'select stream(10, ''select 1'')')", "call repeat(20000, 'select stream(10, ''select 1'')')"},
		{"failures, in many calls", "call repeat(100, 'select try(''select raises()'')')", "call repeat(20000, 'select try(''select raises()'')')"},
		{"statements of many texts", "call repeat(1000, 'select try(format(''select %s'', random()))')", "call repeat(20000, 'select try(format(''select %s'', random()))')"},
		{"results, in one query", "select count(hundred(n)) from generate_series(1, 10000) n", "select count(hundred(n)) from generate_series(1, 1000000) n"},
		{"results, in many queries", "call repeat(1000, 'select hundred(1)')", "call repeat(300000, 'select hundred(1)')"},
		{"nested calls", "call repeat(10, 'select descend(20, ''descend'', ''none'')')", "call repeat(1000, 'select descend(20, ''descend'', ''none'')')"},
	} {
		t.Run(c.does, func(t *testing.T) {
			s := server.connect(t)
			s.must(c.few)
			// Go's heap grows to its first collection, caches grow with the first look.
			s.must("select sum(grab(256)) from generate_series(1, 100)")
			s.size()
			own, contexts := s.size()
			resident := s.kilobytes("VmRSS")
			s.must(c.many)
			ownAfter, contextsAfter := s.size()
			highest := s.kilobytes("VmHWM")
			if highest > resident+8<<10 {
				t.Errorf("resident: %d kB, %d kB at most", resident, highest)
			}
			if ownAfter > own+4<<10 {
				t.Errorf("memory of its own: %d kB, then %d kB", own, ownAfter)
			}
			if contextsAfter > contexts+1<<20 {
				t.Errorf("memory contexts: %d bytes, then %d bytes", contexts, contextsAfter)
			}
			s.checkProcess()
		})
	}
}

// Under whatever limit, a call gets its result or 53200, through the start of
// a world, allocations, and SQL.
func TestMemoryLimits(t *testing.T) {
	s := startSQL(t).connect(t)
	try := func(limit int, call, want string) {
		t.Helper()
		got, err := s.value("select " + call)
		if err == nil && got != want || err != nil && (err.Code != memory || !strings.Contains(err.Message, "out of memory")) {
			t.Errorf("%d kB: %s: got %q, %s", limit, call, got, describe(err))
		}
	}
	for limit := 16 << 10; limit <= 48<<10; limit += 1 << 10 {
		s.must(fmt.Sprintf("set pgstd.max_memory = %d", limit))
		// A new world.
		if err := s.run("select fault('exit_0')"); err == nil || err.Code != external && err.Code != memory {
			t.Errorf("%d kB: %s", limit, describe(err))
		}
		try(limit, "tally()", "1")
		for _, kilobytes := range []int{1 << 10, limit / 4, limit / 2, limit - 6<<10, limit - 3<<10, limit - 1<<10, limit} {
			try(limit, fmt.Sprintf("grab(%d)", kilobytes), strconv.Itoa(kilobytes/4))
		}
		try(limit, "query('select hundred(3)')", strings.Repeat("d", 100))
		try(limit, "descend(5, 'descend', 'none')", "5")
		try(limit, fmt.Sprintf("length(query('select repeat(''x'', %d)'))", limit<<10/3), strconv.Itoa(limit<<10/3))
		try(limit, "work('deep')", "1")
		try(limit, "work('tiny')", "1")
		try(limit, fmt.Sprintf("try('select grab(%d)')", limit-2<<10), "fine")
		s.checkProcess()
	}
	// In smaller steps where it becomes tight.
	s.must("set pgstd.max_memory = '16MB'")
	for kilobytes := 8 << 10; kilobytes <= 16<<10; kilobytes += 16 {
		try(16<<10, fmt.Sprintf("grab(%d)", kilobytes), strconv.Itoa(kilobytes/4))
		try(16<<10, "query('select hundred(3)')", strings.Repeat("d", 100))
	}
	s.checkProcess()
}

// What the runtime takes for something besides the heap, and gives back, is taken again.
func TestMemoryOfTheRuntime(t *testing.T) {
	s := startSQL(t).connect(t)
	s.must("select count(fault('trace')) from generate_series(1, 20)")
	s.size()
	_, before := s.size()
	s.must("select count(fault('trace')) from generate_series(1, 500)")
	// It comes in blocks of 4 MB.
	if _, after := s.size(); after > before+12<<20 {
		t.Errorf("memory contexts: %d bytes, then %d bytes", before, after)
	}
	s.checkProcess()
}
