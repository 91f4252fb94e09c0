package plgotest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// conn is a session of its own.
type conn struct {
	*pgx.Conn
	t       *testing.T
	notices *[]string // messages, as they came
}

func connect(t *testing.T, s *Server, database string) *conn {
	t.Helper()
	c, err := tryConnect(t, s, database, "5432")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func tryConnect(t *testing.T, s *Server, database, port string) (*conn, error) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	config, err := pgx.ParseConfig(fmt.Sprintf("host=%s port=%s user=postgres dbname=%s", s.Dir(), port, database))
	if err != nil {
		return nil, err
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	notices := &[]string{}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { *notices = append(*notices, n.Message) }
	c, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { c.Close(ctx) })
	return &conn{c, t, notices}, nil
}

func (c *conn) exec(sql string) {
	c.t.Helper()
	if _, err := c.Exec(c.t.Context(), sql); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
}

// value returns the one value of a query, as text.
func (c *conn) value(sql string) string {
	c.t.Helper()
	var v string
	if err := c.QueryRow(c.t.Context(), sql).Scan(&v); err != nil {
		c.t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func (c *conn) want(sql, want string) {
	c.t.Helper()
	if got := c.value(sql); got != want {
		c.t.Errorf("%s: %q, want %q", sql, got, want)
	}
}

// fails runs what has to fail with a SQLSTATE, and returns the error.
func (c *conn) fails(sql, code string) *pgconn.PgError {
	c.t.Helper()
	_, err := c.Exec(c.t.Context(), sql)
	e, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || e.Code != code {
		c.t.Fatalf("%s: %v, want SQLSTATE %s", sql, err, code)
	}
	return e
}

// begin runs SQL without waiting for its end.
func (c *conn) begin(sql string) <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := c.Exec(context.WithoutCancel(c.t.Context()), sql)
		done <- err
	}()
	return done
}

