package plgotest

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// TestReplacedWhileLoading: a function that is replaced while another session waits for
// its first compile is the new one at that session's next call.
func TestReplacedWhileLoading(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "loading")
	asked, answer := make(chan struct{}), make(chan struct{})
	slow := delayed(t, s.Compiler, asked, answer)
	a, b := connect(t, s, "loading"), connect(t, s, "loading")
	b.exec("set check_function_bodies = off; create function f() returns text language plgo as $$ return \"old\" $$; reset check_function_bodies")
	a.exec("create table result (s text); set plgo.compiler = '" + slow + "'")
	running := a.begin("insert into result select f()")
	<-asked
	b.exec("create or replace function f() returns text language plgo as $$ return \"new\" $$")
	close(answer)
	if err := <-running; err != nil {
		t.Fatal(err)
	}
	a.want("select s from result", "old")
	a.want("select f()", "new")
}

// delayed offers a compiler that says when it is asked, and answers when it is told to.
func delayed(t *testing.T, compiler string, asked chan<- struct{}, answer <-chan struct{}) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgstd-delayed-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	// The server is another user.
	for name, mode := range map[string]os.FileMode{dir: 0o711, socket: 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: "compiler"})
	proxy.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", strings.TrimPrefix(compiler, "unix:"))
	}}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case asked <- struct{}{}:
		case <-answer: // a later request
		}
		<-answer
		proxy.ServeHTTP(w, r)
	})}
	go server.Serve(l)
	t.Cleanup(func() { server.Close() })
	return "unix:" + socket
}

// TestReplacedBetweenRoles: a function that is replaced in the middle of a statement, when its role has no world with
// it yet, is one of the two, and no error; one that is dropped does not exist.
func TestReplacedBetweenRoles(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	for name, make := range map[string]func(*testing.T, *Server, string){"between_modules": baseDatabase, "between_objects": objectDatabase} {
		t.Run(name, func(t *testing.T) {
			make(t, s, name)
			replacedBetween(t, connect(t, s, name), connect(t, s, name), name)
		})
	}
}

func replacedBetween(t *testing.T, a, b *conn, role string) {
	// The session waits for a lock that both know, and of which no catalog tells.
	b.exec(`create role ` + role + `; grant create, usage on schema public to ` + role + `;
		create function f() returns text language plgo as $$ return "old" $$;
		create function ends() returns void language plgo as $$ os.Exit(1) $$;
		set role ` + role + `;
		create function other_f() returns text language plpgsql security definer as $$ begin return f(); end $$;
		create function other_ends() returns void language plpgsql security definer as $$ begin perform ends(); exception when others then null; end $$;
		reset role;
		create function waits() returns text language plpgsql as $$ begin perform pg_advisory_lock(1); perform pg_advisory_unlock(1); return ' '; end $$`)
	during := func(change, code string, want ...string) {
		t.Helper()
		a.want("select f() || waits() || other_f()", "old old")
		a.exec("select other_ends()") // whose world is without the function then
		b.exec("select pg_advisory_lock(1)")
		done := a.begin("create temp table result as select f() || waits() || other_f() as s")
		b.until("exists (select from pg_stat_activity where wait_event = 'advisory' and datname = current_database())")
		b.exec(change + "; select pg_advisory_unlock(1)")
		err := <-done
		if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == code {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := a.value("select s from result"); !slices.Contains(want, got) {
			t.Errorf("%s: %q", change, got)
		}
		a.exec("drop table result")
	}
	during(`create or replace function f() returns text language plgo as $$ return "new" $$`, "", "old old", "old new")
	a.want("select f() || waits() || other_f()", "new new")
	b.exec(`create or replace function f() returns text language plgo as $$ return "old" $$`)
	during("drop function f()", "42883", "old old")
}
