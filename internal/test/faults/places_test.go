package faults

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A place is where in SQL a function is called that goes wrong.
type place struct {
	name string
	does string
	// Does it, and returns what the session was told. The session is out of any
	// transaction afterwards.
	run func(s *session, name string) *pgconn.PgError
	// Another process or role has called: the session's own world has seen nothing.
	other bool
}

// places make the objects that the places below refer to.
const placesSetup = `
create function same(text) returns text language sql immutable return fault($1);
create function caught(name text) returns text[] language plpgsql as $$
declare c text; m text; d text; x text;
begin
	perform fault(name);
	return null;
exception when others then
	get stacked diagnostics c = returned_sqlstate, m = message_text, d = pg_exception_detail, x = pg_exception_context;
	return array[c, m, d, x];
end $$;
create function caught_in_handler(name text) returns text[] language plpgsql as $$
begin
	perform 1 / 0;
exception when division_by_zero then
	return caught(name);
end $$;
create function on_insert() returns trigger language plpgsql as $$ begin perform fault(new.name); return new; end $$;
create function fault_definer(name text) returns text language plpgsql security definer as $$ begin return fault(name); end $$;
create role someone;
alter function fault_definer(text) owner to someone;
create procedure proc(name text) language plpgsql as $$ begin perform tally(); commit; perform fault(name); end $$;

create table plain(name text);
create table empty(name text);
create table checked(name text check (fault(name) <> ''));
create table generated(name text, result text generated always as (fault(name)) stored);
create table triggered(name text);
create trigger t before insert on triggered for each row execute function on_insert();
create table deferred(name text);
create constraint trigger t after insert on deferred deferrable initially deferred for each row execute function on_insert();
create table indexed(name text);
create index on indexed (fault(name));
create table defaulted(n int, result text default fault(current_setting('my.fault')));
create domain checked_text as text check (fault(value) <> '');
create table guarded(name text);
insert into guarded values ('none');
alter table guarded enable row level security;
create policy p on guarded using (fault(current_setting('my.fault')) <> '');
grant select on guarded to someone;
create table wide(name text, filler text);
insert into wide select 'none', repeat('x', 1000) from generate_series(1, 200);
insert into wide values ('first', '');
-- Worth a worker.
alter function fault(text) cost 100000;
`

