package plgotest

import (
	"bufio"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/plgo/compileserver"
)

// TestComeAndGo: what is dropped does not look at functions of others, which come and go
// meanwhile.
func TestComeAndGo(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "come_and_go")
	boss := connect(t, s, "come_and_go")
	var busy []<-chan error
	for i := range 2 {
		c := connect(t, s, "come_and_go")
		c.exec(fmt.Sprintf("create schema s%d; set search_path to s%[1]d; set check_function_bodies = off", i))
		busy = append(busy, c.begin(`do $x$ begin
			for round in 1..5 loop
				for i in 1..60 loop
					execute format('create function f%s() returns int language plgo as %L', i, '//' || repeat(i::text, 10000));
				end loop;
				commit;
				for i in 1..60 loop execute format('drop function f%s()', i); end loop;
				commit;
			end loop;
		end $x$`))
	}
	for i := range 50 {
		boss.exec(fmt.Sprintf("create function sql%d() returns int language sql as 'select 1'; drop function sql%[1]d()", i))
	}
	boss.exec("select count(*) from plgo.functions")
	for _, b := range busy {
		if err := <-b; err != nil {
			t.Error(err)
		}
	}
}

// TestTextsOfOthers: nobody reads the texts of functions that he does nothing about.
func TestTextsOfOthers(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "texts_of_others")
	c := connect(t, s, "texts_of_others")
	c.exec(`set check_function_bodies = off;
		do $x$ begin
			for i in 1..5 loop
				execute format('create function f%s() returns int language plgo as %L', i, '//' || repeat(chr(1), 15 * 1024 * 1024 - 100));
			end loop;
		end $x$;
		reset check_function_bodies; create type own as (a int);
		create function mine(own) returns int language plgo as $$ return 1 $$;
		create function other(own) returns int language plgo as $$ return 3 $$`)
	read := func() string {
		c.exec("select pg_stat_force_next_flush()")
		return c.value("select pg_stat_get_blocks_fetched(reltoastrelid)::text from pg_class where oid = 'pg_proc'::regclass")
	}
	before := read()
	c.exec("create function sql() returns int language sql as 'select 1'; drop function sql()")
	c.exec("create or replace function mine(own) returns int language plgo as $$ return 2 $$")
	c.exec("drop function mine(own)")
	c.exec("drop type own cascade")
	c.exec("create schema s; create function s.f() returns int language plgo as $$ return 1 $$; drop schema s cascade")
	if after := read(); after != before {
		t.Errorf("blocks of texts read: %s, and then %s", before, after)
	}
	c.want("select count(*)::text from plgo.object where key <> digest", "0")
}

// TestSlowDrop: what is committed while a DROP runs stays.
func TestSlowDrop(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "slow_drop")
	a, b := connect(t, s, "slow_drop"), connect(t, s, "slow_drop")
	a.exec("create function gone() returns int language plgo as $$ return 1 $$")
	// The event trigger comes before ours and waits.
	a.exec(`create function waits() returns event_trigger language plpgsql as $$ begin perform pg_advisory_lock(1); end $$;
		create event trigger a_waits on sql_drop execute function waits()`)
	b.exec("select pg_advisory_lock(1)")
	dropping := a.begin("drop function gone()")
	b.until("select wait_event = 'advisory' from pg_stat_activity where pid = " + a.pid())
	b.exec("create function stays() returns int language plgo as $$ return 1 $$; select pg_advisory_unlock(1)")
	if err := <-dropping; err != nil {
		t.Fatal(err)
	}
	b.want("select function::regprocedure::text from plgo.object where key <> digest", "stays()")
}

// TestCopies: who has a function with the text of another's has no hold over that one.
func TestCopies(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "copies")
	boss, victim, mallory := connect(t, s, "copies"), connect(t, s, "copies"), connect(t, s, "copies")
	boss.exec(`create role copies_victim; create role copies_mallory;
		create schema v authorization copies_victim; create schema m authorization copies_mallory`)
	const text = " returns int language plgo as $$ return 42 $$"
	victim.exec("set role copies_victim; create function v.f()" + text)
	mallory.exec("set role copies_mallory; create function m.f()" + text)
	const row = "select ctid::text || compiled from plgo.object where function = 'v.f()'::regprocedure"
	before := boss.value(row)
	mallory.exec("begin; select plgo.compile('m.f()')")
	mallory.fails("select plgo.compile('v.f()')", "42501")
	mallory.exec("rollback; begin; select plgo.compile('m.f()'); create or replace function m.f()" + text)
	if after := boss.value(row); after != before {
		t.Errorf("the row has changed: %s, %s", before, after)
	}
	victim.exec("set lock_timeout = '10s'; select plgo.compile('v.f()')")
	victim.exec("create or replace function v.f() returns int language plgo as $$ return 43 $$; create or replace function v.f()" + text)
	victim.want("select v.f()::text", "42")
	mallory.exec("drop function m.f()")
	victim.exec("create function v.g()" + text)
	mallory.exec("commit")
	victim.want("select v.g() || '' || v.f()", "4242")
	// One who may only call it holds nobody up either.
	victim.exec("set check_function_bodies = off; create function v.late()" + text + "; grant usage on schema v to public; reset check_function_bodies")
	mallory.exec("begin")
	mallory.want("select v.late()::text", "42")
	victim.exec("create or replace function v.late() returns int language plgo as $$ return 44 $$; select plgo.compile('v.late()'); drop function v.late()")
	mallory.exec("rollback")
	boss.want("select count(*)::text from plgo.object where function <> all (select oid from pg_proc) and key <> digest", "0")
}

