package faults

import (
	"fmt"
	"os"
	"strconv"
	"testing"
)

// A world that dies, again and again, leaves nothing behind.
func TestManyDeaths(t *testing.T) {
	server := start(t)
	s := server.connect(t)
	s.must(`create procedure die(times int) language plpgsql as $$
		declare kinds text[] = array['goroutine_nil', 'goroutine', 'exit_3', 'deadlock_many', 'wild_write', 'unlock', 'memory_slice', 'goexit'];
		begin
			for i in 1..times loop
				begin
					perform fault(kinds[i % 8 + 1]);
				exception when others then
					if tally() <> 1 then
						raise 'not a new world';
					end if;
				end;
				commit;
			end loop;
		end $$`)
	// Fault() and Tally() in turn: each death leaves a world that has been called.
	few, many := 1000, 10000
	if server.emulated {
		few, many = 100, 200 // each takes 50 times as long
	}
	s.must(fmt.Sprintf("call die(%d)", few))
	size := func() (resident, contexts int) {
		s.must("select tally()")
		contexts, _ = strconv.Atoi(s.one("select sum(total_bytes) from pg_backend_memory_contexts"))
		return s.kilobytes("VmRSS"), contexts
	}
	resident, contexts := size()
	s.must(fmt.Sprintf("call die(%d)", many))
	residentAfter, contextsAfter := size()
	if residentAfter > resident+1024 {
		t.Errorf("resident: %d kB, and %d kB after %d deaths", resident, residentAfter, many)
	}
	if contextsAfter > contexts+64<<10 {
		t.Errorf("memory contexts: %d bytes, and %d bytes after %d deaths", contexts, contextsAfter, many)
	}
	s.want("select count(*) from pg_backend_memory_contexts where name = 'pgstd world'", "1")
	s.checkProcess()
}

// A world that outlives panics, again and again, keeps nothing of them.
func TestManyPanics(t *testing.T) {
	server := start(t)
	s := server.connect(t)
	s.must(`create function panic(times int) returns bigint language plpgsql as $$
		declare kinds text[] = array['nil_read', 'panic_custom', 'panic_in_defer', 'panic_error_method', 'index', 'repanic', 'panic_after_recover', 'panic_wrapped_few'];
		begin
			for i in 1..times loop
				begin
					perform fault(kinds[i % 8 + 1]);
					raise 'no panic';
				exception when external_routine_exception then
				end;
			end loop;
			return tally();
		end $$`)
	few, many := 400, 2000
	if server.emulated {
		few, many = 40, 80
	}
	memory := func(calls int, want string) int {
		s.want(fmt.Sprintf("select panic(%d)", calls), want)
		n, _ := strconv.Atoi(s.one("select sum(total_bytes) from pg_backend_memory_contexts"))
		return n
	}
	before := memory(few, "1")
	if after := memory(many, "2"); after > before+512<<10 {
		t.Errorf("memory contexts: %d bytes, and %d bytes after %d panics", before, after, many)
	}
	s.checkProcess()
}

// one is value for queries that succeed.
func (s *session) one(sql string) string {
	s.t.Helper()
	v, err := s.value(sql)
	if err != nil {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// A world that had a large heap and a large stack gives both back.
func TestLargeDeaths(t *testing.T) {
	server := start(t)
	if server.emulated {
		t.Skip("the memory of an emulator's process says nothing about the program in it")
	}
	s := server.connect(t)
	s.must("select tally()")
	before := s.kilobytes("VmRSS")
	for _, name := range []string{"memory_no_gc", "stack_overflow", "memory_growth", "memory_goroutines"} {
		for range 3 {
			if err := s.run("select fault('" + name + "')"); err == nil {
				t.Fatalf("%s: no error", name)
			}
		}
		s.must("select tally()")
		after := s.kilobytes("VmRSS")
		if after > before+4096 {
			t.Errorf("%s: resident size %d kB, was %d kB", name, after, before)
		}
	}
}

// What a world has left that has died is kept for its next run, without anything in it, and for no
// other world; only one in a session keeps something.
func TestKeptMemory(t *testing.T) {
	server := start(t)
	s := server.connect(t)
	worlds := func(want string) {
		t.Helper()
		if os.Getenv("PGSTD_ISOLATION") == "cell" {
			return // what is in a cell goes with it
		}
		s.want("select count(*) from pg_backend_memory_contexts where name = 'pgstd world'", want)
	}
	dies := func(sql string) {
		t.Helper()
		if s.run(sql) == nil {
			t.Errorf("%s: no error", sql)
		}
	}
	// Less than what is kept, and more; more than the first block of arenas.
	for _, kilobytes := range []int{16, 400, 900, 2000, 8000, 100_000, 400} {
		dies(fmt.Sprintf("select soil(%d)", kilobytes))
		worlds("1")
		s.want(fmt.Sprintf("select dirt(%d)", max(kilobytes, 4000)), "0")
		worlds("1")
	}
	s.must("create role other; grant usage on schema public to other")
	dies("select soil(400)")
	s.must("set role other")
	s.want("select dirt(4000)", "0")
	s.want("select tally()", "1")
	dies("select soil(400)")
	s.must("reset role")
	s.want("select dirt(4000)", "0")
	worlds("1")
	dies("select soil(400)")
	for _, name := range []string{"initexit", "initnil", "initpanic"} {
		dies("select " + name + "()")
		worlds("1")
	}
	s.want("select dirt(4000)", "0")
	s.checkProcess()
}
