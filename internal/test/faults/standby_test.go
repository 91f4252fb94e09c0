package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/test/clusters"
)

// standby is a second server that follows the first. It lies in the first one's
// directory, and so ends with it.
type standby struct {
	*server
	log string
}

const standbyPort = "5433"

// startStandby makes a copy of a server and has it follow.
func startStandby(t *testing.T, primary *server) *standby {
	t.Helper()
	if primary.emulated {
		t.Skip("the copy of the server's data is made by a program of this machine, for a server of this machine")
	}
	if _, err := os.Stat(primary.pg.Bin("pg_basebackup")); err != nil {
		t.Skip("no standby without pg_basebackup: ", err)
	}
	data := filepath.Join(primary.Dir(), "standby")
	copying := exec.CommandContext(t.Context(), primary.pg.Bin("pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast", "--no-sync")
	copying.Env = primary.Env()
	copying.SysProcAttr = serverAccount(t)
	if out, err := copying.CombinedOutput(); err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	// The very program of the first one, as it finds our modules.
	program, err := os.Readlink(fmt.Sprintf("/proc/%d/exe", primary.Pid()))
	if err != nil {
		t.Fatal(err)
	}
	s := &standby{server: primary, log: filepath.Join(t.TempDir(), "log")}
	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(program, "-D", data)
	for _, setting := range []string{
		"port=" + standbyPort, "unix_socket_directories=" + primary.Dir(), "listen_addresses=", "unix_socket_permissions=0700", "fsync=off", "hot_standby=on",
		"max_standby_streaming_delay=50ms", "shared_buffers=16MB", "dynamic_shared_memory_type=mmap", "logging_collector=off", "max_connections=30",
	} {
		cmd.Args = append(cmd.Args, "-c", setting)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr, cmd.Env, cmd.SysProcAttr = data, log, log, []string{"LC_ALL=C.UTF-8"}, serverAccount(t)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGQUIT)
		<-ended
		if crash := clusters.Crash(s.text()); crash != "" {
			t.Errorf("a backend of the standby crashed: %s", crash)
		}
	})
	waitFor(t, "the standby", func() bool {
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("the standby has ended: %v\n%s", err, s.text())
		default:
		}
		conn, err := pgconn.Connect(t.Context(), s.uri())
		if err == nil {
			conn.Close(t.Context())
		}
		return err == nil
	})
	return s
}

// serverAccount is who runs servers, as PostgreSQL refuses to run as root.
func serverAccount(t *testing.T) *syscall.SysProcAttr {
	t.Helper()
	if os.Geteuid() != 0 {
		return &syscall.SysProcAttr{}
	}
	u, err := user.Lookup(cluster.ServerUser)
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
}

func (s *standby) text() string {
	log, _ := os.ReadFile(s.log)
	return string(log)
}

func (s *standby) uri() string {
	return strings.Replace(s.server.uri(), "port=5432", "port="+standbyPort, 1)
}

func (s *standby) connect(t *testing.T, settings string) *session {
	t.Helper()
	config, err := pgx.ParseConfig(s.uri() + " " + settings)
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &session{Conn: conn, t: t, server: s.server, before: processStatus(t, conn.PgConn().PID())}
}

// conflicts are what the primary does while a standby's session is in the way.
var conflicts = []struct {
	name, before, conflict, detail string
}{
	{"snapshot", "begin isolation level repeatable read; select count(*) from rows", "delete from rows where n % 2 = 0; vacuum rows; insert into rows select generate_series(1, 1000)", "row versions that must be removed"},
	{"lock", "begin; select count(*) from rows", "begin; alter table rows add column c int; alter table rows drop column c; commit", "holding a relation lock for too long"},
}

