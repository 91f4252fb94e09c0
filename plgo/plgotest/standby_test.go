package plgotest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestStandby: a standby loads what the primary has compiled, compiles nothing itself,
// and is a server like any other once it is promoted.
func TestStandby(t *testing.T) {
	t.Parallel()
	s := own(t, Options{Settings: []string{"wal_level=replica", "max_wal_senders=4", "hot_standby=on"}})
	primary := connect(t, s, "postgres")
	primary.exec("create function f() returns text language plgo as $$ return \"compiled\" $$")
	primary.want("select f()", "compiled")

	account := serverAccount(t, s)
	data := filepath.Join(s.Dir(), "standby")
	psql := s.Psql(t.Context())
	backup := exec.Command(filepath.Join(filepath.Dir(psql.Path), "pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	if _, err := os.Stat(backup.Path); err != nil {
		t.Skip("no standby without pg_basebackup: ", err)
	}
	backup.Env, backup.SysProcAttr = psql.Env, account
	if out, err := backup.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", s.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-D", data)
	for _, setting := range []string{
		"port=5433", "unix_socket_directories=" + s.Dir(), "listen_addresses=", "fsync=off", "hot_standby=on",
		"shared_buffers=16MB", "dynamic_shared_memory_type=mmap", "logging_collector=off", "max_connections=30", "plgo.compiler=" + s.Compiler,
	} {
		cmd.Args = append(cmd.Args, "-c", setting)
	}
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env, cmd.SysProcAttr = data, log, log, []string{"LC_ALL=C.UTF-8"}, account
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(os.Interrupt)
		<-ended
	})
	standby := connectPort(t, s, "postgres", "5433", func() string { return readFile(t, log.Name()) })

	// Its own files, from the table that has been copied.
	standby.want("select pg_is_in_recovery()::text", "true")
	standby.want("select f()", "compiled")
	if err := os.RemoveAll(filepath.Join(data, "pgstd_objects")); err != nil {
		t.Fatal(err)
	}
	standby = connectPort(t, s, "postgres", "5433", nil)
	standby.want("select f()", "compiled")
	// What comes later comes over, and what is replaced.
	primary.exec("create or replace function f() returns text language plgo as $$ return \"replaced\" $$; create function g() returns text language plgo as $$ return \"new\" $$")
	standby.until("select to_regproc('g') is not null")
	standby.want("select f() || ' ' || g()", "replaced new")
	// What has not been compiled is not compiled here.
	primary.exec("set check_function_bodies = off; create function h() returns text language plgo as $$ return \"late\" $$")
	standby.until("select to_regproc('h') is not null")
	if e := standby.fails("select h()", "55000"); !strings.Contains(e.Hint, "primary") {
		t.Errorf("%+v", e)
	}
	if e := standby.fails("select plgo.compile('h()')", "25006"); e == nil {
		t.Error("compiled on a standby")
	}
	standby.fails("do language plgo $$ pg.Notice(\"x\") $$", "55000")
	primary.want("select h()", "late")
	primary.exec("checkpoint")
	standby.until("select exists (select from plgo.functions where function = 'h()'::regprocedure and targets is not null)")
	standby.want("select h()", "late")
	// Promoted.
	standby.want("select pg_promote()::text", "true")
	standby.exec("create function own() returns text language plgo as $$ return \"of its own\" $$")
	standby.want("select own() || ' ' || f()", "of its own replaced")
	standby.exec("drop function f()")
	primary.want("select f()", "replaced")
}

// connectPort connects to another server that has its socket in the same folder, once
// it takes connections.
func connectPort(t *testing.T, s *Server, database, port string, log func() string) *conn {
	t.Helper()
	var err error
	for range 3000 {
		var c *conn
		if c, err = tryConnect(t, s, database, port); err == nil {
			return c
		}
		time.Sleep(20 * time.Millisecond)
	}
	if log != nil {
		t.Log(log())
	}
	t.Fatal(err)
	return nil
}
