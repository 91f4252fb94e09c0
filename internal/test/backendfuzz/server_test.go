package backendfuzz

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/target"
)

// template is the database that each sequence gets a copy of: functions in it have been
// compiled.
const template = "fuzz_template"

type server struct {
	*plgotest.Server
	databases atomic.Int64
}

// preload makes a folder with what a server that is not built for the sanitizer needs
// first, and says what it is. Besides libasan, that is something whose start is before that
// of every other library: the sanitizer starts with the first malloc, and if that is one of
// glibc's while it holds its lock for translations, waits for the same lock.
func preload(t *testing.T) (string, error) {
	out, err := exec.CommandContext(t.Context(), "gcc", "-print-file-name=libasan.so").Output()
	if err != nil {
		return "", err
	}
	library, err := filepath.EvalSymlinks(strings.TrimSpace(string(out)))
	if err != nil || !filepath.IsAbs(library) {
		return "", errors.New("the C compiler has no libasan")
	}
	base, err := cluster.Base()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp(base, "pgstd-asan-")
	if err != nil {
		return "", err
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	const source = "#include <stdlib.h>\nstatic void __attribute__((constructor)) first(void) { free(malloc(1)); }\n"
	first := filepath.Join(dir, "first.so")
	cc := exec.CommandContext(t.Context(), "gcc", "-shared", "-fPIC", "-Wl,-z,initfirst", "-o", first, "-xc", "-")
	cc.Stdin = strings.NewReader(source)
	if out, err := cc.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return library + ":" + first, nil
}

// asanOptions leave signals to the server and to us, and faults of code that is not Go to
// the sanitizer. A report ends the process: the
// postmaster then says that a backend has crashed.
const asanOptions = "detect_leaks=0:handle_segv=1:handle_sigbus=1:handle_sigfpe=0:handle_sigill=0:handle_abort=0:use_sigaltstack=0:" +
	"allow_user_segv_handler=1:detect_stack_use_after_return=0:allocator_may_return_null=1:abort_on_error=1:" +
	"quarantine_size_mb=16:thread_local_quarantine_size_kb=64:malloc_context_size=8:detect_odr_violation=0"

func start(t *testing.T, debug kit.HostDebug) *server {
	t.Helper()
	return startWith(t, debug, nil, nil)
}

// startWith starts a server with more settings, and files in the place of its own.
func startWith(t *testing.T, debug kit.HostDebug, settings, files []string) *server {
	t.Helper()
	o := plgotest.Options{
		Build: target.Options{Debug: debug},
		Base:  plgotest.BaseFirst,
		Settings: append([]string{
			"lock_timeout=100ms", "statement_timeout=20s", "log_min_messages=log", "log_min_error_statement=panic",
			"pgstd.max_memory=64MB", "restart_after_crash=on", "autovacuum=off", "max_connections=40",
		}, settings...),
		Files: files,
	}
	if debug == kit.DebugAddress {
		libraries, err := preload(t)
		if err != nil {
			t.Skipf("no AddressSanitizer: %v", err)
		}
		o.Env = []string{"LD_PRELOAD=" + libraries, "ASAN_OPTIONS=" + asanOptions}
	}
	// Not the test's context: the compiler has to be there until the end.
	s, err := plgotest.Start(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	roles := "create role fuzz_own; create role fuzz_a login in role fuzz_own; create role fuzz_b login in role fuzz_own;\n" +
		"grant pg_read_all_stats to fuzz_own;\n" +
		"create database " + template + ";\n" +
		"alter database " + template + " set search_path = fz, public;\n"
	started := &server{Server: s}
	if _, err := s.Query(t.Context(), roles+"\\c "+template+"\n"+setup()); err != nil {
		t.Fatal(err, started.crashes(0))
	}
	return started
}

// shows makes sure that a host built for it shows a read too late.
func (s *server) shows(t *testing.T, debug kit.HostDebug) {
	t.Helper()
	if version, err := s.Query(t.Context(), "show server_version_num"); err != nil {
		t.Fatal(err)
	} else if version >= "16" {
		t.Logf("host/postgres/base/debug.c knows the allocator up to PostgreSQL 15: what shows is memory of the host, not of the server (%s)", version)
		return
	}
	// The server is about to crash, and would lose what it has not written.
	if _, err := s.Query(t.Context(), "set synchronous_commit = on; create function read_late(reset bool) returns int language c as '$libdir/pgstd', 'pgstd_companion_read_late'"); err != nil {
		t.Fatal(err)
	}
	for _, reset := range []string{"true", "false"} {
		from := len(s.Log())
		out, err := s.Query(t.Context(), "select read_late("+reset+")")
		if debug == kit.DebugClobber && (err != nil || out != "127") {
			t.Errorf("read_late(%s): %q, %v; want the byte that overwrites", reset, out, err)
		}
		if debug == kit.DebugAddress {
			if found := s.crashes(from); err == nil || !strings.Contains(found, "use-after-poison") {
				t.Errorf("read_late(%s): %q, %v, and no report but %q", reset, out, err, found)
			}
			if err := s.ready(t.Context(), from); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// database makes a database for one sequence.
func (s *server) database(ctx context.Context) (name string, drop func(), err error) {
	name = fmt.Sprintf("fuzz_%d", s.databases.Add(1))
	if _, err := s.Query(ctx, "create database "+name+" template "+template); err != nil {
		return "", nil, err
	}
	if _, err := s.Query(ctx, "alter database "+name+" set search_path = fz, public"); err != nil {
		return "", nil, err
	}
	return name, func() {
		_, _ = s.Query(context.WithoutCancel(ctx), "drop database "+name+" with (force)")
	}, nil
}

func (s *server) connect(ctx context.Context, database, role string) (*pgconn.PgConn, error) {
	config, err := pgx.ParseConfig(fmt.Sprintf("dbname=%s user=%s port=5432 host=%s", database, role, s.Dir()))
	if err != nil {
		return nil, err
	}
	return pgconn.ConnectConfig(ctx, &config.Config)
}

// ready waits until the server takes connections. If the log says, from an offset on,
// that it has crashed, that is only when it has recovered: before the postmaster knows, it
// takes some that it ends soon after.
func (s *server) ready(ctx context.Context, from int) error {
	const recovered = "database system is ready to accept connections"
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		var err error
		if s.crashes(from) != "" && !strings.Contains(s.Log()[from:], recovered) {
			err = errors.New("the server does not recover")
		} else {
			var conn *pgconn.PgConn
			if conn, err = s.connect(ctx, "postgres", "postgres"); err == nil {
				return conn.Close(ctx)
			}
		}
		if time.Now().After(end) {
			return err
		}
	}
}

// crashes is what the log says from an offset on that it must never say.
func (s *server) crashes(from int) string {
	log := s.Log()
	if from > len(log) {
		return ""
	}
	log = log[from:]
	if i := strings.Index(log, "==ERROR: AddressSanitizer"); i >= 0 {
		report := log[i:min(len(log), i+6000)]
		if end := strings.Index(report, "\nSUMMARY"); end >= 0 {
			report = report[:end]
		}
		return report
	}
	return clusters.Crash(log)
}

// status is a line of /proc/PID/status.
func status(pid uint32, name string) string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return ""
	}
	_, rest, _ := strings.Cut(string(data), "\n"+name+":")
	line, _, _ := strings.Cut(rest, "\n")
	return strings.TrimSpace(line)
}
