package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/test/arm64"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

const testdata = "../../../testdata/faults"

// initPackages are extensions of their own: each does something in init.
var initPackages = []string{"initpanic", "initnil", "initexit", "initgoroutine", "initmemory", "initloop", "initsleep"}

// emulated is the PostgreSQL for another architecture that the tests run in if
// PGSTD_TEST_TARGET names its target, or nil. Few tests are about this machine's own
// processes, and make no sense there.
var emulated = sync.OnceValues(func() (*arm64.System, error) {
	switch on := os.Getenv("PGSTD_TEST_TARGET"); on {
	case "", string(target.Host()):
		return nil, nil
	case arm64.Target:
		cache, err := kit.DefaultCacheDir()
		if err != nil {
			return nil, err
		}
		system, err := arm64.Open(context.Background(), cache)
		if err == nil {
			atEnd = append(atEnd, system.Close)
		}
		return system, err
	default:
		return nil, fmt.Errorf("PGSTD_TEST_TARGET is %s; the tests run on %s and %s", on, target.Host(), arm64.Target)
	}
})

// request is for what the tests install.
func request() (target.Request, error) {
	r := target.Request{Options: target.Options{Unchecked: true}, Dir: testdata}
	system, err := emulated()
	if system != nil {
		r.Target, r.PGConfig = arm64.Target, system.PGConfig
	}
	return r, err
}

// atEnd is done when all tests are.
var atEnd []func() error

// built is what all tests install; it is built once.
var built = sync.OnceValues(func() ([]string, error) {
	request, err := request()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgstd-faults-")
	if err != nil {
		return nil, err
	}
	atEnd = append(atEnd, func() error { return os.RemoveAll(dir) })
	buildDir, request.OutDir = dir, dir
	var files []string
	for _, name := range append([]string{".", "small"}, initPackages...) {
		request.Package = "./" + name
		e, err := target.BuildExtension(context.Background(), request)
		if err != nil {
			return nil, err
		}
		files = append(files, e.Files()...)
	}
	if os.Getenv("PGSTD_ISOLATION") == "" {
		return files, nil
	}
	// With the program of cells.
	support, err := target.BuildSupport(context.Background(), request)
	return append(files, support...), err
})

var buildDir string

