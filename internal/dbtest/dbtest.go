// Package dbtest runs what of a package's tests needs a PostgreSQL: tests and benchmarks inside the
// database (package pg/pgtest), and sessions of psql whose output is compared with a file.
//
// It prints as "go test -v" does, and knows nothing of flags and of who reads it.
package dbtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/target"
)

// Server is a scratch PostgreSQL for the tests of one package.
type Server struct {
	*cluster.Cluster
	Extension string
	// Covered takes what a session's statements have reached, where that is counted.
	Covered   func(lines string)
	ctx       context.Context
	request   target.Request
	built     *extension.Package
	withTests bool
	shown     func(string) string
}

// Start starts one for the package of a request.
func Start(ctx context.Context, r target.Request, tests *target.Tests) (*Server, error) {
	support := r
	support.Warn = nil
	files, err := target.BuildSupport(ctx, support)
	if err != nil {
		return nil, err
	}
	pg, err := r.Server(ctx)
	if err != nil {
		return nil, err
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		return nil, err
	}
	c, err := cluster.Start(ctx, cluster.Options{PG: pg, CacheDir: filepath.Join(cache, "cluster"), Files: files})
	if err != nil {
		return nil, err
	}
	return &Server{Cluster: c, ctx: ctx, request: r, shown: tests.Shown}, nil
}

// Build builds the extension, if so with its tests in it, and installs it: sessions that begin
// later have it. What counts statements comes with the tests.
func (s *Server) Build(out string, tests bool) error {
	r := s.request
	tests = tests || r.Cover
	if s.built != nil && s.withTests == tests {
		return nil
	}
	r.OutDir, r.Tests = out, tests
	built, err := target.BuildExtension(s.ctx, r)
	if err != nil {
		return err
	}
	s.Extension, s.built, s.withTests = built.Name, built.Package, tests
	return s.Install(built.Files()...)
}

