package faults

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// endless are the functions that somebody has to cancel, and calls of them.
var endless = []struct{ name, does string }{
	{"loop", "an empty loop"},
	{"loop_calls", "a loop with calls"},
	{"loop_goroutine", "an empty loop in a goroutine"},
	{"loop_goroutines", "100 goroutines that yield to each other"},
	{"allocation", "a loop that allocates"},
	{"collection", "a loop that collects garbage"},
	{"sleep", "time.Sleep for an hour"},
	{"sleep_short", "a loop that sleeps for a millisecond"},
	{"channel", "a channel that is blocked, while a timer is pending"},
	{"select_timer", "select with a timer"},
	{"ticker", "a ticker"},
	{"mutex", "a mutex that is locked, while a timer is pending"},
	{"regexp", "a regular expression"},
	{"big", "a big number"},
	{"sha256", "SHA-256 of 100 MB at once"},
	{"gcm", "AES-GCM of much"},
	{"sort", "sorting"},
	{"copy", "copying large slices"},
	{"deep", "deep recursion, again and again"},
	{"print", "a loop that prints"},
	{"clock", "a loop that asks for the time"},
	{"defer", "a loop in a deferred function, behind another loop"},
	{"recover", "a loop that starts again whatever it recovers"},
	{"panics", "a loop that panics and recovers"},
	{"stack_dump", "a loop that dumps its stack"},
	{"initloop", "an empty loop in init"},
	{"initsleep", "time.Sleep in init"},
}

func endlessCall(name string) string {
	if strings.HasPrefix(name, "init") {
		return name + "()"
	}
	return "fault('" + name + "')"
}

// ways are how a call is ended from outside.
var ways = []struct {
	does, severity, code, message string
	end                           func(s, other *session)
}{
	{"`statement_timeout`", "ERROR", "57014", "canceling statement due to statement timeout", nil},
	{"`pg_cancel_backend`", "ERROR", "57014", "canceling statement due to user request", func(s, other *session) {
		other.want(fmt.Sprintf("select pg_cancel_backend(%d)", s.PgConn().PID()), "t")
	}},
	{"a cancel request of the client", "ERROR", "57014", "canceling statement due to user request", func(s, other *session) {
		if err := s.PgConn().CancelRequest(context.Background()); err != nil && !errors.Is(err, io.EOF) {
			s.t.Error(err)
		}
	}},
	{"`pg_terminate_backend`", "FATAL", "57P01", "terminating connection due to administrator command", func(s, other *session) {
		other.want(fmt.Sprintf("select pg_terminate_backend(%d)", s.PgConn().PID()), "t")
	}},
}

func cancelText() string {
	var b strings.Builder
	b.WriteString("\n## Cancel\n\nThe call ends where it stands, no deferred function runs, and the world ends.\n\n| by | | SQLSTATE | message |\n|---|---|---|---|\n")
	for _, w := range ways {
		fmt.Fprintf(&b, "| %s | %s | %s | `%s` |\n", w.does, w.severity, w.code, w.message)
	}
	b.WriteString("| fast shutdown | FATAL | 57P01 | `terminating connection due to administrator command` |\n")
	b.WriteString("| immediate shutdown | WARNING | 57P02 | the connection ends |\n")
	b.WriteString("| recovery conflict on a standby | ERROR | 40001 | `canceling statement due to conflict with recovery` |\n")
	b.WriteString("| the same, in a subtransaction | FATAL | 40001 | `terminating connection due to conflict with recovery` |\n")
	b.WriteString("\nA smart shutdown waits for the call, as for any other. What is ended in all these ways:\n\n")
	for _, e := range endless {
		b.WriteString("* " + e.does + "\n")
	}
	return b.String() + waitsText()
}

// running waits until a session is in a statement, and gives it time to get on.
func (s *session) running(other *session) {
	s.t.Helper()
	waitFor(s.t, "a statement", func() bool {
		return other.one(fmt.Sprintf("select state from pg_stat_activity where pid = %d", s.PgConn().PID())) == "active"
	})
	time.Sleep(15 * s.pace() * time.Millisecond)
}

