package plgotest

import (
	"fmt"
	"testing"
)

// TestCellCalls has calls of all kinds in cells, whatever the server's setting is.
func TestCellCalls(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "cell_calls")
	c := connect(t, s, "cell_calls")
	c.exec("set pgstd.isolation = cell")
	c.exec(`create role cell_alice; create role cell_bob; grant create on schema public to cell_alice, cell_bob;
		create table t (n int, xid xid8 default pg_current_xact_id()); grant all on t to public`)

	t.Run("roles", func(t *testing.T) {
		// Each calls the next by SQL, and the last one the first: Go on top of Go, in cells of three roles.
		const descend = `create function %[1]s(depth int) returns text language plgo strict security definer as $$
			if depth == 0 {
				return "", &pg.Error{Code: "22023", Message: "the bottom"}
			}
			var role, below string
			if err := pg.QueryRow("select current_user::text").Scan(&role); err != nil {
				return "", err
			}
			err := pg.Subtransaction(func() error { return pg.QueryRow("select %[2]s($1)", depth-1).Scan(&below) })
			if err != nil {
				below = err.Error()
			}
			return role + " " + below
		$$`
		for _, f := range [][3]string{{"cell_alice", "as_alice", "as_bob"}, {"cell_bob", "as_bob", "as_owner"}, {"postgres", "as_owner", "as_alice"}} {
			c.exec("set role " + f[0] + "; set check_function_bodies = off; " + fmt.Sprintf(descend, f[1], f[2]) + "; reset role; reset check_function_bodies")
		}
		c.want("select as_alice(7)", "cell_alice cell_bob postgres cell_alice cell_bob postgres cell_alice the bottom")
		if cells := cellsOf(t, c.pid()); len(cells) != 3 {
			t.Errorf("three roles have the cells %v", cells)
		}
		c.want("select count(distinct pid)::text from pgstd.worlds where isolation = 'cell'", "3")
	})

	t.Run("death of one role's cell", func(t *testing.T) {
		c.exec("set role cell_bob")
		c.exec("create function dies() returns int language plgo security definer as $$ go func() { panic(\"over\") }(); select {} $$")
		c.exec("reset role")
		c.exec(`create function count_on() returns text language plgo as $$
			var ( calls int )
			calls++
			err := pg.Subtransaction(func() error { _, err := pg.Exec("select dies()"); return err })
			return fmt.Sprint(calls, " ", err != nil)
		$$`)
		c.want("select count_on()", "1 true")
		c.want("select as_alice(2)", "cell_alice cell_bob the bottom")
	})

	t.Run("COMMIT", func(t *testing.T) {
		c.exec(`create procedure fill(n int) language plgo as $$
			rows := 0
			for row, err := range pg.Query("select generate_series(1, $1::int)", *n) {
				if err != nil {
					return err
				}
				var i int
				if err := row.Scan(&i); err != nil {
					return err
				}
				if _, err := pg.Exec("insert into t values ($1)", i); err != nil {
					return err
				}
				end := pg.Commit
				if rows++; rows%3 == 0 {
					end = pg.Rollback
				}
				if err := end(); err != nil {
					return err
				}
			}
		$$`)
		c.exec("call fill(9)")
		c.want("select string_agg(n::text, ' ' order by n) || ', ' || count(distinct xid) from t", "1 2 4 5 7 8, 6")
	})

	t.Run("cursors", func(t *testing.T) {
		c.exec("create function numbers(n int) returns setof int language plgo strict as $$ return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } } $$")
		c.exec("begin; declare held cursor with hold for select numbers(5000); declare other scroll cursor for select * from numbers(10) n")
		c.want("fetch 1 from held", "0")
		c.want("fetch last from other", "9")
		c.want("fetch first from other", "0")
		c.want("select count(*)::text from numbers(3)", "3")
		c.exec("commit")
		c.exec("move 4998 in held")
		c.want("fetch 1 from held", "4999")
		c.exec("close held")
	})

	t.Run("DO", func(t *testing.T) {
		c.exec("truncate t")
		c.exec("do language plgo $$ for i := range 3 { if _, err := pg.Exec(\"insert into t values ($1)\", i); err != nil { return err }; if err := pg.Commit(); err != nil { return err } } $$")
		c.want("select count(distinct xid)::text from t", "3")
		c.fails("do language plgo $$ return &pg.Error{Code: \"22023\", Message: \"no\"} $$", "22023")
	})

	t.Run("parallel workers", func(t *testing.T) {
		c.exec(`create table p as select i as n from generate_series(1, 20000) i; analyze p;
			create function worker(n int) returns text language plgo parallel safe strict as $$
				var leader *int32
				var where string
				err := pg.QueryRow("select leader_pid, current_setting('pgstd.isolation') from pg_stat_activity where pid = pg_backend_pid()").Scan(&leader, &where)
				if err != nil {
					return "", err
				}
				return fmt.Sprint(where, " ", leader != nil)
			$$;
			create function sevens(n int) returns bool language plgo parallel safe immutable strict as $$ return n%7 == 0 $$;
			set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;
			set max_parallel_workers_per_gather = 2; set parallel_leader_participation = off`)
		c.want("select count(*)::text from p where sevens(n)", "2857")
		c.want("select count(*)::text from p where n % 1000 = 0 and worker(n) = 'cell true'", "20")
	})

	cells := cellsOf(t, c.pid())
	if err := c.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, pid := range cells {
		goes(t, pid)
	}
}