// until waits for a condition, such as that another session waits.
func (c *conn) until(condition string) {
	c.t.Helper()
	for range 6000 {
		if c.value("select coalesce(("+condition+"), false)::text") == "true" {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatalf("never: %s", condition)
}

func (c *conn) pid() string { return fmt.Sprint(c.PgConn().PID()) }

// TestOtherSession: what another session does to a function is seen at the next call,
// also by one that runs it meanwhile.
func TestOtherSession(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "other_session")
	a, b := connect(t, s, "other_session"), connect(t, s, "other_session")
	a.exec("create function f() returns text language plgo as $$ return \"one\" $$")
	a.want("select f()", "one")
	b.want("select f()", "one")
	b.exec("create or replace function f() returns text language plgo as $$ return \"two\" $$")
	a.want("select f()", "two")

	// Not before it is committed.
	b.exec("begin; create or replace function f() returns text language plgo as $$ return \"three\" $$")
	a.want("select f()", "two")
	b.want("select f()", "three")
	b.exec("rollback")
	a.want("select f()", "two")
	b.want("select f()", "two")

	// While it runs.
	a.exec(`create function waits() returns text language plgo as $$
		if _, err := pg.Exec("select pg_advisory_lock(1), pg_advisory_unlock(1)"); err != nil {
			return "", err
		}
		var s string
		err := pg.QueryRow("select f()").Scan(&s)
		return "old, " + s, err
	$$; create table result (s text)`)
	b.exec("select pg_advisory_lock(1)")
	running := a.begin("insert into result select waits()")
	b.until("select wait_event = 'advisory' from pg_stat_activity where pid = " + a.pid())
	b.exec("create or replace function waits() returns text language plgo as $$ return \"new\" $$")
	b.exec("create or replace function f() returns text language plgo as $$ return \"four\" $$")
	b.want("select waits()", "new")
	b.exec("select pg_advisory_unlock(1)")
	if err := <-running; err != nil {
		t.Error(err)
	}
	a.want("select s from result", "old, four")
	a.want("select waits()", "new")

	// Dropped while it runs.
	a.exec("create or replace function waits() returns text language plgo as $$ _, err := pg.Exec(\"select pg_advisory_lock(1), pg_advisory_unlock(1)\"); return \"to its end\", err $$; truncate result")
	b.exec("select pg_advisory_lock(1)")
	running = a.begin("insert into result select waits()")
	b.until("select wait_event = 'advisory' from pg_stat_activity where pid = " + a.pid())
	b.exec("drop function waits()")
	b.exec("select pg_advisory_unlock(1)")
	if err := <-running; err != nil {
		t.Error(err)
	}
	a.want("select s from result", "to its end")
	a.fails("select waits()", "42883")

	// Types are part of what is compiled.
	a.exec("create type pair as (x int, y int); create function of(p pair) returns text language plgo strict as $$ return fmt.Sprintf(\"%+v\", p) $$")
	a.want("select of((1, 2))", "{X:1 Y:2}")
	b.exec("alter type pair add attribute z text")
	a.want("select of((1, 2, 'three'))", "{X:1 Y:2 Z:three}")
	b.exec("alter type pair drop attribute x")
	a.want("select of((2, 'three'))", "{Y:2 Z:three}")
}

// TestSameObject: transactions that make and drop functions with one and the same
// object, at the same time. None waits for another, and none takes what is another's.
func TestSameObject(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "same_object")
	a, b := connect(t, s, "same_object"), connect(t, s, "same_object")
	a.exec("create schema a; create schema b; create schema c")
	b.exec("set lock_timeout = '10s'")
	create := func(schema string) string {
		return fmt.Sprintf("create function %s.f() returns text language plgo as $$ return \"same\" $$", schema)
	}
	const objects = "select count(*)::text from plgo.object where key <> digest"
	for _, end := range []string{"commit", "rollback"} {
		a.exec("begin; " + create("a"))
		b.exec(create("b"))
		b.want("select b.f()", "same")
		b.exec("select plgo.compile('b.f()')")
		a.exec(end)
		a.want(objects, map[string]string{"commit": "2", "rollback": "1"}[end])
		a.want("select b.f()", "same")
		a.exec("drop function if exists a.f()")
		a.want(objects, "1")
		a.want("select b.f()", "same")
		a.exec("drop function b.f()")
		a.want(objects, "0")
	}
	// One relies on the object that the other is about to remove.
	a.exec(create("a"))
	a.exec("begin; drop function a.f()")
	b.exec(create("b"))
	a.exec("commit")
	a.want("select b.f()", "same")
	b.want("select b.f()", "same")
	a.want(objects, "1")
	// One replaces what the other is calling for the first time.
	a.exec("set check_function_bodies = off; create function c.f() returns text language plgo as $$ return \"first\" $$; reset check_function_bodies")
	b.exec("begin")
	b.want("select c.f()", "first")
	a.exec("create or replace function c.f() returns text language plgo as $$ return \"second\" $$")
	b.exec("commit")
	a.want("select c.f()", "second")
	b.want("select c.f()", "second")
	a.exec("drop function b.f(); drop function c.f()")
	// What a transaction left that the other could not see goes when others go.
	a.exec(create("a") + "; drop function a.f()")
	a.want(objects, "0")
}

// TestManyBackends: backends that call one function share the memory that holds it.
func TestManyBackends(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	objectDatabase(t, s, "many_backends")
	first := connect(t, s, "many_backends")
	first.exec("create function f(n int) returns text language plgo as $$ return fmt.Sprint(*n) $$")
	for i := range 20 {
		c := connect(t, s, "many_backends")
		c.want(fmt.Sprintf("select f(%d)", i), fmt.Sprint(i))
		pid := int(c.PgConn().PID())
		if cell := cellOf(t, fmt.Sprint(pid)); cell != 0 {
			if os.Geteuid() != 0 {
				t.Skip("only root may look into a cell")
			}
			pid = cell
		}
		text, private := textPages(t, pid)
		if text == 0 {
			t.Fatal("no text of an object is mapped")
		}
		if private != 0 {
			t.Errorf("backend %d has %d kB of text of its own, of %d kB", i, private, text)
		}
	}
}

// textPages returns how much of objects' text is mapped by a process, and how much of
// it is a private copy, in kB. (A page is "private" to whoever maps it alone.).
func textPages(t *testing.T, pid int) (size, copied int) {
	t.Helper()
	text := false
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/smaps", pid))) {
		f := strings.Fields(line)
		switch {
		case len(f) >= 5 && strings.Contains(f[0], "-"):
			text = strings.Contains(line, "pgstd_objects") && strings.Contains(f[1], "x")
		case text && len(f) == 3:
			var kb int
			fmt.Sscan(f[1], &kb)
			switch f[0] {
			case "Rss:":
				size += kb
			case "Anonymous:":
				copied += kb
			}
		}
	}
	return size, copied
}
