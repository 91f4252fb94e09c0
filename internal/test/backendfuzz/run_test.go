package backendfuzz

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Bounds that nothing should come near. A statement has a timeout of its own.
const (
	statementBound = 60 * time.Second
	cancelBound    = 20 * time.Second
)

// finding is what must never happen.
type finding struct {
	kind string // the same for the same fault, as far as that can be told
	text string
	step int
}

func (f *finding) Error() string { return f.kind + ": " + f.text }

// internal are errors with SQLSTATE XX000 that PostgreSQL has for whoever changes
// what others use. Of ours, there is none.
var internal = regexp.MustCompile(`^(cache lookup failed for|could not find tuple for|tuple concurrently|attribute \d+ of type|could not open relation|` +
	`could not find attribute|missing attribute|relation \d+ deleted|no such attribute|type \d+ does not exist|unexpected end of data|wrong number of columns)`)

// run is one sequence in progress.
type run struct {
	server   *server
	database string
	conns    []*pgconn.PgConn
	watcher  *pgconn.PgConn // ends statements
	probe    *pgconn.PgConn
	log      int // of the server, where this run begins
	outcomes []string
	masks    map[uint32]string
}

// play runs a sequence in a database of its own. Afterwards, outcomes has a line for
// each step that was run.
func (s *server) play(ctx context.Context, steps []step) (outcomes []string, found *finding, err error) {
	r := &run{server: s, conns: make([]*pgconn.PgConn, len(sessions)), log: len(s.Log()), masks: map[uint32]string{}}
	database, drop, err := s.database(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer drop()
	r.database = database
	defer func() {
		for _, c := range append(r.conns, r.watcher, r.probe) {
			if c != nil {
				c.Close(ctx)
			}
		}
	}()
	if r.watcher, err = s.connect(ctx, database, "postgres"); err != nil {
		return nil, nil, err
	}
	if r.probe, err = s.connect(ctx, database, "postgres"); err != nil {
		return nil, nil, err
	}
	for i := range steps {
		if found = r.step(ctx, &steps[i]); found != nil {
			found.step = i
			break
		}
		if i%50 == 49 || i == len(steps)-1 {
			if found = r.everybody(ctx); found != nil {
				found.step = i
				break
			}
		}
	}
	if found == nil {
		if found = r.rest(ctx); found != nil {
			found.step = len(steps) - 1
		}
	}
	if found != nil {
		if err := s.ready(ctx, r.log); err != nil {
			return r.outcomes, found, fmt.Errorf("after %w: %w", found, err)
		}
	}
	return r.outcomes, found, nil
}

func (r *run) step(ctx context.Context, s *step) *finding {
	conn := r.conns[s.session]
	if conn == nil {
		var err error
		if conn, err = r.server.connect(ctx, r.database, sessions[s.session]); err != nil {
			return &finding{kind: "connection", text: err.Error()}
		}
		r.conns[s.session] = conn
		r.masks[conn.PID()] = status(conn.PID(), "SigBlk") + status(conn.PID(), "SigIgn")
	}
	results, err := r.exec(ctx, conn, s)
	r.outcomes = append(r.outcomes, outcome(results, err))
	if found := r.judge(ctx, s, conn, results, err); found != nil {
		return found
	}
	if conn.IsClosed() {
		r.conns[s.session] = nil // by a step that ends it
		return nil
	}
	if n := status(conn.PID(), "Threads"); n != "1" {
		return &finding{kind: "threads", text: "a backend has " + n + " threads"}
	}
	if mask := r.mask(conn.PID()); mask != r.masks[conn.PID()] {
		return &finding{kind: "signals", text: fmt.Sprintf("a backend blocks and ignores %s, and at first %s", mask, r.masks[conn.PID()])}
	}
	return nil
}

// mask returns the signals that a backend blocks and ignores: those of its start, if it is back
// at them soon. While a handler runs, which a timer can start every millisecond, it blocks all.
func (r *run) mask(pid uint32) (mask string) {
	for range 5000 {
		mask = status(pid, "SigBlk") + status(pid, "SigIgn")
		if mask == r.masks[pid] {
			break
		}
		time.Sleep(2 * time.Millisecond)
	}
	return mask
}

var errHangs = errors.New("it cannot be cancelled")

// exec runs a step's statement and what goes with it.
func (r *run) exec(ctx context.Context, conn *pgconn.PgConn, s *step) ([]*pgconn.Result, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	type answer struct {
		results []*pgconn.Result
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		results, err := conn.Exec(ctx, s.sql).ReadAll()
		done <- answer{results, err}
	}()
	signal := func(function string) {
		_, _ = r.watcher.Exec(ctx, fmt.Sprintf("select %s(%d)", function, conn.PID())).ReadAll()
	}
	if s.cancel > 0 || s.kill {
		select {
		case a := <-done:
			return a.results, a.err
		case <-time.After(max(s.cancel, time.Millisecond)):
		}
		if s.kill {
			signal("pg_terminate_backend")
		} else {
			signal("pg_cancel_backend")
		}
	}
	if s.probe != "" {
		if found := r.tryProbe(ctx, s); found != nil {
			a := <-done
			return a.results, found
		}
	}
	select {
	case a := <-done:
		return a.results, a.err
	case <-time.After(statementBound):
	}
	where := r.where(ctx, conn.PID())
	signal("pg_cancel_backend")
	select {
	case a := <-done:
		if s.cancel == 0 && a.err != nil {
			return a.results, fmt.Errorf("ended only by a cancel, %s: %w", where, a.err)
		}
		return a.results, a.err
	case <-time.After(cancelBound):
		return nil, fmt.Errorf("%w: %s", errHangs, where)
	}
}

// where says what a backend waits for.
func (r *run) where(ctx context.Context, pid uint32) string {
	results, err := r.watcher.Exec(ctx, fmt.Sprintf("select concat_ws(' ', state, wait_event_type, wait_event) from pg_stat_activity where pid = %d", pid)).ReadAll()
	if err != nil || len(results) == 0 || len(results[0].Rows) == 0 {
		return "unknown"
	}
	return string(results[0].Rows[0][0])
}

// blocked is how often in a row the same lock has to be seen as waited for.
const blocked = 5

// tryProbe runs a probe beside the step. It may wait for a lock that SQL knows, until its
// lock_timeout, but for none that is meant to be held for microseconds.
func (r *run) tryProbe(ctx context.Context, s *step) *finding {
	time.Sleep(s.wait)
	type answer struct {
		results []*pgconn.Result
		err     error
	}
	done := make(chan answer, 1)
	go func() {
		results, err := r.probe.Exec(ctx, s.probe).ReadAll()
		done <- answer{results, err}
	}()
	var found *finding
	for seen := 0; ; {
		select {
		case a := <-done:
			if found == nil {
				found = r.judge(ctx, &step{op: s.op, sql: s.probe}, r.probe, a.results, a.err)
			}
			return found
		case <-time.After(10 * time.Millisecond):
		}
		where := r.where(ctx, r.probe.PID())
		if !strings.Contains(where, "LWLock") && !strings.Contains(where, "BufferPin") {
			seen = 0
		} else if seen++; seen == blocked {
			found = &finding{kind: "lock", text: "somebody else waits: " + where}
		}
	}
}

// bad is what statements of ours say of a wrong value.
const bad = "BAD"

func (r *run) judge(ctx context.Context, s *step, conn *pgconn.PgConn, results []*pgconn.Result, err error) *finding {
	for _, result := range results {
		for _, row := range result.Rows {
			for _, cell := range row {
				if strings.HasPrefix(string(cell), bad) {
					return &finding{kind: "value of " + s.op, text: string(cell)}
				}
			}
		}
	}
	var reported *pgconn.PgError
	var found *finding
	switch {
	case err == nil:
	case errors.As(err, &found):
		return found
	case errors.Is(err, errHangs):
		return &finding{kind: "hangs", text: err.Error()}
	case !errors.As(err, &reported):
		if s.kill {
			return nil
		}
		return r.died(ctx, err)
	case strings.Contains(err.Error(), "ended only by a cancel"):
		return &finding{kind: "long", text: err.Error()}
	case strings.HasPrefix(reported.Message, bad):
		return &finding{kind: "value of " + s.op, text: reported.Message}
	case reported.Code == "57P01" && s.kill:
	case strings.HasPrefix(reported.Code, "57P"):
		return r.died(ctx, err)
	case strings.HasPrefix(reported.Code, "XX") && !internal.MatchString(reported.Message) && reported.Detail == "":
		return &finding{kind: "internal error " + digits.ReplaceAllString(reported.Message, "N"), text: err.Error() + " " + reported.Where}
	}
	if conn.IsClosed() && !s.kill {
		return r.died(ctx, fmt.Errorf("the session has ended: %w", err))
	}
	return nil
}

var digits = regexp.MustCompile(`\d+`)

// died is a connection that has been lost: the log tells what has happened.
func (r *run) died(ctx context.Context, err error) *finding {
	for range 100 {
		if text := r.server.crashes(r.log); text != "" {
			kind := "crash"
			if m := regexp.MustCompile(`AddressSanitizer: [\w-]+`).FindString(text); m != "" {
				kind = m
			}
			return &finding{kind: kind, text: text}
		}
		time.Sleep(20 * time.Millisecond)
	}
	return &finding{kind: "connection", text: fmt.Sprint(err)}
}

// everybody looks at the server from the outside.
func (r *run) everybody(ctx context.Context) *finding {
	ctx, stop := context.WithTimeout(ctx, statementBound)
	defer stop()
	if text := r.server.crashes(r.log); text != "" {
		return &finding{kind: "crash", text: text}
	}
	if _, err := r.watcher.Exec(ctx, "checkpoint").ReadAll(); err != nil {
		return &finding{kind: "checkpoint", text: err.Error()}
	}
	return nil
}

// atRest is how many bytes a session may keep of each kind of ours when it has neither
// worlds nor plans, and in the context that everything else hangs on.
const atRest = 16 << 20

// rest looks at what is left in each session when it is as new.
func (r *run) rest(ctx context.Context) *finding {
	const left = "select name, sum(total_bytes) from pg_backend_memory_contexts where name ~ '^(pgstd|plgo|TopMemoryContext)' group by name"
	for i, conn := range r.conns {
		if conn == nil {
			continue
		}
		results, err := conn.Exec(ctx, "rollback").ReadAll()
		for _, sql := range []string{"discard all", "select pgstd.discard_worlds()", left} {
			if err == nil {
				results, err = conn.Exec(ctx, sql).ReadAll()
			}
		}
		if err != nil {
			return r.died(ctx, err)
		}
		for _, row := range results[0].Rows {
			if bytes, _ := strconv.Atoi(string(row[1])); bytes > atRest {
				return &finding{kind: "memory", text: fmt.Sprintf("session %d keeps %d bytes of %s", i, bytes, row[0])}
			}
		}
	}
	return nil
}

// outcome is what became of a statement, in a line.
func outcome(results []*pgconn.Result, err error) string {
	if err != nil {
		line, _, _ := strings.Cut(err.Error(), "\n")
		return line
	}
	var cells []string
	for _, result := range results {
		for i, row := range result.Rows {
			if i == 3 {
				cells = append(cells, "...")
				break
			}
			for _, cell := range row {
				cells = append(cells, string(cell[:min(len(cell), 60)]))
			}
		}
	}
	return strings.Join(cells, " | ")
}
