package plgotest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// own starts a server for a test that does worse to it than ask.
func own(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func dataDirectory(t *testing.T, s *Server) string {
	t.Helper()
	dir, err := s.Query(t.Context(), "show data_directory")
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(dir)
}

// program runs one of PostgreSQL's programs as the server's user.
func program(t *testing.T, s *Server, input []byte, name string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	psql := s.Psql(ctx)
	cmd := exec.CommandContext(ctx, filepath.Join(filepath.Dir(psql.Path), name), args...)
	cmd.Env, cmd.Stdin = psql.Env, bytes.NewReader(input)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, errs.Bytes())
	}
	return out.Bytes()
}

// definitions are a dump without data, and without the word in it that is random.
func definitions(t *testing.T, s *Server, database string) string {
	t.Helper()
	var kept []string
	for line := range strings.Lines(string(program(t, s, nil, "pg_dump", "--schema-only", database))) {
		if !strings.HasPrefix(line, `\restrict`) && !strings.HasPrefix(line, `\unrestrict`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// TestDump: what pg_dump writes brings functions back with their objects, with a
// compiler on the other side and without.
func TestDump(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	database(t, s, "dumped")
	c := connect(t, s, "dumped")
	c.exec(`create type pair as (a int, b text);
		create function text_of(p pair) returns text language plgo strict as $$ return fmt.Sprint(p.A, p.B) $$;
		create function "quo""ted"(n int) returns int language plgo strict as $go$ s := "$$"; return n + int32(len(s)) $go$;
		create table t (n int, s text default text_of((1, 'x')), check ("quo""ted"(n) > 0));
		create function touch() returns trigger language plgo as $$ return t.New.Set("s", "touched") $$;
		create trigger touch before insert on t for each row execute function touch();
		select plgo.create_aggregate('total(p pair, n int) returns bigint', $$
			type Total int64
			func (t *Total) Step(p Pair, n int32) { *t += Total(p.A + n) }
			func (t *Total) Final() int64 { return int64(*t) }$$);
		insert into t values (5);
		create schema early; create table early.t (n int check ("quo""ted"(n) > 0)); insert into early.t values (1)`)
	dump := program(t, s, nil, "pg_dump", "dumped")
	// Without a compiler, the tables that need functions come after the objects.
	late := program(t, s, nil, "pg_dump", "--exclude-table-data=early.t", "dumped")
	for name, compiler := range map[string]string{"with": s.Compiler, "without": ""} {
		if compiler == "" {
			dump = late
		}
		restored := "restored_" + name
		if _, err := s.Query(t.Context(), fmt.Sprintf("create database %s; alter database %[1]s set plgo.compiler = '%s'", restored, compiler)); err != nil {
			t.Fatal(err)
		}
		program(t, s, dump, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", restored)
		c := connect(t, s, restored)
		c.want("show plgo.compiler", compiler)
		c.want("select count(*)::text from plgo.object where key <> digest", "5")
		c.want("select total((x, 'y'), 10)::text from generate_series(1, 3) x", "36")
		c.want("select text_of((2, 'y'))", "2y")
		c.exec("insert into t values (6)")
		c.want("select string_agg(n || s, ',' order by n) from t", "5touched,6touched")
		c.want("select proacl is null and prosrc like '%p.A%' from pg_proc where proname = 'text_of'", "t")
		if again, first := definitions(t, s, restored), definitions(t, s, "dumped"); again != first {
			t.Errorf("%s a compiler, a second dump differs:\n%s", name, again)
		}
	}
	// Of functions without objects, only the compiler can make some.
	bare := program(t, s, nil, "pg_dump", "--schema-only", "dumped")
	if _, err := s.Query(t.Context(), "create database restored_bare; alter database restored_bare set plgo.compiler = ''"); err != nil {
		t.Fatal(err)
	}
	program(t, s, bare, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "restored_bare")
	c = connect(t, s, "restored_bare")
	if e := c.fails("select text_of((1, 'x'))", "55000"); !strings.Contains(e.Hint, "plgo.compile()") {
		t.Errorf("%+v", e)
	}
	c.exec("set plgo.compiler = '" + s.Compiler + "'; select plgo.recompile_all()")
	c.want("select text_of((3, 'z'))", "3z")
}

// TestDroppedDatabase: the files of a database that has gone go when another one needs
// some.
func TestDroppedDatabase(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	folder := func(name string) string {
		database(t, s, name)
		c := connect(t, s, name)
		c.exec("create function f() returns int language plgo as $$ return 1 $$")
		c.want("select f()::text", "1")
		oid := c.value("select oid::text from pg_database where datname = current_database()")
		c.Close(t.Context())
		return filepath.Join(dataDirectory(t, s), "pgstd_objects", oid)
	}
	first := folder("to_be_dropped")
	if _, err := os.Stat(first); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Query(t.Context(), "drop database to_be_dropped with (force)"); err != nil {
		t.Fatal(err)
	}
	second := folder("another")
	if _, err := os.Stat(first); !os.IsNotExist(err) {
		t.Errorf("the folder of the dropped database: %v", err)
	}
	if _, err := os.Stat(second); err != nil {
		t.Error(err)
	}
}

// serverAccount is who runs the server, where that is another one than who runs the test.
func serverAccount(t *testing.T, s *Server) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(dataDirectory(t, s))
	if err != nil {
		t.Fatal(err)
	}
	owner := info.Sys().(*syscall.Stat_t)
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
}

// TestNoSpace: a file that cannot be written is one error, and leaves nothing.
func TestNoSpace(t *testing.T) {
	t.Parallel()
	s := starvedServer(t)
	objectDatabase(t, s, "no_space")
	c := connect(t, s, "no_space")
	c.exec("create function f() returns int language plgo as $$ return 1 $$")
	folder := filepath.Join(dataDirectory(t, s), "pgstd_objects", c.value("select oid::text from pg_database where datname = current_database()"))
	// Else a page that has to make room could be written by this session.
	c.exec("checkpoint")
	restore := limit(t, s, c, "fsize", "100000")
	if e := c.fails("select f()", "XX000"); !strings.Contains(e.Message, "could not write file \"pgstd_objects/") {
		t.Errorf("%+v", e)
	}
	if left, _ := os.ReadDir(folder); len(left) != 0 {
		t.Errorf("left in the folder: %v", left)
	}
	restore()
	c.want("select f()::text", "1")
}

// TestCrash: a backend that is killed in the middle leaves all or nothing.
func TestCrash(t *testing.T) {
	t.Parallel()
	// What is committed is to be there after the crash.
	s := own(t, Options{Settings: []string{"synchronous_commit=on"}})
	slow := slowCompiler(t)
	crash := func(sql, condition string) {
		t.Helper()
		victim := connect(t, s, "postgres")
		done := victim.begin(sql)
		watcher := connect(t, s, "postgres")
		watcher.until(strings.ReplaceAll(condition, "PID", victim.pid()))
		pid, _ := strconv.Atoi(victim.pid())
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err == nil {
			t.Fatalf("%s: went well, killed", sql)
		}
		// The recovery has begun when it has ended the others' sessions.
		for watcher.Ping(t.Context()) == nil {
			time.Sleep(5 * time.Millisecond)
		}
		for range 1000 {
			if _, err := s.Query(t.Context(), "select 1"); err == nil {
				return
			}
			time.Sleep(20 * time.Millisecond)
		}
		t.Fatalf("no recovery:\n%s", s.Log())
	}
	setup := connect(t, s, "postgres")
	setup.exec("create function kept() returns text language plgo as $$ return \"kept\" $$")
	const compiling = "select wait_event_type = 'Extension' from pg_stat_activity where pid = PID"

	crash("set plgo.compiler = '"+slow+"'; create function lost() returns text language plgo as $$ return \"lost\" $$", compiling)
	c := connect(t, s, "postgres")
	c.fails("select lost()", "42883")
	c.want("select kept()", "kept")
	c.want("select count(*)::text from plgo.object where key <> digest", "1")

	crash("begin; create function lost() returns text language plgo as $$ return \"lost\" $$; select lost(); select pg_sleep(1000)",
		"select wait_event = 'PgSleep' from pg_stat_activity where pid = PID")
	c = connect(t, s, "postgres")
	c.fails("select lost()", "42883")
	c.want("select count(*)::text from plgo.object where key <> digest", "1")

	c.exec("create function endless() returns void language plgo as $$ for {} $$")
	crash("select endless()", "select state = 'active' and query like '%endless%' from pg_stat_activity where pid = PID")
	crash("set plgo.compiler = '"+slow+"'; select plgo.recompile_all()", compiling)
	c = connect(t, s, "postgres")
	c.want("select kept()", "kept")
	c.want("select count(*)::text from plgo.object where key <> digest", "2")
	if left := processes(t, slow); left != nil {
		t.Errorf("these run still: %q", left)
	}
	// The next one that writes removes what has been left half-written.
	c.exec("create function last() returns text language plgo as $$ return \"last\" $$")
	c.want("select last()", "last")
	if left, _ := filepath.Glob(filepath.Join(dataDirectory(t, s), "pgstd_objects", "*", "*.tmp")); left != nil {
		t.Errorf("left: %q", left)
	}
}

// slowCompiler is a compiler that never answers.
func slowCompiler(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pgstd-slow-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "compiler")
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexec sleep 98765\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}
