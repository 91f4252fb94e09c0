package arm64

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

// shared is the system that all tests use.
var shared struct {
	once sync.Once
	*System
	err error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.System != nil {
		if err := shared.Close(); err != nil {
			os.Stderr.WriteString(err.Error() + "\n")
			code = 1
		}
	}
	os.Exit(code)
}

func system(t *testing.T) *System {
	t.Helper()
	shared.once.Do(func() {
		cache, err := kit.DefaultCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		shared.System, shared.err = Open(context.Background(), cache)
	})
	if errors.Is(shared.err, ErrUnavailable) {
		t.Skip(shared.err)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.System
}

// build builds extensions for a PostgreSQL and returns their files.
func build(t *testing.T, r target.Request, dirs ...string) (files []string) {
	t.Helper()
	r.OutDir = t.TempDir()
	for _, dir := range dirs {
		r.Dir = filepath.Join("..", "..", "..", dir)
		e, err := target.BuildExtension(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, e.Files()...)
	}
	return files
}

// startArm64 starts the system's PostgreSQL with extensions from these folders.
func startArm64(t *testing.T, dirs ...string) *cluster.Cluster {
	t.Helper()
	s := system(t)
	files := build(t, target.Request{Options: target.Options{Target: Target, Unchecked: true}, PGConfig: s.PGConfig}, dirs...)
	o := s.Options()
	o.Files = files
	return clusters.Start(t, o)
}

// query runs SQL, or ends the test.
func query(t *testing.T, c *cluster.Cluster, sql string) string {
	t.Helper()
	out, err := c.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return out
}

// Something of everything in textkit, over made-up texts.
const tour = `
create extension textkit;
with texts as (
	select i, format('%s Hello, Wörld #%s **bold** [link](https://example.org/%s)', i, i * 7919, i) as text
	from generate_series(1, 200) i
)
select i, slugify(text), word_counts(text), excerpt(text, 20), strip_markdown(text), levenshtein(text, reverse(text)),
       luhn_valid((i * 7919)::text), json_sha256(json_build_object('text', text, 'i', i)::text), url_host('https://h' || i || '.example.org/'),
       regexp_groups('(?P<number>[0-9]+)', text), semver_compare('1.' || i || '.0', '1.100.0-rc.' || i)
from texts order by i;
`

// TestTextkit holds the example extension on arm64 against the same on this machine.
func TestTextkit(t *testing.T) {
	c := startArm64(t, "examples/textkit")
	if version := query(t, c, "select version()"); !strings.Contains(version, " on aarch64-") {
		t.Errorf("this is %s", version)
	}
	got := query(t, c, tour)
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	want := query(t, clusters.Start(t, cluster.Options{PG: pg, Files: build(t, target.Request{}, "examples/textkit")}), tour)
	if strings.Count(got, "\n") != 199 || got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}

// session is a connection that must not break.
type session struct {
	*pgx.Conn
	t *testing.T
}

func connect(t *testing.T, c *cluster.Cluster) *session {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), "dbname=postgres user=postgres port=5432 host="+c.Dir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &session{conn, t}
}

// run returns the value of a query, or the error that the server reports.
func (s *session) run(sql string) (value string, reported *pgconn.PgError) {
	s.t.Helper()
	results, err := s.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil && (!errors.As(err, &reported) || s.IsClosed()) {
		s.t.Fatalf("%s: %v", sql, err)
	}
	if n := len(results); err == nil && n > 0 && len(results[n-1].Rows) == 1 {
		value = string(results[n-1].Rows[0][0])
	}
	return value, reported
}

// What goes wrong in a live backend, each with its end: an error, or none.
var faults = []struct{ call, code, message string }{
	{"fault('nil_read')", "38000", "runtime error: invalid memory address or nil pointer dereference"},
	{"fault('nil_func')", "38000", "runtime error: invalid memory address or nil pointer dereference"},
	{"fault('divide')", "38000", "runtime error: integer divide by zero"},
	{"fault('panic_deep')", "38000", "from below"},
	{"fault('goroutine_nil')", "38000", "runtime error: invalid memory address or nil pointer dereference"},
	{"fault('deadlock_channel')", "38000", "all goroutines are asleep - deadlock!"},
	{"fault('exit_3')", "38000", "function called os.Exit(3)"},
	{"fault('stack_overflow_wide')", "54001", "stack overflow: a goroutine has reached the limit of 16MB"},
	{"fault('memory_slice')", "53200", "out of memory"},
	{"query('select 1/0')", "22012", "division by zero"},
	{"descend(4, 'descend', 'none')", "", ""},
	{"query('select fault(''nil_read'')')", "38000", "runtime error: invalid memory address or nil pointer dereference"},
}

func TestFaults(t *testing.T) {
	s := connect(t, startArm64(t, "testdata/faults"))
	if _, err := s.run("create extension faults; set pgstd.max_memory = '64MB'; set pgstd.max_stack = '16MB'"); err != nil {
		t.Fatal(err)
	}
	backend := s.PgConn().PID()
	for _, f := range faults {
		t.Run(f.call, func(t *testing.T) {
			s := &session{s.Conn, t}
			_, err := s.run("select " + f.call)
			switch {
			case err == nil && f.code != "":
				t.Errorf("no error, want %s %s", f.code, f.message)
			case err != nil && (err.Code != f.code || !strings.HasPrefix(err.Message, f.message)):
				t.Errorf("%s %s, want %s %s", err.Code, err.Message, f.code, f.message)
			}
			if got, err := s.run("select recovered('nil_read')"); err != nil || !strings.Contains(got, "nil pointer") {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})
	}
	s.run("reset pgstd.max_memory") // what is hashed takes more
	for _, loop := range []string{"loop", "loop_calls", "sleep", "collection", "panics", "sha256"} {
		t.Run("cancel "+loop, func(t *testing.T) {
			s := &session{s.Conn, t}
			s.run("set statement_timeout = '300ms'")
			if _, err := s.run("select fault('" + loop + "')"); err == nil || err.Code != "57014" {
				t.Errorf("%v, want 57014", err)
			}
			s.run("reset statement_timeout")
			if got, err := s.run("select tally()"); err != nil || got != "1" {
				t.Errorf("afterwards: tally %q, %v; want a new world", got, err)
			}
		})
	}
	if pid, err := s.run("select pg_backend_pid()"); err != nil || s.PgConn().PID() != backend {
		t.Errorf("it is process %s now, was %d; %v", pid, backend, err)
	}
}