// What a standby must do for the sake of the primary ends Go code that is in the
// way, as it ends any query.
func TestRecoveryConflict(t *testing.T) {
	primary := startSQL(t, "wal_level=replica", "max_wal_senders=4")
	main := primary.connect(t)
	main.must("set synchronous_commit = on; create table rows as select n from generate_series(1, 1000) n; alter table rows set (autovacuum_enabled = off)")
	main.must("create database other")
	if out, err := primary.Psql(t.Context(), "-Xq", "-d", "other", "-c", "create extension faults").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	standby := startStandby(t, primary)
	watch := standby.connect(t, "")
	synchronize := func() {
		t.Helper()
		main.must("select pg_logical_emit_message(true, '', '')") // a commit, which flushes
		lsn := main.one("select pg_current_wal_flush_lsn()")
		waitFor(t, "the standby to follow", func() bool { return watch.one("select pg_last_wal_replay_lsn() >= '"+lsn+"'") == "t" })
	}
	for _, c := range conflicts {
		for _, call := range []struct{ sql, severity, tally string }{
			{"fault('loop')", "ERROR", "1"},
			{"fault('sleep')", "ERROR", "1"},
			{"fault('allocation')", "ERROR", "1"},
			{"recovered('recover')", "ERROR", "1"},
			{"query('select pg_sleep(100)')", "ERROR", "2"},
			{"query('select query(''select fault(''''channel'''')'')')", "ERROR", "1"},
			{"linger('select pg_sleep(100)')", "ERROR", "1"},
			{"drain('select pg_sleep(0.01) from generate_series(1, 100000)')", "ERROR", "2"},
			// PostgreSQL ends sessions that are in a subtransaction.
			{"try('select fault(''loop'')')", "FATAL", ""},
			{"insist('select pg_sleep(100)')", "FATAL", ""},
			{"caught_query('select fault(''sleep'')')", "FATAL", ""},
		} {
			// end has the call end, and returns what the session's world counts afterwards; empty, if the session has ended, too.
			end := func() string {
				synchronize()
				s := standby.connect(t, "")
				s.each("select tally(); " + c.before)
				err := s.ended(call.sql, func(s, _ *session) { main.each(c.conflict) }, watch)
				if err == nil || err.Severity != call.severity || err.Code != "40001" || !strings.Contains(err.Message, "due to conflict with recovery") {
					t.Errorf("%s, %s: %s", c.name, call.sql, describe(err))
				} else if !strings.Contains(err.Detail, c.detail) {
					t.Errorf("%s, %s: detail %q", c.name, call.sql, err.Detail)
				}
				if call.severity == "FATAL" {
					return ""
				}
				if _, err := s.Exec(context.Background(), "rollback"); err != nil && s.IsClosed() {
					return "" // PostgreSQL has asked once more, before the transaction was over
				} else if err != nil {
					t.Fatalf("rollback: %v", err)
				}
				s.want("select descend(3, 'descend', 'none')", "3")
				s.want("select drain('select from generate_series(1, 1000)')", "1000")
				s.checkProcess()
				return s.one("select tally()")
			}
			tally := end()
			// On a busy machine, the end may come while the call is in Go, on its way to SQL.
			for tries := 0; tally == "1" && call.tally == "2" && tries < 5; tries++ {
				tally = end()
			}
			if tally != "" && tally != call.tally {
				t.Errorf("%s, %s: tally %s, want %s", c.name, call.sql, tally, call.tally)
			}
		}
	}
	synchronize()
	// A database that goes takes its sessions with it.
	s := standby.connect(t, "dbname=other")
	done := make(chan error, 1)
	go func() {
		_, err := s.Exec(context.Background(), "select fault('loop')")
		done <- err
	}()
	s.running(watch)
	main.must("drop database other")
	var reported *pgconn.PgError
	if err := <-done; !errors.As(err, &reported) || reported.Severity != "FATAL" {
		t.Errorf("drop database: %v", err)
	}
}

// each executes statements one by one, as some refuse company.
func (s *session) each(statements string) {
	s.t.Helper()
	for statement := range strings.SplitSeq(statements, "; ") {
		s.must(statement)
	}
}
