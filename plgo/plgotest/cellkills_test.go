package plgotest

import (
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

const cellKillFunctions = `create role cellkills_other;
	grant create on schema public to cellkills_other;
	create function count_calls() returns int language plgo as $$ var ( calls int )
		calls++
		return calls $$;
	create function forever() returns int language plgo as $$ for {} $$;
	create function waits(sql text) returns int language plgo strict as $$ _, err := pg.Exec(sql); return 1, err $$;
	create function tries(sql text) returns text language plgo strict as $$
		err := pg.Subtransaction(func() error { _, err := pg.Exec(sql); return err })
		return fmt.Sprint(err) $$;
	create function numbers(n int) returns setof int language plgo strict as $$ return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } } $$;
	create function checks() returns int language plgo as $$ return 1, pg.BeforeCommit(func() error { return nil }) $$;
	set role cellkills_other;
	create function others() returns int language plgo security definer as $$ for {} $$;
	reset role`

func sqlstate(err error) string {
	var e *pgconn.PgError
	if errors.As(err, &e) {
		return e.Code
	}
	return fmt.Sprint(err)
}

// TestCellKills: whatever a session is at when one of its cells ends or is stopped from outside, one
// error says so, and the session goes on.
func TestCellKills(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "cellkills")
	watcher := connect(t, s, "cellkills")
	watcher.exec(cellKillFunctions)
	session := func(t *testing.T) *conn {
		c := connect(t, s, "cellkills")
		c.t = t
		c.exec("set pgstd.isolation = cell")
		c.want("select count_calls()", "1")
		return c
	}
	signal := func(t *testing.T, pid int, signal syscall.Signal) {
		t.Helper()
		if err := syscall.Kill(pid, signal); err != nil {
			t.Fatal(err)
		}
		if signal == syscall.SIGKILL {
			goes(t, pid)
		}
	}
	active := func(c *conn, query string) {
		watcher.until(fmt.Sprintf("select state = 'active' and query = '%s' from pg_stat_activity where pid = %s", query, c.pid()))
	}

	t.Run("stopped, and then cancelled", func(t *testing.T) {
		c := session(t)
		done := c.begin("select forever()")
		active(c, "select forever()")
		// The statement is active before it is in the cell, which nothing is wanted of until then.
		is(t, cellOf(t, c.pid()), "R")
		signal(t, cellOf(t, c.pid()), syscall.SIGSTOP)
		watcher.want("select pg_cancel_backend("+c.pid()+")::text", "true")
		if code := sqlstate(<-done); code != "57014" {
			t.Errorf("a cancel: %s", code)
		}
		c.want("select count_calls()", "1")
	})

	t.Run("stopped while idle", func(t *testing.T) {
		c := session(t)
		c.exec("begin")
		signal(t, cellOf(t, c.pid()), syscall.SIGSTOP)
		c.exec("set local statement_timeout = '300ms'")
		c.fails("select count_calls()", "57014")
		c.exec("rollback")
		c.want("select count_calls()", "1")
	})

	t.Run("while another cell is on top", func(t *testing.T) {
		c := session(t)
		for top := range 2 {
			const query = "select waits('select others()')"
			c.want("select waits('')", "1")
			done := c.begin(query)
			var cells []int
			for len(cells) < 2 {
				cells = cellsOf(t, c.pid())
			}
			active(c, "select waits(''select others()'')")
			// The list of children is in the order in which they came.
			signal(t, cells[top], syscall.SIGKILL)
			if top == 0 {
				// The one on top does not know, and goes on.
				watcher.want("select pg_cancel_backend("+c.pid()+")::text", "true")
			}
			if code := sqlstate(<-done); code != []string{"57014", "58000"}[top] {
				t.Errorf("cell %d of two was killed: %s", top, code)
			}
			c.want("select (count_calls() > 0)::text", "true")
			c.exec("select pgstd.discard_worlds()")
		}
	})

	t.Run("with a set that is read", func(t *testing.T) {
		c := session(t)
		c.exec("begin; declare c cursor for select numbers(100000)")
		c.want("fetch 1 from c", "0")
		signal(t, cellOf(t, c.pid()), syscall.SIGKILL)
		c.fails("move 50000 in c", "58000")
		c.exec("rollback")
		c.want("select count(*)::text from numbers(3)", "3")
	})

	t.Run("caught", func(t *testing.T) {
		c := session(t)
		c.exec("begin")
		signal(t, cellOf(t, c.pid()), syscall.SIGKILL)
		c.exec("do $$ begin perform count_calls(); exception when system_error then null; end $$")
		c.want("select count_calls()", "1")
		c.exec("commit")
	})

	t.Run("before it is asked for a commit", func(t *testing.T) {
		c := session(t)
		c.exec("begin")
		c.want("select checks()", "1")
		signal(t, cellOf(t, c.pid()), syscall.SIGKILL)
		c.fails("commit", "58000")
		c.want("select count_calls()", "1")
	})

	t.Run("between rows", func(t *testing.T) {
		c := session(t)
		pid := cellOf(t, c.pid())
		c.exec("create extension if not exists plpgsql")
		c.exec(fmt.Sprintf("create table pids as select %d as pid", pid))
		c.exec("begin; declare c cursor for select count_calls() from generate_series(1, 10)")
		c.want("fetch 1 from c", "2")
		signal(t, pid, syscall.SIGKILL)
		c.fails("fetch 1 from c", "58000")
		c.exec("rollback")
	})

	t.Run("worlds are discarded from inside", func(t *testing.T) {
		c := session(t)
		c.want("select tries('select pgstd.discard_worlds()')", "<nil>")
		// On a base, what is in the middle of a call is the world of all.
		c.want("select count_calls()", map[bool]string{false: "1", true: "2"}[sharesBase])
	})

	t.Run("the setting changes inside", func(t *testing.T) {
		c := session(t)
		c.want("select tries('set pgstd.isolation = backend')", "<nil>")
		c.want("select tries('select count_calls()')", "<nil>")
		c.want("select count_calls()", "2")
		c.exec("set pgstd.isolation = cell")
		c.want("select count_calls()", "2")
	})

	t.Run("many roles", func(t *testing.T) {
		c := session(t)
		const roles = 12
		for i := range roles {
			name := fmt.Sprintf("\"cell %d: ä\t%%s(\"", i)
			c.exec("create role " + name + "; set role " + name)
			c.want("select count_calls()", "1")
			c.exec("reset role")
		}
		cells := cellsOf(t, c.pid())
		if len(cells) != roles+1 {
			t.Errorf("%d cells", len(cells))
		}
		for _, pid := range cells {
			signal(t, pid, syscall.SIGKILL)
		}
		for i := range roles {
			c.exec(fmt.Sprintf("set role \"cell %d: ä\t%%s(\"", i))
			c.fails("select count_calls()", "58000")
			c.want("select count_calls()", "1")
			c.exec(fmt.Sprintf("reset role; drop role \"cell %d: ä\t%%s(\"", i))
		}
		c.want("select count(*)::text from pgstd.worlds where pid is null", "0")
	})
}