var longAgo = time.Now().Add(-24 * time.Hour)

// objectFiles are the files of a database's objects, without the notes that go with them (TestCompared).
func objectFiles(t *testing.T, s *Server, c *conn) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dataDirectory(t, s), "pgstd_objects", c.value("select oid::text from pg_database where datname = current_database()"), "*"))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(files, func(file string) bool { return filepath.Ext(file) == ".compared" })
}

// TestFiles: a file is there as long as a row of the store has its object, and what is
// not kept leaves none.
func TestFiles(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	objectDatabase(t, s, "files")
	c, other := connect(t, s, "files"), connect(t, s, "files")
	want := func(n int, when string) {
		t.Helper()
		if files := objectFiles(t, s, c); len(files) != n {
			t.Errorf("%s: %d files, want %d: %q", when, len(files), n, files)
		}
	}
	for i := range 3 {
		c.exec(fmt.Sprintf(`do language plgo $$ pg.Notice("%d"); if %[1]d == 2 { _ = append([]int{}, 1)[5:6:7] } $$`, i%2))
	}
	c.fails(`do language plgo $$ panic("x") $$`, "38000")
	want(0, "after DO blocks")
	c.exec("set check_function_bodies = off; create function f() returns text language plgo security definer as $$ return \"f\" $$; create role files_user")
	c.exec("begin read only")
	c.want("select f()", "f")
	c.exec("rollback")
	want(0, "in a read-only transaction")
	other.want("select f()", "f")
	want(1, "after a call")
	c.want("select f()", "f")
	other.exec("create schema s; create function s.f() returns text language plgo security definer as $$ return \"f\" $$")
	other.want("select s.f()", "f")
	other.exec("drop function f()")
	c.want("select s.f()", "f")
	want(1, "after a drop of one of two")
	// What a transaction leaves that rolls back has no name in the store, and goes later.
	other.exec("begin; create function g() returns int language plgo as $$ return 7 $$; select g(); rollback")
	want(2, "after a rollback")
	// So do the object and the text that a session has for a debugger.
	other.exec("set plgo.debug = on")
	other.want("select s.f()", "f")
	other.exec("reset plgo.debug")
	want(4, "after a call for a debugger")
	for _, file := range objectFiles(t, s, c) {
		if err := os.Chtimes(file, longAgo, longAgo); err != nil {
			t.Fatal(err)
		}
	}
	third := connect(t, s, "files")
	third.exec(`do language plgo $$ pg.Notice("sweeps") $$`)
	want(1, "after a sweep")
	other.exec("drop function s.f()")
	want(0, "at the end")
	// In use, it may go.
	c.exec("create function h() returns int language plgo as $$ return 1 $$")
	c.want("select h()::text", "1")
	for _, file := range objectFiles(t, s, c) {
		os.Remove(file)
	}
	c.exec("grant execute on function h() to public; set role files_user")
	c.want("select h()::text", "1")
}

// TestPrivateImage: a function that cannot be kept serves several roles in a session.
func TestPrivateImage(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "private_image")
	c := connect(t, s, "private_image")
	c.exec("create role private_image_user; set check_function_bodies = off; create function f() returns text language plgo as $$ return \"f\" $$; begin read only")
	c.want("select f()", "f")
	c.exec("set role private_image_user")
	c.want("select f()", "f")
	c.exec("rollback")
	if files := objectFiles(t, s, c); len(files) != 0 {
		t.Errorf("left: %q", files)
	}
}

// TestLeftRows: rows that nobody has removed with their function go with others.
func TestLeftRows(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	objectDatabase(t, s, "left_rows")
	c := connect(t, s, "left_rows")
	for i := range 20 {
		c.exec(fmt.Sprintf("create function f%d() returns int language plgo as $$ return 1 $$", i))
	}
	c.exec("alter event trigger plgo_tidy disable")
	for i := range 18 {
		c.exec(fmt.Sprintf("drop function f%d()", i))
	}
	c.exec("alter event trigger plgo_tidy enable")
	c.want("select count(*)::text from plgo.object", "20")
	c.exec("drop function f18(); create function x() returns int language sql as 'select 1'; drop function x()")
	c.want("select string_agg(function::regprocedure::text, ' ') from plgo.object", "f19()")
	// A restore's rows belong to no function, whatever they say.
	c.exec(`create table kept as select * from plgo.object; drop function f19();
		update kept set function = 'now()'::regprocedure; insert into plgo.object select * from kept; insert into plgo.object select * from kept`)
	c.want("select string_agg(function::text, ' ') from plgo.object", "0")
	c.exec("set plgo.compiler = ''; set check_function_bodies = off; create function f19() returns int language plgo as $$ return 1 $$; reset check_function_bodies")
	c.want("select f19()::text", "1")
	c.exec("reset plgo.compiler; create or replace function f19() returns int language plgo as $$ return 1 $$")
	c.want("select string_agg((function = 'f19()'::regprocedure)::text, ' ' order by function) from plgo.object", "false true")
	c.exec("select plgo.recompile_all()")
	c.want("select string_agg(function::regprocedure::text, ' ') from plgo.object", "f19()")
	// A damaged one is not run, wherever it has come from.
	c.exec("delete from plgo.object; update kept set object = '\\x7f454c46'; insert into plgo.object select * from kept")
	for _, file := range objectFiles(t, s, c) {
		os.Remove(file)
	}
	fresh := connect(t, s, "left_rows")
	if e := fresh.fails("select f19()", "XX001"); !strings.Contains(e.Message, "damaged") {
		t.Errorf("%+v", e)
	}
}

