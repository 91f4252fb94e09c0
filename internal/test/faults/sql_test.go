package faults

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/target"
)

// sqlSetup makes what tests of SQL below Go need besides the extension.
const sqlSetup = `
	create role visitor;
	create table locked (n int);
	create function caught_descend(n bigint, kind text, name text) returns bigint language plpgsql as $$
		begin return descend(n, kind, name); exception when others then return -1; end $$;
	create function caught_query(query text) returns text language plpgsql as $$
		begin return public.query(query); exception when others then return sqlstate; end $$;
	create function as_visitor(statement text) returns bigint language sql security definer as 'select execute(statement)';
	alter function as_visitor(text) owner to visitor`

// waits are calls that somebody has to end while SQL runs below Go, or Go below
// SQL below Go.
var waits = []struct {
	does, call string
	init       string // a statement that an init function of another extension runs
	other      bool   // the world of the extension is not among those that end
}{
	{does: "an empty loop, 100 calls down", call: "descend(100, 'descend', 'loop')"},
	{does: "time.Sleep, 100 calls down", call: "descend(100, 'descend', 'sleep')"},
	{does: "a loop that allocates, 100 calls down", call: "descend(100, 'descend', 'allocation')"},
	{does: "a loop that recovers, 100 calls down", call: "descend(100, 'descend', 'recover')"},
	{does: "an empty loop, 50 calls down, each in an EXCEPTION block", call: "descend(50, 'caught_descend', 'loop')"},
	{does: "pg_sleep", call: "query('select pg_sleep(100)')"},
	{does: "pg_sleep, in an EXCEPTION block", call: "caught_query('select pg_sleep(100)')"},
	{does: "a lock that another session has", call: "query('select from locked')"},
	{does: "a long join", call: "query('select count(*) from generate_series(1, 100000) a, generate_series(1, 1000000) b')"},
	{does: "pg_sleep, again and again after it", call: "insist('select pg_sleep(100)')"},
	{does: "a lock, again and again after it", call: "insist('lock table locked')"},
	{does: "an empty loop in a subtransaction", call: "try('select fault(''loop'')')"},
	{does: "an empty loop, again and again after it", call: "insist('select fault(''loop'')')"},
	{does: "pg_sleep in init", call: "initsql()", init: "select pg_sleep(100)", other: true},
	{does: "an empty loop in SQL in init", call: "initsql()", init: "select fault('loop')"},
	{does: "a loop in the world of another role", call: "as_visitor('select fault(''loop'')')", other: true},
	{does: "a loop in the world of another role, below this one", call: "insist('select as_visitor(''select fault(''''loop'''')'')')"},
}

func waitsText() string {
	var b strings.Builder
	b.WriteString("\nSQL that Go code runs, and Go code that such SQL calls, end in the same ways:\n\n")
	for _, wait := range waits {
		b.WriteString("* " + wait.does + "\n")
	}
	b.WriteString("\n`lock_timeout` is not a cancel: the statement fails with 55P03, which `pg.Subtransaction` takes as any other error.\n")
	return b.String()
}

