package plgotest

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// inCells is a session in a database of a test's, whose functions run on a base in cells.
func inCells(t *testing.T, s *Server, name string) *conn {
	t.Helper()
	baseDatabase(t, s, name)
	c := connect(t, s, name)
	c.exec("set pgstd.isolation = cell")
	return c
}

// wantWorlds compares the worlds of a session: where each is, of what kind, and whose functions and for whom.
func wantWorlds(c *conn, want string) {
	c.t.Helper()
	c.want(`select string_agg(concat_ws(' ', isolation, case when module like 'plgo base %' then 'base' else module end, owner, role), ', '
		order by isolation, owner::text, role::text) from pgstd.worlds`, want)
}

// TestCellOnBase: functions of all kinds run as modules of one world, in one process, which has all of them again when it has died.
func TestCellOnBase(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	c := inCells(t, s, "cell_base")
	c.exec(`
		create function counts() returns bigint language plgo as $$ var ( n int64 ); n++; return n $$;
		create function upper_of(s text) returns text language plgo as $$ return strings.ToUpper(s) $$;
		create function rows_of(n int) returns setof text language plgo as $$ return func(yield func(string) bool) { for i := range n { if !yield(fmt.Sprint("row ", i)) { return } } } $$;
		create function array_of(a int[]) returns int[] language plgo as $$ slices.Sort(a); return a $$;
		create type pair as (a int, b text);
		create function pair_of(p pair) returns pair language plgo as $$ p.A, p.B = p.A+1, p.B+"!"; return p $$;
		create function asks(n bigint) returns text language plgo as $$ var r string; err := pg.QueryRow("select upper_of('x' || counts() || $1)", n).Scan(&r); return r, err $$;
		create function back(n int) returns int language plgo as $$
			if n == 0 { return 0 }
			var r int32
			err := pg.QueryRow("select back($1)", n-1).Scan(&r)
			return r + 1, err $$;
		create function fails() returns int language plgo as $$ return 0, errors.New("as it should") $$;
		create function panics() returns int language plgo as $$ var a []int32; return a[len(a)] $$;
		create function exits() returns int language plgo as $$ os.Exit(3); return 1 $$;
		create function overflows() returns int language plgo as $$ var f func(n int32) int32; f = func(n int32) int32 { return f(n+1) + 1 }; return f(0) $$;
		create function grows() returns int language plgo as $$ var all [][]byte; for { all = append(all, bytes.Repeat([]byte{1}, 1<<20)) } $$;
		create function spins() returns int language plgo as $$ for {} $$;
		create table t (n int, s text);
		create function on_t() returns trigger language plgo as $$ return t.New.Set("s", "of "+t.Table) $$;
		create trigger on_t before insert on t for each row execute function on_t()`)
	all := func(n int) {
		t.Helper()
		c.want("select counts()::text", strconv.Itoa(n))
		c.want("select upper_of('grün')", "GRÜN")
		c.want("select string_agg(r, ', ') from rows_of(3) r", "row 0, row 1, row 2")
		c.want("select (select string_agg(r, ', ') from (select rows_of(2) as r) x)", "row 0, row 1")
		c.want("select array_of('{3,1,2}')::text", "{1,2,3}")
		c.want("select pair_of(row(1, 'b'))::text", "(2,b!)")
		c.want("select asks(7)", fmt.Sprintf("X%d7", n+1))
		c.want("select back(5)::text", "5")
		c.want("insert into t values (1) returning s", "of t")
		c.fails("select fails()", "38000")
		c.fails("select panics()", "38000")
	}
	all(1)
	wantWorlds(c, "cell base postgres postgres")
	c.want("select bool_and(targets = '{linux-postgres-amd64+base}')::text from plgo.functions", "true")
	pid := cellOf(t, c.pid())
	if cells := cellsOf(t, c.pid()); len(cells) != 1 {
		t.Fatalf("the session has the cells %v", cells)
	}
	all(3)
	if cellOf(t, c.pid()) != pid {
		t.Error("an error that is returned, or a panic, has ended the cell")
	}
	for _, death := range []struct{ call, code string }{
		{"select exits()", "38000"},
		{"select overflows()", "54001"},
		{"set pgstd.max_memory = '64MB'; select grows()", "53200"},
		{"set pgstd.max_memory = '256MB'; set statement_timeout = 200; select spins()", "57014"},
	} {
		c.fails(death.call, death.code)
		c.exec("reset statement_timeout")
		all(1)
	}
	c.exec("reset pgstd.max_memory")
	for range 3 {
		pid = cellOf(t, c.pid())
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		goes(t, pid)
		c.fails("select counts()", "58000")
		all(1)
	}
}

