package backendfuzz

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
)

// hostileFor is how long the short form goes on.
const hostileFor = 10 * time.Second

// backendMost is more than a backend has, in kB, whatever its cells say: with a limit of 64 MB for a
// world, several of them, and what is copied of their values.
const backendMost = 1 << 20

// cellProgram compiles the program of a cell that has been taken over.
func cellProgram(t *testing.T) (program, control string) {
	t.Helper()
	base, err := cluster.Base()
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp(base, "pgstd-hostile-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	program, control = filepath.Join(dir, pgstd.CellProgram), filepath.Join(dir, "control")
	const host = "../../../host"
	args := []string{
		"-std=gnu11", "-O1", "-g", "-D_GNU_SOURCE", "-Wall", "-Werror", "-pthread", "-mno-red-zone",
		"-DCONTROL=\"" + control + "\"", "-I" + host + "/cell", "-o", program, "testdata/hostile.c",
	}
	for _, source := range link.CellSources {
		if source != "cell/main.c" {
			args = append(args, filepath.Join(host, source))
		}
	}
	if out, err := exec.CommandContext(t.Context(), "gcc", args...).CombinedOutput(); err != nil {
		t.Fatalf("compiling testdata/hostile.c: %v\n%s", err, out)
	}
	behave(t, control, 0, 0)
	return program, control
}

// behave says how cells are to behave that start from now on; oneOf is 0: as they should.
func behave(t *testing.T, control string, seed uint64, oneOf int) {
	t.Helper()
	if err := os.WriteFile(control, fmt.Appendf(nil, "%d %d\n", seed, oneOf), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestHostileCell runs statements in cells that answer with what no cell answers.
func TestHostileCell(t *testing.T) { hostile(t, kit.HostDebug(os.Getenv("PGSTD_FUZZ_HOST"))) }

func hostile(t *testing.T, debug kit.HostDebug) {
	program, control := cellProgram(t)
	s := startWith(t, debug, []string{"pgstd.isolation=cell"}, []string{program})
	if _, err := s.Query(t.Context(), "\\c "+template+"\n"+hostileSetup()); err != nil {
		t.Fatal(err, s.crashes(0))
	}
	database, drop, err := s.database(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer drop()
	r := &run{server: s, database: database, log: len(s.Log()), masks: map[uint32]string{}}
	if r.watcher, err = s.connect(t.Context(), database, "postgres"); err != nil {
		t.Fatal(err)
	}
	defer r.watcher.Close(context.WithoutCancel(t.Context()))

	seeds := uint64(0)
	end := time.Now().Add(hostileFor)
	if text := os.Getenv("PGSTD_FUZZ"); text != "" {
		d, err := time.ParseDuration(text)
		if err != nil {
			t.Fatalf("PGSTD_FUZZ: %v; want a duration such as 5m", err)
		}
		end = time.Now().Add(d)
	}
	if text := os.Getenv("PGSTD_FUZZ_SEED"); text != "" {
		if seeds, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
		seeds--
	}
	outcomes := map[string]int{}
	for time.Now().Before(end) {
		seeds++
		if found := r.hostileSession(t, control, seeds, outcomes); found != nil {
			t.Fatalf("seed %d: %v", seeds, found)
		}
	}
	behave(t, control, 0, 0)
	conn, err := s.connect(t.Context(), database, "fuzz_a")
	if err != nil {
		t.Fatal(err, s.crashes(r.log))
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if results, err := conn.Exec(t.Context(), "select fz.f_int(41)").ReadAll(); err != nil || string(results[0].Rows[0][0]) != "42" {
		t.Errorf("after all: %v", err)
	}
	if found := s.crashes(r.log); found != "" {
		t.Error(found)
	}
	unmapped(t, s, control, database)
	withoutNamespaces(t, s, control, database)
	otherTypes(t, s, control, database)
	bounded(t, s, conn, database)
	refused(t, s, database)
	t.Logf("%d sessions; outcomes of statements: %v", seeds, outcomes)
}

// unmapped has a cell in which the address space of a world is taken: one error says so, and the
// next call has another cell.
func unmapped(t *testing.T, s *server, control, database string) {
	conn, err := s.connect(t.Context(), database, "fuzz_a")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := os.WriteFile(control, fmt.Appendf(nil, "0 0 0 %d\n", syscall.EEXIST), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err := conn.Exec(t.Context(), "select fz.f_int(41)").ReadAll()
		var e *pgconn.PgError
		if !errors.As(err, &e) || e.Code != "58000" || e.Message != "could not map the memory of a world in a cell" || e.Detail != "File exists" || e.Hint == "" {
			t.Errorf("no place in a cell: %#v", err)
		}
	}
	behave(t, control, 0, 0)
	if results, err := conn.Exec(t.Context(), "select fz.f_int(41)").ReadAll(); err != nil || string(results[0].Rows[0][0]) != "42" {
		t.Errorf("after a cell without a place: %v", err)
	}
}

// withoutNamespaces has a cell that the kernel gives none, of which the log speaks once in a session.
func withoutNamespaces(t *testing.T, s *server, control, database string) {
	conn, err := s.connect(t.Context(), database, "fuzz_a")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if err := os.WriteFile(control, []byte("0 0 0 0 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	before := len(s.Log())
	for range 2 {
		if _, err := conn.Exec(t.Context(), "select fz.f_int(41); select pgstd.discard_worlds()").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	behave(t, control, 0, 0)
	const says = "cells have no namespaces of their own"
	if n := strings.Count(s.Log()[before:], says); n != 1 {
		t.Errorf("the log says %d times that %s", n, says)
	}
}

// otherTypes has modules in cells say that a function takes a text, which SQL has declared with a number: nothing
// takes the number for an address. If that is not what the function has said before, neither counts.
func otherTypes(t *testing.T, s *server, control, database string) {
	conn, err := s.connect(t.Context(), database, "fuzz_a")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	call := func(want string) {
		t.Helper()
		results, err := conn.Exec(t.Context(), "select fz.h_next(41)").ReadAll()
		switch {
		case want == "" && (err != nil || string(results[0].Rows[0][0]) != "42"):
			t.Errorf("a cell of its own: %v", err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("a function of other types: %v, want %q", err, want)
		}
	}
	lie := func() {
		t.Helper()
		if err := os.WriteFile(control, []byte("0 0 0 0 0 1\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	discard := func() {
		t.Helper()
		if _, err := conn.Exec(t.Context(), "select pgstd.discard_worlds()").ReadAll(); err != nil {
			t.Fatal(err)
		}
	}
	lie()
	for range 2 {
		call("another one in Go than in SQL")
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	behave(t, control, 0, 0)
	if conn, err = s.connect(t.Context(), database, "fuzz_a"); err != nil {
		t.Fatal(err)
	}
	call("")
	lie()
	discard()
	call("a module does not describe its function")
	behave(t, control, 0, 0)
	discard()
	call("")
}

// bounded lets the server have one cell, which a session has.
func bounded(t *testing.T, s *server, has *pgconn.PgConn, database string) {
	if _, err := s.Query(t.Context(), "load 'pgstd'; alter system set pgstd.max_cells = 1; select pg_reload_conf()"); err != nil {
		t.Fatal(err)
	}
	// A session has read that in its own time.
	s.untilCall(t, database, "53400")
	if _, err := has.Exec(t.Context(), "select fz.f_int(1)").ReadAll(); err != nil {
		t.Errorf("the session that has a cell: %v", err)
	}
	pid := has.PID()
	if err := has.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if found := cellsEnd(pid); found != nil {
		t.Fatal(found)
	}
	// The kernel lets go of the lock as the backend ends, which may be after its cell.
	s.untilCall(t, database, "ok")
}

// untilCall calls a function in new sessions until that ends as it should.
func (s *server) untilCall(t *testing.T, database, want string) {
	t.Helper()
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		conn, err := s.connect(t.Context(), database, "fuzz_b")
		if err != nil {
			t.Fatal(err)
		}
		_, err = conn.Exec(t.Context(), "select fz.f_int(1)").ReadAll()
		got := kindOf(err)
		pid := conn.PID()
		if err := conn.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		// The next session does not count the cell of this one.
		for readFile(fmt.Sprintf("/proc/%d/stat", pid)) != "" && time.Now().Before(end) {
			time.Sleep(time.Millisecond)
		}
		if got == want {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("a call in a session of its own is %s, want %s", got, want)
		}
	}
}

// refused has a cell find out that the kernel takes no filter.
func refused(t *testing.T, s *server, database string) {
	program := filepath.Join(t.TempDir(), pgstd.CellProgram)
	cc := exec.CommandContext(t.Context(), "gcc", "-o", program, "-xc", "-")
	cc.Stdin = strings.NewReader("int main(void) { return 71; }")
	if out, err := cc.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := s.Install(program); err != nil {
		t.Fatal(err)
	}
	conn, err := s.connect(t.Context(), database, "fuzz_b")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	_, err = conn.Exec(t.Context(), "select fz.f_int(1)").ReadAll()
	if kindOf(err) != "0A000" || !strings.Contains(err.Error(), "filter of system calls") {
		t.Errorf("without seccomp: %v", err)
	}
}

// sound matches the SQLSTATE of an error.
var sound = regexp.MustCompile(`^(0[3-9A-Z]|[1-9A-Z][0-9A-Z])[0-9A-Z]{3}$`)

// hostileSession is one session whose cells spoil more or less of what they say.
func (r *run) hostileSession(t *testing.T, control string, seed uint64, outcomes map[string]int) *finding {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 2))}
	behave(t, control, seed, []int{1, 2, 3, 5, 8, 15, 40, 200}[g.IntN(8)])
	conn, err := r.server.connect(t.Context(), r.database, pick(g, sessions))
	if err != nil {
		return r.died(t.Context(), err)
	}
	pid := conn.PID()
	defer conn.Close(context.WithoutCancel(t.Context()))
	for range 12 {
		// A cell that says nothing is waited for until then.
		if found := r.limit(t.Context(), conn, []int{30, 100, 300}[g.IntN(3)]); found != nil {
			return found
		}
		sql := hostileStatement(g)
		results, err := r.exec(t.Context(), conn, &step{sql: sql})
		outcomes[kindOf(err)]++
		if found := r.judgeHostile(t.Context(), conn, results, err); found != nil {
			found.text = sql + ": " + found.text
			return found
		}
	}
	// So what a world has said as it died ("fault", a request that was never made) is a cell's word.
	if found := r.limit(t.Context(), conn, 0); found != nil {
		return found
	}
	results, err := conn.Exec(t.Context(), "select count(*) from pgstd.worlds where isolation <> 'cell'").ReadAll()
	if err != nil || string(results[0].Rows[0][0]) != "0" {
		return &finding{kind: "isolation", text: fmt.Sprintf("a backend has worlds of its own: %v, %v", results, err)}
	}
	if n := status(pid, "Threads"); n != "1" {
		return &finding{kind: "threads", text: "a backend has " + n + " threads"}
	}
	high, _ := strconv.Atoi(strings.TrimSuffix(status(pid, "VmHWM"), " kB"))
	if high > backendMost {
		return &finding{kind: "memory", text: fmt.Sprintf("a backend had %d kB", high)}
	}
	outcomes["high"] = max(outcomes["high"], high)
	if err := conn.Close(t.Context()); err != nil {
		return r.died(t.Context(), err)
	}
	return cellsEnd(pid)
}

// limit says how many milliseconds the statements that follow may take; 0: as many as they like.
func (r *run) limit(ctx context.Context, conn *pgconn.PgConn, milliseconds int) *finding {
	sql := fmt.Sprintf("set statement_timeout = %d", milliseconds)
	for {
		_, err := conn.Exec(ctx, sql).ReadAll()
		switch kindOf(err) {
		case "ok":
			return nil
		case "57014": // on a machine that has other work, what the last one allows may be over before that is done
		default:
			return r.died(ctx, fmt.Errorf("%s: %w", sql, err))
		}
	}
}

// cellsEnd waits until no cell of a backend is left.
func cellsEnd(backend uint32) *finding {
	suffix := fmt.Sprintf(" backend %d", backend)
	for end := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		left := ""
		titles, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, name := range titles {
			title, _, _ := strings.Cut(readFile(name), "\x00")
			if strings.HasPrefix(title, "pgstd cell: ") && strings.HasSuffix(title, suffix) {
				left = title
			}
		}
		if left == "" {
			return nil
		}
		if time.Now().After(end) {
			return &finding{kind: "left", text: left + " outlives its backend"}
		}
	}
}

func readFile(name string) string {
	data, _ := os.ReadFile(name)
	return string(data)
}

func kindOf(err error) string {
	var reported *pgconn.PgError
	if err == nil {
		return "ok"
	}
	if !errors.As(err, &reported) {
		return "other"
	}
	if strings.HasPrefix(reported.Code, "XX") {
		return digits.ReplaceAllString(reported.Message, "N")
	}
	return reported.Code
}

// judgeHostile takes any value and any error, but both have to be sound.
func (r *run) judgeHostile(ctx context.Context, conn *pgconn.PgConn, results []*pgconn.Result, err error) *finding {
	for _, result := range results {
		for _, row := range result.Rows {
			for _, value := range row {
				if !utf8.Valid(value) {
					return &finding{kind: "encoding", text: fmt.Sprintf("%q", value)}
				}
			}
		}
	}
	var reported *pgconn.PgError
	switch {
	case errors.Is(err, errHangs):
		return &finding{kind: "hangs", text: err.Error()}
	case err != nil && !errors.As(err, &reported):
		return r.died(ctx, err)
	case reported == nil:
	case strings.Contains(err.Error(), "ended only by a cancel"):
		return &finding{kind: "long", text: err.Error()}
	case reported.Severity != "ERROR" || !sound.MatchString(reported.Code):
		return &finding{kind: "error", text: reported.Severity + " " + err.Error()}
	case !utf8.ValidString(reported.Message + reported.Detail + reported.Hint + reported.Where):
		return &finding{kind: "encoding", text: fmt.Sprintf("%q", err)}
	}
	if conn.IsClosed() {
		return r.died(ctx, fmt.Errorf("the session has ended: %w", err))
	}
	return nil
}

// hostileStatement is one that has a cell do something.
func hostileStatement(g *generator) string {
	switch g.IntN(10) {
	case 0:
		return "select pgstd.discard_worlds()"
	case 1:
		return "call fz.p_commit(" + quote(called(g)) + ")"
	case 2:
		return "insert into fz.acts (id, action) values (1, " + quote(called(g)) + ")"
	case 3:
		return "do language plgo $$ pg.Notice(\"a block\"); _, err := pg.Exec(\"select 1 / 0\"); return err $$"
	case 4, 5:
		return pick(g, hostileCalls)
	default:
		return called(g)
	}
}

// hostileCalls use what no other function here does.
var hostileCalls = []string{
	"select fz.h_says('text')", "select fz.h_says(repeat('long ', 1000))", "select fz.h_zone()", "select fz.h_error()",
	"select fz.h_show()", "select fz.h_nested()",
	"select sum(x) from fz.f_set(100000) x",
	"set role fuzz_own; select fz.f_int(1); reset role; select fz.f_int(1)",
}

// hostileSetup makes their functions.
func hostileSetup() string {
	const is = " language plgo strict as $$ "
	return asOwner("create function fz.h_next(n int) returns int"+is+"return n + 1 $$") +
		asOwner("create function fz.h_says(x text) returns int"+is+`fmt.Println(x); println(x); pg.Notice(x)
pg.Report(pg.LevelNotice, &pg.Error{Code: "01000", Message: x, Detail: x, Hint: x}); return 1 $$`) +
		asOwner("create function fz.h_zone() returns text"+is+`l, err := time.LoadLocation("Europe/Berlin")
if err != nil { return "", err }
return time.Unix(0, 0).In(l).String(), nil $$`) +
		asOwner("create function fz.h_error() returns text"+is+`return "", &pg.Error{Code: "22012", Message: "m", Detail: "d", Hint: "h", Context: "c", Schema: "s",
Table: "t", Column: "c", DataType: "d", Constraint: "c"} $$`) +
		asOwner("create function fz.h_show() returns text"+is+`var r pg.Record
if err := pg.QueryRow("select row(1, 'a', array[1, 2], row(3))").Scan(&r); err != nil { return "", err }
return fmt.Sprint(r), nil $$`) +
		asOwner("create function fz.h_nested() returns text"+is+`var s string
err := pg.QueryRow("select fz.f_definer() || fz.f_things() || fz.f_int(1)").Scan(&s)
return s, err $$`)
}