// Database makes a database, and creates the extension in it if so.
func (s *Server) Database(name string, extension bool) error {
	sql := fmt.Sprintf("create database %s template template0", quote(name))
	if _, err := s.Query(s.ctx, sql); err != nil {
		return err
	}
	if !extension {
		return nil
	}
	sql = fmt.Sprintf("\\connect %s\nset client_min_messages = warning;\ncreate extension if not exists %s cascade;\ncreate extension %s cascade;",
		quote(name), target.SupportName, quote(s.Extension))
	_, err := s.Query(s.ctx, sql)
	if err != nil {
		return Origin(s.ctx, s.Cluster, s.built, err)
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// Outcome counts tests.
type Outcome struct{ Passed, Failed, Skipped int }

// Add adds others to them.
func (o *Outcome) Add(more Outcome) {
	o.Passed += more.Passed
	o.Failed += more.Failed
	o.Skipped += more.Skipped
}

// session is a connection on which tests run, and what the server says meanwhile.
type session struct {
	conn    *pgx.Conn
	schema  string // of the functions that run tests
	notices strings.Builder
}

const testDatabase = "pgtest"

func (s *Server) connect() (*session, error) {
	one := &session{}
	config, err := pgx.ParseConfig(s.URL(testDatabase))
	if err != nil {
		return nil, err
	}
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
		fmt.Fprintf(&one.notices, "    %s:  %s\n", n.Severity, n.Message)
	}
	if one.conn, err = pgx.ConnectConfig(s.ctx, config); err != nil {
		return nil, err
	}
	err = one.conn.QueryRow(s.ctx, "select pronamespace::regnamespace::text from pg_proc where proname = $1", target.RunTestFunction).Scan(&one.schema)
	return one, err
}

// call calls a function that runs a test, in a transaction that is rolled back. What ends the
// transaction is part of the report.
func (one *session) call(ctx context.Context, function string, args ...any) (report string, died bool, err error) {
	one.notices.Reset()
	tx, err := one.conn.Begin(ctx)
	if err != nil {
		return "", false, err
	}
	defer tx.Rollback(ctx)
	marks := make([]string, len(args))
	for i := range args {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	err = tx.QueryRow(ctx, fmt.Sprintf("select %s.%s(%s)", one.schema, function, strings.Join(marks, ", ")), args...).Scan(&report)
	if failed := (*pgconn.PgError)(nil); errors.As(err, &failed) {
		return sqlError(failed), true, nil
	}
	return report, false, err
}

// sqlError is an error as psql shows it.
func sqlError(e *pgconn.PgError) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:  %s (%s)\n", e.Severity, e.Message, e.Code)
	for _, part := range []struct{ name, text string }{{"DETAIL", e.Detail}, {"HINT", e.Hint}, {"CONTEXT", e.Where}} {
		if part.text != "" {
			fmt.Fprintf(&b, "%s:  %s\n", part.name, part.text)
		}
	}
	return b.String()
}

// RunTests runs tests inside the database, one after the other.
func (s *Server) RunTests(names []string, run *regexp.Regexp, say func(name, report string)) (Outcome, error) {
	var all Outcome
	var one *session
	defer func() {
		if one != nil {
			one.conn.Close(s.ctx)
		}
	}()
	for _, name := range names {
		if run != nil && !run.MatchString(name) {
			continue
		}
		var err error
		if one == nil {
			if one, err = s.connect(); err != nil {
				return all, err
			}
		}
		start := time.Now()
		report, died, err := one.call(s.ctx, target.RunTestFunction, name)
		if s.ctx.Err() != nil {
			return all, s.ctx.Err()
		}
		if err != nil { // the backend has gone
			report, died = fmt.Sprintf("%v\n", err), true
			one.conn.Close(s.ctx)
			one = nil
		}
		if died {
			text := strings.ReplaceAll(strings.TrimSuffix(s.shown(report), "\n"), "\n", "\n    ")
			report = fmt.Sprintf("--- FAIL: %s (%.2fs)\n    %s\n", name, time.Since(start).Seconds(), text)
		}
		if one != nil && one.notices.Len() > 0 {
			report += one.notices.String()
		}
		if one != nil && one.conn.IsClosed() { // by a FATAL error
			one = nil
		}
		if one != nil && s.request.Cover {
			if err := s.covered(one); err != nil {
				return all, err
			}
		}
		switch {
		case strings.HasPrefix(report, "--- FAIL"):
			all.Failed++
		case strings.HasPrefix(report, "--- SKIP"):
			all.Skipped++
		default:
			all.Passed++
		}
		say(name, report)
	}
	return all, nil
}

// covered takes what a test has reached.
func (s *Server) covered(one *session) error {
	var lines string
	err := one.conn.QueryRow(s.ctx, fmt.Sprintf("select %s.%s()", one.schema, target.CoverageFunction)).Scan(&lines)
	if err != nil {
		return fmt.Errorf("asking which statements ran: %w", err)
	}
	s.Covered(lines)
	return nil
}

// PrepareTests makes the database for tests and benchmarks; the extension was built with them.
func (s *Server) PrepareTests() error { return s.Database(testDatabase, true) }

// RunBenchmarks runs benchmarks inside the database, each for a time, and count times.
func (s *Server) RunBenchmarks(names []string, run *regexp.Regexp, each time.Duration, count int, out io.Writer) (Outcome, error) {
	var all Outcome
	one, err := s.connect()
	if err != nil {
		return all, err
	}
	defer one.conn.Close(s.ctx)
	for _, name := range names {
		if run != nil && !run.MatchString(name) {
			continue
		}
		for range count {
			report, died, err := one.call(s.ctx, target.RunBenchmarkFunction, name, each.Nanoseconds())
			if err != nil {
				return all, fmt.Errorf("%s: %w", name, err)
			}
			if died {
				report = fmt.Sprintf("--- FAIL: %s\n%s", name, s.shown(report))
			}
			if strings.HasPrefix(report, "--- FAIL") {
				all.Failed++
			} else {
				all.Passed++
			}
			fmt.Fprint(out, report)
		}
	}
	return all, nil
}