// ended calls a function and has it ended.
func (s *session) ended(call string, end func(s, other *session), other *session) *pgconn.PgError {
	s.t.Helper()
	if end == nil {
		return s.within(30, "select "+call)
	}
	done := make(chan error)
	go func() {
		_, err := s.Exec(context.Background(), "select "+call)
		done <- err
	}()
	s.running(other)
	end(s, other)
	err := <-done
	var reported *pgconn.PgError
	if !errors.As(err, &reported) {
		s.t.Fatalf("%s: %v", call, err)
	}
	return reported
}

// endedIn has a call end that goes to the world that counts, and returns what that counts afterwards: 1, if it is another one. On
// a busy machine the end may come before the call has begun: then it is tried again, with more patience. Survives: it
// is another world that goes.
func (s *session) endedIn(survives bool, end func() *pgconn.PgError) (err *pgconn.PgError, after int) {
	s.t.Helper()
	for s.patience = 1; s.patience <= 256; s.patience *= 4 {
		s.must("select tally()")
		if err = end(); err != nil && err.Severity == "FATAL" {
			break
		}
		if after = s.tally(); after == 1 || survives {
			break
		}
	}
	s.patience = 0
	return err, after
}

// within runs SQL with a timeout in milliseconds. It is local to a transaction, as
// it could hit the statement that resets it, too.
func (s *session) within(timeout int, sql string) *pgconn.PgError {
	s.t.Helper()
	s.must("begin; " + s.timeout(timeout))
	err := s.run(sql)
	s.must("rollback")
	return err
}

// timeout sets a timeout in milliseconds, at this session's pace, for this transaction.
func (s *session) timeout(timeout int) string {
	return fmt.Sprintf("set local statement_timeout = %d", timeout*int(s.pace()))
}

func TestCancel(t *testing.T) {
	server := start(t)
	other := server.connect(t)
	for _, e := range endless {
		t.Run(e.name, func(t *testing.T) {
			s := server.connect(t)
			other := &session{Conn: other.Conn, t: t, server: server}
			s.must("select tally()")
			calls := []string{endlessCall(e.name)}
			if !strings.HasPrefix(e.name, "init") {
				calls = append(calls, "recovered('"+e.name+"')", "caught('"+e.name+"')")
				s.must("create or replace function pg_temp.caught(text) returns text language plpgsql as 'begin return fault($1); exception when others then return sqlstate; end'")
				calls[2] = "pg_temp." + calls[2]
			}
			for _, w := range ways {
				for i, call := range calls {
					if i > 0 && w.severity == "FATAL" {
						continue
					}
					// What is endless in init belongs to another extension.
					survives := strings.HasPrefix(e.name, "init")
					err, after := s.endedIn(survives, func() *pgconn.PgError { return s.ended(call, w.end, other) })
					if err == nil || err.Severity != w.severity || err.Code != w.code || err.Message != w.message {
						t.Fatalf("%s of %s: %s", w.does, call, describe(err))
					}
					if w.severity == "FATAL" {
						continue
					}
					if (after == 1) == survives {
						t.Errorf("%s of %s: tally %d", w.does, call, after)
					}
					s.checkProcess()
				}
			}
		})
	}
}

// A cancel can be caught where PL/pgSQL says so, and a transaction goes on
// behind a savepoint.
func TestCancelCaught(t *testing.T) {
	s := start(t).connect(t)
	s.must(`create function caught(name text) returns text language plpgsql as $$
		begin return fault(name); exception when query_canceled then return sqlstate || tally(); end $$`)
	s.must("begin; " + s.timeout(50))
	s.want("select caught('loop')", "570141")
	s.must("rollback; begin; savepoint a; " + s.timeout(50))
	if err := s.run("select fault('sleep')"); err == nil || err.Code != "57014" {
		t.Error(describe(err))
	}
	s.must("rollback to a")
	s.want("select tally()", "1")
	s.must("commit")
	s.checkProcess()
}

// A query whose worker never ends is cancelled with its worker.
func TestCancelParallel(t *testing.T) {
	server := start(t)
	if _, err := server.Query(t.Context(), placesSetup); err != nil {
		t.Fatal(err)
	}
	s := server.connect(t)
	s.must(parallel)
	for _, name := range []string{"loop", "sleep", "channel", "allocation"} {
		s.must("select tally()")
		err := s.within(100, "select count(fault(case when name = 'first' then '"+name+"' end)) from wide")
		if err == nil || err.Code != "57014" {
			t.Errorf("%s: %s", name, describe(err))
		}
		waitFor(t, "the workers to end", func() bool {
			return s.one("select count(*) from pg_stat_activity where backend_type = 'parallel worker'") == "0"
		})
		if s.one("select tally()") == "1" {
			t.Errorf("%s: the leader's world has gone", name)
		}
	}
}