var places = []place{
	{name: "query", does: "in a query", run: func(s *session, name string) *pgconn.PgError {
		return s.run("select fault('" + name + "')")
	}},
	{name: "where", does: "in WHERE", run: func(s *session, name string) *pgconn.PgError {
		return s.run("select from generate_series(1, 3) where fault('" + name + "') <> ''")
	}},
	{name: "sort", does: "as a sort key", run: func(s *session, name string) *pgconn.PgError {
		return s.run("select name from (values ('none'), ('none'), ('" + name + "'), ('none')) v(name) order by fault(name)")
	}},
	{name: "sql function", does: "in a function in SQL", run: func(s *session, name string) *pgconn.PgError {
		return s.run("select same('" + name + "')")
	}},
	{name: "execute", does: "in a prepared statement", run: func(s *session, name string) *pgconn.PgError {
		s.must("prepare p(text) as select fault($1); execute p('none')")
		defer s.run("deallocate p")
		return s.run("execute p('" + name + "')")
	}},
	{name: "extended protocol", does: "with a bound parameter", run: func(s *session, name string) *pgconn.PgError {
		var result string
		err := s.QueryRow(context.Background(), "select fault($1)", pgx.QueryExecModeCacheStatement, name).Scan(&result)
		return s.reported(err, "extended protocol")
	}},
	{name: "exception block", does: "in PL/pgSQL, caught", run: func(s *session, name string) *pgconn.PgError {
		return s.caught("caught('" + name + "')")
	}},
	{name: "exception handler", does: "in PL/pgSQL, caught while another error is handled", run: func(s *session, name string) *pgconn.PgError {
		return s.caught("caught_in_handler('" + name + "')")
	}},
	{name: "do", does: "in DO", run: func(s *session, name string) *pgconn.PgError {
		return s.run("do $$ begin perform fault('" + name + "'); end $$")
	}},
	{name: "procedure", does: "in a procedure, after its COMMIT", run: func(s *session, name string) *pgconn.PgError {
		return s.run("call proc('" + name + "')")
	}},
	{name: "savepoint", does: "after a savepoint", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; insert into plain values ('kept'); savepoint a")
		s.must("insert into plain values ('not kept'); savepoint b")
		err := s.run("select fault('" + name + "')")
		s.must("rollback to a")
		s.want("select string_agg(name, ',') from plain", "kept")
		s.must("rollback")
		return err
	}},
	{name: "transaction", does: "in a transaction", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; select tally()")
		err := s.run("select fault('" + name + "')")
		if err != nil {
			if again := s.run("select 1"); again == nil || again.Code != "25P02" {
				s.t.Errorf("the transaction goes on: %v", again)
			}
		}
		s.must("rollback")
		return err
	}},
	{name: "cursor", does: "in a cursor", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; declare c cursor for select fault(name) from (values ('none'), ('" + name + "'), ('none')) v(name)")
		s.want("fetch c", "survived")
		s.must("savepoint a")
		err := s.run("fetch c")
		s.must("rollback to a; rollback")
		return err
	}},
	{name: "held cursor", does: "while a cursor over another Go function is open", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; declare c cursor for select tally() from generate_series(1, 10); fetch c; savepoint a")
		err := s.run("select fault('" + name + "')")
		if err != nil {
			s.must("rollback to a")
			n, _ := strconv.Atoi(s.one("fetch c"))
			s.want("fetch c", strconv.Itoa(n+1))
		}
		s.must("rollback")
		return err
	}},
	{name: "index", does: "while an index over an expression is made", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; insert into empty values ('none'), ('" + name + "'); savepoint a")
		err := s.run("create index on empty (fault(name))")
		s.must("rollback to a; rollback")
		return err
	}},
	{name: "indexed", does: "in the expression of an index", run: inserts("indexed")},
	{name: "check", does: "in a CHECK constraint", run: inserts("checked")},
	{name: "generated", does: "in a generated column", run: inserts("generated")},
	{name: "trigger", does: "in a trigger in PL/pgSQL", run: inserts("triggered")},
	{name: "deferred trigger", does: "in a deferred trigger, at COMMIT", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; insert into deferred values ('none'), ('" + name + "')")
		return s.run("commit")
	}},
	{name: "copy", does: "in a CHECK constraint, by COPY", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin")
		_, err := s.PgConn().CopyFrom(context.Background(), strings.NewReader("none\n"+name+"\nnone\n"), "copy checked from stdin")
		s.must("rollback")
		return s.reported(err, "copy")
	}},
	{name: "domain", does: "in the CHECK of a domain", run: func(s *session, name string) *pgconn.PgError {
		return s.run("select cast('" + name + "' as checked_text)")
	}},
	{name: "default", does: "in a DEFAULT", run: func(s *session, name string) *pgconn.PgError {
		s.must("set my.fault = '" + name + "'")
		return s.run("insert into defaulted(n) values (1)")
	}},
	{name: "copy out", does: "by COPY TO", run: func(s *session, name string) *pgconn.PgError {
		_, err := s.PgConn().CopyTo(context.Background(), new(strings.Builder), "copy (select fault(n) from unnest(array['none','"+name+"']) n) to stdout")
		return s.reported(err, "copy")
	}},
	{name: "materialized view", does: "while a materialized view is made", run: func(s *session, name string) *pgconn.PgError {
		s.must("begin; savepoint a")
		err := s.run("create materialized view v as select fault('" + name + "')")
		s.must("rollback to a; rollback")
		return err
	}},
	{name: "planner", does: "while a query is planned", run: func(s *session, name string) *pgconn.PgError {
		return s.run("explain select fault('" + name + "')")
	}},
	{name: "security definer", does: "in a function that runs as another role", other: true, run: func(s *session, name string) *pgconn.PgError {
		return s.run("select fault_definer('" + name + "')")
	}},
	{name: "policy", does: "in a policy of row security", other: true, run: func(s *session, name string) *pgconn.PgError {
		s.must("set my.fault = '" + name + "'; set role someone")
		err := s.run("select from guarded")
		s.must("reset role")
		return err
	}},
	{name: "parallel worker", does: "in a parallel worker", other: true, run: func(s *session, name string) *pgconn.PgError {
		s.must(parallel)
		err := s.run("select count(fault(case when name = 'first' then '" + name + "' end)) from wide")
		if err != nil && !strings.Contains(err.Where, "parallel worker") {
			s.t.Errorf("no worker: %q", err.Where)
		}
		s.must("reset all")
		return err
	}},
}

// parallel makes the server use workers, and only them, for anything.
const parallel = "set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0; set max_parallel_workers_per_gather = 2; set parallel_leader_participation = off;"

// inserts puts rows into a table, in a transaction that goes on after the error.
func inserts(table string) func(s *session, name string) *pgconn.PgError {
	return func(s *session, name string) *pgconn.PgError {
		s.must("begin; insert into " + table + " values ('none'); savepoint a")
		err := s.run("insert into " + table + " values ('none'), ('" + name + "')")
		s.must("rollback to a")
		s.want("select count(*) from "+table, "1")
		s.must("rollback")
		return err
	}
}

// caught is the error that PL/pgSQL has caught and returned in parts.
func (s *session) caught(call string) *pgconn.PgError {
	s.t.Helper()
	var parts []string
	if err := s.QueryRow(context.Background(), "select "+call, pgx.QueryExecModeExec).Scan(&parts); err != nil {
		return s.reported(err, call)
	}
	if parts == nil {
		return nil
	}
	return &pgconn.PgError{Code: parts[0], Message: parts[1], Detail: parts[2], Where: parts[3]}
}
