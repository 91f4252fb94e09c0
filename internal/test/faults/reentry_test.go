package faults

import (
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// Two extensions call each other through SQL, with roles, triggers, loops and
// deaths on the way. Each has variables of its own, for each role.
func TestReentry(t *testing.T) {
	server := startSQL(t)
	s := server.connect(t)
	s.second()
	s.must(`
		create table triggered (n bigint);
		create function on_insert() returns trigger language plpgsql as $$
			begin new.n = new.n + counted('select tally()'); return new; end $$;
		create trigger t before insert on triggered for each row execute function on_insert();
		create function looped(query text) returns bigint language plpgsql as $$
			declare r record; total bigint = 0;
			begin for r in execute query loop total = total + counted('select b_query(''select tally()'')') * r.n; end loop; return total; end $$`)

	t.Run("two extensions", func(t *testing.T) {
		s.t = t
		s.want("select query('select b_query(''select query(''''select b_query(''''''''select ''''''''''''''''end''''''''''''''''::text'''''''')'''')'')')", "end")
		s.want("select counted('select b_counted(''select counted(''''select b_tally()'''')'')')", "1")
		s.want("select counted('select b_counted(''select tally(), tally(), b_tally()'')')", "2")
		s.want("select b_tally(), b_tally()", "5", "6")
		s.want("select tally()", "6")
	})
	t.Run("roles", func(t *testing.T) {
		s.t = t
		before := s.tally()
		s.want("select counted('select as_visitor(''select tally()'')')", "0")
		s.want("select counted('select set_config(''role'', ''visitor'', true), tally()')", "0")
		s.want("select current_user", "postgres")
		s.want("select counted('set local role visitor'), current_user, tally()", "0", "visitor", "3")
		if after := s.tally(); after != before+4 {
			t.Errorf("tally %d after %d", after, before)
		}
		s.must("begin; set local role visitor")
		s.want("select counted('reset role'), current_user", "0", "postgres")
		s.must("rollback")
		s.want("select current_user", "postgres")
	})
	t.Run("triggers and loops", func(t *testing.T) {
		s.t = t
		// The statement's own count: counted and tally in each of two triggers.
		s.want("select counted('insert into triggered values (10), (20)')", "4")
		s.want("select sum(n) from triggered", "32")
		s.want("select looped('select counted(''select tally()'') as n from generate_series(1, 100)')", "100")
		s.want("select counted('select looped(''select 1::bigint as n, tally() from generate_series(1, 20)'')')", "60")
	})
	t.Run("deaths", func(t *testing.T) {
		s.t = t
		s.must("select tally(), b_tally()")
		before := s.tally()
		// Others die; the world that waits goes on.
		s.want("select try('select as_visitor(''select fault(''''exit_0'''')'')'), try('select b_fault(''exit_3'')'), try('select as_visitor(''select b_fault(''''stack_overflow_wide'''')'')')",
			external, external, depth)
		if after := s.tally(); after != before+1 {
			t.Errorf("tally %d after %d", after, before)
		}
		s.want("select b_tally()", "1")
		s.want("select as_visitor('select tally()')", "1")
		// It dies below another that waits, and goes on as a new one.
		s.want("select b_try('select try(''select fault(''''exit_3'''')'')')", external)
		s.want("select tally(), b_tally()", "1", "2")
		s.want("select b_try('select caught_query(''select fault(''''exit_3'''')'')'), b_tally()", "fine", "3")
		// The error of its death is swallowed below it: it is dead nevertheless.
		err := s.run("select query('select b_try(''select fault(''''goexit'''')'')')")
		if err == nil || err.Code != external || !strings.Contains(err.Message, "was ended by a failure") {
			t.Error(describe(err))
		}
		s.want("select tally(), b_tally()", "1", "4")
	})
	t.Run("panics", func(t *testing.T) {
		s.t = t
		s.must("select tally(), b_tally()")
		before := s.tally()
		// Each is an error to whoever has run the statement; nobody's world ends.
		s.want("select try($a$select fault('divide')$a$), query($a$select try($b$select fault('divide')$b$)$a$), query($a$select b_try($b$select fault('divide')$b$)$a$), b_query($a$select try($b$select fault('divide')$b$)$a$)",
			external, external, external, external)
		s.want("select caught_query($a$select fault('divide')$a$), query($a$select caught_query($b$select fault('divide')$b$)$a$)", external, external)
		err := s.run("select query($a$select b_query($b$select query($c$select fault('divide')$c$)$b$)$a$)")
		if err == nil || err.Code != external || !strings.Contains(err.Message, "divide by zero") || strings.Count(err.Where, "Go function query(text)") != 2 {
			t.Error(describe(err), err)
		}
		if after := s.tally(); after != before+1 {
			t.Errorf("tally %d after %d", after, before)
		}
	})
	t.Run("cancel below", func(t *testing.T) {
		s.t = t
		for _, call := range []string{"as_visitor('select fault(''loop'')')", "b_fault('sleep')", "b_query('select pg_sleep(100)')"} {
			err, after := s.endedIn(false, func() *pgconn.PgError {
				return s.within(40, "select insist('select "+strings.ReplaceAll(call, "'", "''")+"')")
			})
			if err == nil || err.Code != "57014" || after != 1 {
				t.Errorf("%s: %s, tally %d", call, describe(err), after)
			}
		}
		// The error can be caught below: then only what was running ends.
		s.must(`create function cancelled(query text) returns text language plpgsql as $$
			begin return public.query(query); exception when query_canceled then return 'cancelled'; end $$;
			create function b_cancelled(name text) returns text language plpgsql as $$
			begin return b_fault(name); exception when query_canceled then return 'cancelled'; end $$`)
		s.must("select b_tally(); begin; " + s.timeout(40))
		s.want("select query('select b_cancelled(''loop'')')", "cancelled")
		s.must("commit")
		s.want("select tally(), b_tally()", "2", "1")
	})
	t.Run("discard", func(t *testing.T) {
		s.t = t
		s.want("select try('discard all'), try('discard plans'), try('discard temp'), try('discard sequences')", "25001", "fine", "fine", "fine")
		s.want("select counted('discard plans'), counted('select counted(''discard plans'')')", "0", "1")
		s.must("discard all")
		s.must("select tally(); set pgstd.max_worlds = 1")
		s.want("select try('select b_tally()'), try('select as_visitor(''select 1'')'), try('select b_query(''select 1'')')", "53400", "53400", "53400")
		s.want("select b_tally()", "1")
		s.want("select tally()", "1")
		s.must("reset pgstd.max_worlds")
	})
	s.checkProcess()
}