// Every endless function at once, and the server is shut down.
func TestShutdown(t *testing.T) {
	for _, mode := range []struct {
		name   string
		signal syscall.Signal
	}{{"fast", syscall.SIGINT}, {"immediate", syscall.SIGQUIT}, {"smart", syscall.SIGTERM}} {
		t.Run(mode.name, func(t *testing.T) {
			server := start(t, "max_connections=40")
			other := server.connect(t)
			var wg sync.WaitGroup
			var sessions []*session
			var errs sync.Map
			for _, e := range endless {
				s := server.connect(t)
				sessions = append(sessions, s)
				wg.Go(func() {
					_, err := s.Exec(context.Background(), "select "+endlessCall(e.name))
					errs.Store(e.name, err)
					s.Close(context.Background())
				})
			}
			for _, s := range sessions {
				s.running(other)
			}
			if err := syscall.Kill(server.Pid(), mode.signal); err != nil {
				t.Fatal(err)
			}
			if mode.name == "smart" {
				waitFor(t, "the server to refuse sessions", func() bool {
					_, err := pgconn.Connect(t.Context(), server.uri())
					var refused *pgconn.PgError
					return errors.As(err, &refused) && refused.Code == "57P03"
				})
				other.want("select count(*) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()", fmt.Sprint(len(endless)))
				other.must("select pg_cancel_backend(pid) from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()")
			}
			wg.Wait()
			other.Close(context.Background())
			want := map[string]string{"fast": "57P01", "immediate": "57P02", "smart": "57014"}[mode.name]
			errs.Range(func(name, err any) bool {
				var reported *pgconn.PgError
				if !errors.As(err.(error), &reported) && mode.name == "immediate" {
					return true // the connection ends before it can tell
				}
				if reported == nil || reported.Code != want {
					t.Errorf("%s: %v", name, err)
				}
				return true
			})
			waitFor(t, "the server to end", func() bool { return !alive(server.Pid()) })
			if mode.name != "immediate" && !strings.Contains(server.Log(), "database system is shut down") {
				t.Errorf("log: %s", server.Log())
			}
		})
	}
}

// A call whose client has gone ends, where the server looks.
func TestClientGone(t *testing.T) {
	server := start(t)
	if server.pg.Major < 14 {
		t.Skip("PostgreSQL 14 added client_connection_check_interval")
	}
	other := server.connect(t)
	for _, name := range []string{"sleep", "channel", "ticker", "allocation", "loop_goroutines", "deep"} {
		// pgx would send a cancel request as it closes.
		psql := server.Psql(t.Context(), "-Xq", "-c", "set client_connection_check_interval = 20", "-c", "select fault('"+name+"')")
		if err := psql.Start(); err != nil {
			t.Fatal(err)
		}
		const find = "select count(*) from pg_stat_activity where query ~ '^select fault'"
		waitFor(t, name, func() bool { return other.one(find) == "1" })
		psql.Process.Kill()
		psql.Wait()
		waitFor(t, name+" to end", func() bool {
			return other.one(find) == "0"
		})
	}
}

// waitFor waits for what must happen soon. The limit is for those who debug.
func waitFor(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !happened(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waiting for %s", what)
		}
	}
}

// Sessions that idle for too long end although they
// have a world with goroutines.
func TestIdle(t *testing.T) {
	server := start(t)
	other := server.connect(t)
	for _, setting := range []string{"idle_in_transaction_session_timeout", "idle_session_timeout"} {
		if setting == "idle_session_timeout" && server.pg.Major < 14 {
			continue
		}
		s := server.connect(t)
		s.must("select fault('many_goroutines'); set " + setting + " = 50")
		if setting == "idle_in_transaction_session_timeout" {
			s.must("begin")
		}
		waitFor(t, setting, func() bool {
			return other.one(fmt.Sprintf("select count(*) from pg_stat_activity where pid = %d", s.PgConn().PID())) == "0"
		})
		if !strings.Contains(server.Log(), "FATAL:  terminating connection due to idle") {
			t.Errorf("log: %s", server.Log())
		}
	}
}