func TestMain(m *testing.M) {
	code := m.Run()
	for _, do := range atEnd {
		if err := do(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// server is a cluster with the extensions of testdata/faults.
type server struct {
	*cluster.Cluster
	pg       *pgconfig.Config
	emulated bool // the processes are an emulator's
}

// start starts a cluster that ends with the test, which fails if the server had
// to restart: one backend that crashes takes all sessions with it.
func start(t *testing.T, settings ...string) *server {
	t.Helper()
	files, err := built()
	if err != nil {
		t.Fatal(err)
	}
	options := cluster.Options{PG: clusters.Installation(t), Files: files, Settings: settings}
	system, err := emulated()
	if err != nil {
		t.Fatal(err)
	}
	if system != nil {
		own := system.Options()
		options.PG, options.Psql = own.PG, own.Psql
	}
	c := clusters.Start(t, options)
	sql := "create extension faults;"
	for _, name := range initPackages {
		sql += "create extension " + name + ";"
	}
	if _, err := c.Query(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return &server{c, options.PG, system != nil}
}

// pace is how much longer it takes until a call is where it is to be interrupted. An
// emulator translates all of PostgreSQL that is on the way there.
func (s *server) pace() time.Duration {
	if s.emulated {
		return 20
	}
	return 1
}

// session is a connection and what its process looked like at first.
type session struct {
	*pgx.Conn
	t      testing.TB
	server *server
	before map[string]string

	patience time.Duration // by how much longer it waits than pace says, on a machine that is busy; 0: no longer
}

func (s *session) pace() time.Duration { return s.server.pace() * max(1, s.patience) }

func (s *server) config(t testing.TB) *pgx.ConnConfig {
	t.Helper()
	config, err := pgx.ParseConfig(s.uri())
	if err != nil {
		t.Fatal(err)
	}
	// As psql does; EXECUTE and the extended protocol are tried on purpose.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	return config
}

func (s *server) connect(t testing.TB) *session {
	t.Helper()
	conn, err := pgx.ConnectConfig(t.Context(), s.config(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &session{Conn: conn, t: t, server: s, before: processStatus(t, conn.PgConn().PID())}
}

// run executes statements and returns the error that the server reports, or
// nil. Any other failure ends the test: the session is gone.
func (s *session) run(sql string) *pgconn.PgError {
	s.t.Helper()
	_, err := s.Exec(context.Background(), sql)
	return s.reported(err, sql)
}

func (s *session) reported(err error, sql string) *pgconn.PgError {
	s.t.Helper()
	var reported *pgconn.PgError
	if err != nil && (!errors.As(err, &reported) || s.IsClosed()) {
		s.t.Fatalf("%s: %v", sql, err)
	}
	return reported
}

// must executes statements that succeed.
func (s *session) must(sql string) {
	s.t.Helper()
	if err := s.run(sql); err != nil {
		s.t.Fatalf("%s: %v (%s)", sql, err, err.Detail)
	}
}

// value is the only value that a query returns, as text.
func (s *session) value(sql string) (string, *pgconn.PgError) {
	s.t.Helper()
	row, err := s.row(sql)
	if err != nil {
		return "", err
	}
	return row[0], nil
}

// row is the only row that the last of some queries returns, as texts.
func (s *session) row(sql string) ([]string, *pgconn.PgError) {
	s.t.Helper()
	results, err := s.PgConn().Exec(context.Background(), sql).ReadAll()
	if err := s.reported(err, sql); err != nil {
		return nil, err
	}
	last := results[len(results)-1]
	if len(last.Rows) != 1 {
		s.t.Fatalf("%s: %d rows", sql, len(last.Rows))
	}
	var row []string
	for _, value := range last.Rows[0] {
		row = append(row, string(value))
	}
	return row, nil
}

// want runs a query whose only row has these values.
func (s *session) want(sql string, want ...string) {
	s.t.Helper()
	if got, err := s.row(sql); err != nil || !slices.Equal(got, want) {
		s.t.Errorf("%s: got %q, %v; want %q", sql, got, err, want)
	}
}

// checkProcess compares the process with what it was before the first call: one
// thread, the same signals blocked and ignored. Only faults have a handler more.
func (s *session) checkProcess() {
	s.t.Helper()
	if s.server.emulated {
		return
	}
	now := processStatus(s.t, s.PgConn().PID())
	// While a handler runs, it blocks all.
	for deadline := time.Now().Add(time.Minute); now["SigBlk"] != s.before["SigBlk"] && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		now = processStatus(s.t, s.PgConn().PID())
	}
	if now["Threads"] != "1" {
		s.t.Errorf("%s threads", now["Threads"])
	}
	for _, name := range []string{"SigBlk", "SigIgn"} {
		if now[name] != s.before[name] {
			s.t.Errorf("%s is %s, was %s", name, now[name], s.before[name])
		}
	}
	// Besides those of faults, the host has one signal for its timer: the last that host/timer.c takes.
	const faultSignals = 1<<(4-1) | 1<<(5-1) | 1<<(7-1) | 1<<(8-1) | 1<<(11-1)
	const timerSignal = 1 << (56 - 1)
	const ours = faultSignals | timerSignal
	if hex(s.t, now["SigCgt"])&^ours != hex(s.t, s.before["SigCgt"])&^ours {
		s.t.Errorf("SigCgt is %s, was %s", now["SigCgt"], s.before["SigCgt"])
	}
}

func hex(t testing.TB, s string) (n uint64) {
	t.Helper()
	if _, err := fmt.Sscanf(s, "%x", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// kilobytes is how much memory the process has, by one of the kernel's measures. Of an
// emulator's process that says nothing about the program in it, so it is 0 there.
func (s *session) kilobytes(measure string) int {
	s.t.Helper()
	if s.server.emulated {
		return 0
	}
	n, err := strconv.Atoi(strings.Fields(processStatus(s.t, s.PgConn().PID())[measure])[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

// processStatus reads /proc/PID/status.
func processStatus(t testing.TB, pid uint32) map[string]string {
	t.Helper()
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	status := map[string]string{}
	for line := range strings.Lines(string(data)) {
		name, value, _ := strings.Cut(line, ":")
		status[name] = strings.TrimSpace(value)
	}
	return status
}

func (s *server) uri() string { return "dbname=postgres user=postgres port=5432 host=" + s.Dir() }

// alive is false for a process that has ended, also while nobody has waited for it.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}
