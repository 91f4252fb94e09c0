package plgotest

import (
	"fmt"
	"os"
	"testing"
)

// TestCellSettings: an administrator puts worlds into cells for a server, a database, a role or a
// function, and nobody else takes them out again.
func TestCellSettings(t *testing.T) {
	if os.Getenv("PGSTD_ISOLATION") != "" {
		t.Skip("servers of this run have the setting on their command line, which wins")
	}
	t.Parallel()
	s := own(t, Options{})
	admin := connect(t, s, "postgres")
	admin.exec(`create role apart login; grant create on schema public to apart;
		create function f() returns int language plgo as $$ return 1 $$`)
	// where tells in what a session that calls f has it.
	where := func(c *conn, prepare string) string {
		t.Helper()
		c.exec(prepare)
		c.want("select f()::text", "1")
		return c.value("select string_agg(distinct isolation, ' ') from pgstd.worlds")
	}
	session := func(prepare, want string) {
		t.Helper()
		c := connect(t, s, "postgres")
		defer c.Close(t.Context())
		if got := where(c, prepare); got != want {
			t.Errorf("after %q, a new session has Go code in %s, want %s", prepare, got, want)
		}
	}
	session("", "backend")
	for _, set := range []string{"alter database postgres %s", "alter role postgres %s", "alter function f() %s", "alter system %s"} {
		admin.exec(fmt.Sprintf(set, "set pgstd.isolation = cell"))
		admin.exec("select pg_reload_conf()")
		// A session begins with what the server has read by then.
		if set == "alter system %s" {
			admin.exec("set pgstd.isolation = cell; reset pgstd.isolation")
			admin.until("select setting = 'cell' from pg_settings where name = 'pgstd.isolation'")
		}
		session("", "cell")
		if set != "alter function f() %s" {
			session("set pgstd.isolation = backend", "backend")
		}
		admin.exec(fmt.Sprintf(set, "reset pgstd.isolation"))
	}
	admin.exec("select pg_reload_conf()")
	admin.until("select setting = 'backend' from pg_settings where name = 'pgstd.isolation'")

	// For a function alone: others stay where they were, and it goes back.
	admin.exec("create function g() returns int language plgo as $$ return 2 $$; alter function g() set pgstd.isolation = cell")
	c := connect(t, s, "postgres")
	c.want("select (f() + g() + f())::text", "4")
	c.want("select string_agg(isolation, ' ' order by isolation) from pgstd.worlds", "backend cell")

	// A role is not asked, by whatever name it is set, before the host is loaded or after.
	for _, loaded := range []bool{false, true} {
		c := connect(t, s, "postgres")
		if loaded {
			c.want("select f()::text", "1")
		}
		c.exec("set role apart")
		for _, sql := range []string{
			"alter role apart set pgstd.isolation = backend",
			"create function mine() returns int language plgo set pgstd.isolation = backend as $$ return 1 $$",
			"create function mine() returns int language plgo set pgstd.isolation from current as $$ return 1 $$",
			"create function mine() returns int language sql set \"PgStd.Isolation\" = backend return 1",
		} {
			c.fails(sql, "42501")
		}
		if !loaded {
			continue
		}
		c.fails("set pgstd.isolation = backend", "42501")
		c.fails("set local pgstd.isolation = cell", "42501")
		c.fails("select set_config('pgstd.isolation', 'backend', false)", "42501")
		c.fails("update pg_settings set setting = 'backend' where name = 'pgstd.isolation'", "42501")
	}

	// What a role has set before the host is loaded does not count.
	admin.exec("alter database postgres set pgstd.isolation = cell")
	c = connect(t, s, "postgres")
	c.exec("set session authorization apart")
	_, err := c.Exec(t.Context(), "set pgstd.isolation = backend")
	if got := where(c, ""); got != "cell" {
		t.Errorf("a role that has set it first (%v) has Go code in %s", err, got)
	}
}