// TestOtherSuperuser: whichever superuser has created the extension, it works, and
// belongs to the one that the handler believes.
func TestOtherSuperuser(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	c := connect(t, s, "postgres")
	c.exec("create role other_superuser superuser login")
	c.exec("create database other_superuser")
	c = connect(t, s, "other_superuser")
	c.exec("set session authorization other_superuser; create extension plgo; create function f() returns int language plgo as $$ return 1 $$")
	c.want("select f()::text", "1")
	c.exec("reset session authorization; alter role other_superuser nosuperuser")
	c.want(`select string_agg(distinct o.rolname, ' ') from pg_depend d, pg_roles o
		where refclassid = 'pg_extension'::regclass and refobjid = (select oid from pg_extension where extname = 'plgo') and deptype = 'e'
		and o.oid = coalesce((select proowner from pg_proc where oid = objid and classid = 'pg_proc'::regclass),
			(select relowner from pg_class where oid = objid and classid = 'pg_class'::regclass),
			(select nspowner from pg_namespace where oid = objid and classid = 'pg_namespace'::regclass),
			(select lanowner from pg_language where oid = objid and classid = 'pg_language'::regclass),
			(select evtowner from pg_event_trigger where oid = objid and classid = 'pg_event_trigger'::regclass))`, "postgres")
	c.exec("set session authorization other_superuser")
	c.fails("delete from plgo.object", "42501")
	c.fails("alter schema plgo rename to elsewhere", "42501")
	c.want("select f()::text", "1")
}

// TestNamesItsRole: a server hears for which role it works.
func TestNamesItsRole(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "names_its_role")
	dir, err := os.MkdirTemp("", "pgstd-role-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, mode := range map[string]os.FileMode{dir: 0o711, path: 0o666} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
	}
	names := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			if r, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
				names <- r.Header.Get(compileserver.ClientHeader)
			}
			c.Close()
		}
	}()
	c := connect(t, s, "names_its_role")
	c.exec("create role names_its_role_user; set plgo.compiler = 'unix:" + path + "'; grant create on schema public to public")
	var got []string
	for _, who := range []string{"reset session authorization", "set role names_its_role_user", "set session authorization names_its_role_user"} {
		c.exec(who)
		c.fails("create function f() returns int language plgo as $$ return 1 $$", "08P01")
		got = append(got, <-names)
	}
	want := c.value("select system_identifier || '/' || (select oid from pg_database where datname = current_database()) || '/' from pg_control_system()")
	if got[0] != want+"10" || got[1] != got[0] || got[2] != want+c.value("select 'names_its_role_user'::regrole::oid::text") {
		t.Errorf("%q, want %s…", got, want)
	}
}

// TestStoredCompressed: what functions are compiled to takes less room than it has bytes, where the server can do that fast.
func TestStoredCompressed(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "stored_compressed")
	c := connect(t, s, "stored_compressed")
	c.exec("create function module(s text) returns text language plgo as $$ return strings.ToUpper(s) $$")
	c.exec("set plgo.shared_base = off; create function object(s text) returns text language plgo as $$ return strings.ToUpper(s) $$")
	c.want("select module('a') || object('b')", "AB")
	how, most := "lz4", "0.7"
	if c.value("select ('lz4' = any (enumvals))::text from pg_settings where name = 'default_toast_compression'") != "true" {
		how, most = "none", "1"
	}
	c.want(`select string_agg(coalesce(pg_column_compression(object), 'none') || ' ' || (pg_column_size(object) <= octet_length(object) * `+most+`), ', ')
		from plgo.object where key <> digest`, how+" true, "+how+" true")
	// A base comes compressed.
	c.want("select (pg_column_size(object) < 11000000)::text from plgo.object where key = digest", "true")
	for _, kind := range []string{"key = digest", "target like '%+base'", "key <> digest and target not like '%+base'"} {
		t.Log(kind, c.value("select octet_length(object) || ' bytes, stored in ' || pg_column_size(object) from plgo.object where "+kind))
	}
}