// TestCellBaseChanges: functions of a world in a cell are replaced and dropped, while others of it go on.
func TestCellBaseChanges(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	c := inCells(t, s, "cell_base_changes")
	c.exec(`create function counts() returns bigint language plgo as $$ var ( n int64 ); n++; return n $$;
		create function f(n int) returns int language plgo as $$ return n + 1 $$;
		create function many() returns setof int language plgo as $$ return func(yield func(int32) bool) { for i := range int32(3) { if !yield(i) { return } } } $$`)
	c.want("select counts()::text || f(1)", "12")
	pid := cellOf(t, c.pid())
	c.exec("create or replace function f(n int) returns int language plgo as $$ return n + 2 $$")
	c.want("select counts()::text || f(1)", "23")
	// Of other types: what was made for the first one is of no use.
	c.exec("drop function f(int); create function f(n text) returns text language plgo as $$ return n + \"!\" $$")
	c.want("select counts()::text || f('a')", "3a!")
	c.exec("begin; declare d cursor for select many()")
	c.want("fetch d", "0")
	c.exec("create or replace function many() returns setof int language plgo as $$ return []int32{42} $$")
	c.want("fetch d", "1")
	c.exec("commit")
	c.want("select many()::text", "42")
	c.exec("drop function many()")
	c.want("select counts()::text", "4")
	// What is compiled anew is the same.
	c.exec("set client_min_messages = warning; select plgo.recompile_all()")
	c.want("select counts()::text || f('a')", "5a!")
	if again := cellOf(t, c.pid()); again != pid {
		t.Errorf("cell %d has become %d", pid, again)
	}
	// What a session has in the backend and in a cell are two worlds of the same modules.
	c.exec("set pgstd.isolation = backend")
	c.want("select counts()::text || f('a')", "1a!")
	wantWorlds(c, "backend base postgres postgres, cell base postgres postgres")
	c.exec("set pgstd.isolation = cell")
	c.want("select counts()::text || f('b')", "6b!")
	c.exec("create function later() returns int language plgo as $$ return 1 $$")
	c.exec("begin; set local pgstd.isolation = backend")
	c.want("select later()::text || counts()", "12")
	c.exec("rollback")
	c.want("select later()::text || counts()", "17")
	// Its row is another one, and its module is loaded anew.
	c.exec("alter function counts() set pgstd.isolation = backend")
	c.want("select counts()::text || later()", "11")
}

// TestCellBaseOwners: functions of two owners have two worlds, and two roles two processes.
func TestCellBaseOwners(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	c := inCells(t, s, "cell_base_owners")
	c.exec(`create role cell_base_a; create role cell_base_b; grant create, usage on schema public to cell_base_a, cell_base_b;
		create function of_a() returns text language plgo as $$ var ( n int ); n++; slog.SetDefault(slog.Default().With("a", n)); return fmt.Sprint("a", n) $$;
		create function also_of_a() returns text language plgo as $$ var ( n int ); n++; return fmt.Sprint("aa", n) $$;
		create function of_b() returns text language plgo as $$ var ( n int ); n++; return fmt.Sprint("b", n) $$;
		alter function of_a() owner to cell_base_a; alter function also_of_a() owner to cell_base_a; alter function of_b() owner to cell_base_b`)
	const call = "select concat_ws(' ', of_a(), also_of_a(), of_b())"
	c.want(call, "a1 aa1 b1")
	c.exec("set role cell_base_a")
	c.want(call, "a1 aa1 b1")
	c.want(call, "a2 aa2 b2")
	c.exec("reset role")
	c.want(call, "a2 aa2 b2")
	wantWorlds(c, "cell base cell_base_a cell_base_a, cell base cell_base_a postgres, cell base cell_base_b cell_base_a, cell base cell_base_b postgres")
	c.want(`select count(distinct pid)::text || ' ' || count(distinct (role, pid))::text from pgstd.worlds`, "2 2")
	if cells := cellsOf(t, c.pid()); len(cells) != 2 {
		t.Errorf("two roles have the cells %v", cells)
	}
	// A call of one role's in that of another, in the same functions.
	c.exec(`create function passes(s text) returns text language plgo security definer as $$ var r string; err := pg.QueryRow("select of_a() || $1", s).Scan(&r); return r, err $$;
		alter function passes(text) owner to cell_base_b`)
	c.want("select of_a() || passes('x')", "a3a1x")
	c.exec("drop owned by cell_base_a, cell_base_b; drop role cell_base_a, cell_base_b")
}

// TestCellBaseMany: a session with some hundred functions has one cell.
func TestCellBaseMany(t *testing.T) {
	t.Parallel()
	const n = 300
	s := sharedServer(t)
	c := inCells(t, s, "cell_base_many")
	c.exec("set statement_timeout = 0; set check_function_bodies = off")
	var create, sum []string
	for i := range n {
		create = append(create, fmt.Sprintf("create function f%d() returns text language plgo as $$ var ( n int ); n++; return fmt.Sprint(%[1]d*n) $$", i))
		sum = append(sum, fmt.Sprintf("f%d()::int", i))
	}
	c.exec(strings.Join(create, ";"))
	c.exec("set client_min_messages = warning; select plgo.recompile_all()")
	c.want("select count(*)::text from plgo.functions where targets = '{linux-postgres-amd64+base}'", strconv.Itoa(n))
	call := "select (" + strings.Join(sum, "+") + ")::text"
	for times := 1; times <= 2; times++ {
		c.want(call, strconv.Itoa(times*n*(n-1)/2))
	}
	if cells := cellsOf(t, c.pid()); len(cells) != 1 {
		t.Errorf("%d functions have the cells %v", n, cells)
	}
	wantWorlds(c, "cell base postgres postgres")
}