// startSQL is a server with sqlSetup and an extension that runs SQL in init.
func startSQL(t *testing.T, settings ...string) *server {
	t.Helper()
	server := start(t, settings...)
	request, err := request()
	if err != nil {
		t.Fatal(err)
	}
	request.Package, request.OutDir = "./initsql", t.TempDir()
	e, err := target.BuildExtension(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Install(e.Files()...); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Query(t.Context(), "create extension initsql;"+sqlSetup); err != nil {
		t.Fatal(err)
	}
	return server
}

// Whatever ends a call ends it in SQL below Go as well, at every depth, and
// nothing on the way keeps it.
func TestCancelSQL(t *testing.T) {
	server := startSQL(t)
	other, holder := server.connect(t), server.connect(t)
	holder.must("begin; lock table locked")
	for _, wait := range waits {
		t.Run(wait.does, func(t *testing.T) {
			s, other := server.connect(t), &session{Conn: other.Conn, t: t, server: server}
			for _, w := range ways {
				err, after := s.endedIn(wait.other, func() *pgconn.PgError {
					s.must("set my.init = ''")
					if wait.init != "" {
						_, err := s.Exec(t.Context(), "select set_config('my.init', $1, false)", wait.init)
						s.reported(err, "set_config")
					}
					return s.endedLater(wait.call, w.end, other)
				})
				if err == nil || err.Severity != w.severity || err.Code != w.code || err.Message != w.message {
					t.Fatalf("%s of %s: %s", w.does, wait.call, describe(err))
				}
				if w.severity == "FATAL" {
					continue
				}
				if (after == 1) == wait.other {
					t.Errorf("%s of %s: tally %d", w.does, wait.call, after)
				}
				s.want("select descend(3, 'descend', 'none')", "3")
				s.checkProcess()
			}
		})
	}
}

// endedLater is ended, with time for a call to get to where it waits.
func (s *session) endedLater(call string, end func(s, other *session), other *session) *pgconn.PgError {
	s.t.Helper()
	if end == nil {
		return s.within(60, "select "+call)
	}
	return s.ended(call, func(s, other *session) {
		time.Sleep(30 * s.pace() * time.Millisecond)
		end(s, other)
	}, other)
}

// A lock that does not come is an error like any other: Go code may go on.
func TestLockTimeout(t *testing.T) {
	server := startSQL(t)
	s, holder := server.connect(t), server.connect(t)
	holder.must("begin; lock table locked")
	s.must("select tally(); set lock_timeout = 30")
	s.want("select try('lock table locked'), try('select 1'), try('select from locked')", "55P03", "fine", "55P03")
	s.want("select caught_query('select from locked')", "55P03")
	for _, call := range []string{"query('select from locked')", "insist('lock table locked')"} {
		err := s.run("select " + call)
		if err == nil || err.Code != "55P03" || err.Message != "canceling statement due to lock timeout" {
			t.Errorf("%s: %s", call, describe(err))
		}
	}
	s.must("begin; savepoint a")
	if err := s.run("select query('select from locked')"); err == nil || err.Code != "55P03" {
		t.Error(describe(err))
	}
	s.must("rollback to a")
	s.want("select tally()", "2")
	holder.must("commit")
	s.want("select execute('lock table locked')", "0")
	s.must("commit")
	s.checkProcess()
}

// An init function may run SQL, even of other worlds; what goes wrong in it ends
// this world only, and only if it was not recovered from.
func TestInitSQL(t *testing.T) {
	server := startSQL(t)
	for _, c := range []struct{ statement, want, code string }{
		{"select 'found'::text", "found", ""},
		{"select query('select ''through Go''')", "through Go", ""},
		{"select no_such_column", "", "42703"},
		{"select fault('nil_read')", "", external},
		{"select fault('memory_slice')", "", memory},
		{"select initsql()", "", "55006"},
		{"select caught_query('select initsql()')", "55006", ""},
		{"select query('select caught_query(''select no_such_column'')')", "42703", ""},
	} {
		s := server.connect(t)
		if _, err := s.Exec(t.Context(), "select set_config('my.init', $1, false)", c.statement); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			got, err := s.value("select initsql()")
			if c.code == "" && (err != nil || got != c.want) || c.code != "" && (err == nil || err.Code != c.code) {
				t.Errorf("%s: got %q, %s; want %q %s", c.statement, got, describe(err), c.want, c.code)
			}
		}
		s.must("set my.init = 'select ''next''::text'")
		want := "next"
		if c.code == "" {
			want = c.want
		}
		s.want("select initsql()", want)
		s.checkProcess()
	}
}

// second makes functions of a copy of the module: another extension with worlds
// of its own. Their names begin with b_.
func (s *session) second() {
	s.t.Helper()
	module := s.server.copyModule(s.t, 9)
	for name, signature := range map[string]string{
		"tally": "() returns bigint", "query": "(text) returns text", "try": "(text) returns text",
		"fault": "(text) returns text", "counted": "(text) returns bigint",
	} {
		s.must(fmt.Sprintf("create function b_%s%s language c as '%s', 'pgstd_fn_%[1]s'", name, signature, filepath.Clean(module)))
	}
}
