package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

// scale is how much is done.
type scale struct {
	duration          time.Duration
	sessions, objects int
	crowd             int // sessions that all call all objects at once, first
}

var (
	short = scale{duration: 5 * time.Second, sessions: 4, objects: 3, crowd: 8}
	full  = scale{sessions: 8, objects: 20, crowd: 50}
)

// growth is how many kB a backend may grow by after it has warmed up.
const growth = 8 << 10

func TestSoak(t *testing.T) {
	scale := short
	if long := soakFor(t); long > 0 {
		scale = full
		scale.duration = long
	}
	server := start(t, scale)
	postmaster := server.Pid()

	var wg sync.WaitGroup
	for n := range scale.crowd {
		s := server.connect(t, n)
		wg.Go(func() {
			defer s.Close(context.Background())
			for object := range scale.objects {
				s.work(object, "deep")
			}
		})
	}
	wg.Wait()

	deadline := time.Now().Add(scale.duration)
	for n := range scale.sessions {
		s := server.connect(t, n)
		wg.Go(func() {
			defer s.Close(context.Background())
			s.soak(deadline)
		})
	}
	wg.Wait()
	if server.Pid() != postmaster || syscall.Kill(postmaster, 0) != nil {
		t.Error("the postmaster is not the same")
	}
	if crash := clusters.Crash(server.Log()); crash != "" {
		t.Errorf("a backend crashed: %s", crash)
	}
}

// soakFor is how long somebody wants a test to go on; 0: it is to be short.
func soakFor(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("PGSTD_SOAK")
	if text == "" {
		return 0
	}
	long, err := time.ParseDuration(text)
	if err != nil || long <= 0 {
		t.Fatalf("PGSTD_SOAK: %q is no duration such as 5m", text)
	}
	return long
}

type server struct {
	*cluster.Cluster
	objects int
}

// start starts a cluster in which the extension of testdata/faults stands many
// times, each with a module file of its own.
func start(t *testing.T, scale scale) *server {
	t.Helper()
	e, err := target.BuildExtension(t.Context(), target.Request{Options: target.Options{Unchecked: true}, Dir: "../../../testdata/faults", OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	c := clusters.Start(t, cluster.Options{
		Settings: []string{"max_connections=" + strconv.Itoa(scale.crowd+scale.sessions+20), "log_min_messages=log", "pgstd.max_worlds=1000"},
	})
	module, err := os.ReadFile(e.Module)
	if err != nil {
		t.Fatal(err)
	}
	if os.Getenv("PGSTD_ISOLATION") != "" {
		support, err := target.BuildSupport(t.Context(), target.Request{})
		if err != nil {
			t.Fatal(err)
		}
		program := support[slices.IndexFunc(support, func(path string) bool { return filepath.Base(path) == pgstd.CellProgram })]
		if err := atomicfile.Copy(filepath.Join(c.Dir(), pgstd.CellProgram), program, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	sql := "create role one; create role two;"
	for n := range scale.objects {
		path := filepath.Join(c.Dir(), fmt.Sprintf("soak%d.so", n))
		if err := os.WriteFile(path, module, 0o755); err != nil {
			t.Fatal(err)
		}
		for name, signature := range map[string]string{"tally": "() returns bigint", "work": "(text) returns bigint", "fault": "(text) returns text"} {
			sql += fmt.Sprintf("create function %s_%d%s language c as '%s', 'pgstd_fn_%s';\n", name, n, signature, path, name)
		}
	}
	if _, err := c.Query(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
	return &server{c, scale.objects}
}

// session does what it is told by dice of its own, and knows what each world's
// tally has to be.
type session struct {
	*pgx.Conn
	t       *testing.T
	dice    *rand.Rand
	objects int
	role    string
	tallies map[string]int64 // by role and object
	// Worlds that may have ended with another one: a cell that has not come back in time, as
	// happens on a machine with much other work, takes all of its role along.
	doubtful map[string]bool
}

// inCells is set where a role's worlds are in one process.
var inCells = os.Getenv("PGSTD_ISOLATION") == "cell"

func (s *server) connect(t *testing.T, n int) *session {
	t.Helper()
	config, err := pgx.ParseConfig("dbname=postgres user=postgres port=5432 host=" + s.Dir())
	if err != nil {
		t.Fatal(err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	return &session{Conn: conn, t: t, dice: rand.New(rand.NewPCG(1, uint64(n))), objects: s.objects, role: "none", tallies: map[string]int64{}, doubtful: map[string]bool{}}
}

// fatal are faults, and the SQLSTATE of each.
var fatal = map[string]string{
	"goroutine": "38000", "timer": "38000", "exit_3": "38000", "goexit": "38000", "deadlock_many": "38000",
	"unlock": "38000", "map_write": "38000", "wild_write": "XX000", "stack_overflow_wide": "54001", "memory_no_gc": "53200", "memory_slice": "53200",
}

// panics are faults that a world outlives.
var panics = []string{"nil_read", "index", "divide", "panic_custom"}

var endless = []string{"loop", "loop_goroutine", "allocation", "sleep", "channel", "select_timer", "ticker", "regexp", "big", "sha256", "recover", "panics"}

var work = []string{"deep", "tiny", "heap", "numbers", "hash", "timers"}

// soak does one thing after another until the deadline. The resident size is
// compared with what it was after a third of the time.
func (s *session) soak(deadline time.Time) {
	warm := time.Now().Add(time.Until(deadline) / 3)
	before := 0
	for rounds := 0; time.Now().Before(deadline) && !s.t.Failed(); rounds++ {
		if before == 0 && time.Now().After(warm) {
			s.rest()
			before = s.resident()
		}
		object := s.dice.IntN(s.objects)
		switch s.dice.IntN(9) {
		case 0:
			s.die(object)
		case 1:
			s.cancel(object)
		case 2:
			s.switchRole()
		case 3:
			s.signals(object)
		case 4:
			s.fails(object, panics[s.dice.IntN(len(panics))], "38000")
		default:
			s.work(object, work[s.dice.IntN(len(work))])
		}
	}
	s.rest()
	if after := s.resident(); before != 0 && after > before+growth {
		s.t.Errorf("a backend has grown from %d kB to %d kB", before, after)
	}
}

// rest kills all worlds, so that sizes can be compared: twice, as the next world has the memory that the
// last one has worked with.
func (s *session) rest() {
	for _, role := range []string{"none", "one", "two", "none", "one", "two"} {
		s.setRole(role)
		for object := range s.objects {
			s.ends(object, "exit_3", "38000")
			s.work(object, "numbers")
		}
	}
}

// resident is how many kB the session has to itself: what it has of the server's buffers grows as they are used.
func (s *session) resident() int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PgConn().PID()))
	if err != nil {
		s.t.Error(err)
		return 0
	}
	_, rest, _ := strings.Cut(string(status), "RssAnon:")
	n, _ := strconv.Atoi(strings.Fields(rest)[0])
	return n
}

// work checks a result, and that the world is the one that it should be.
func (s *session) work(object int, kind string) {
	key := fmt.Sprint(s.role, object)
	s.tallies[key]++
	var result, tally int64
	err := s.QueryRow(context.Background(), fmt.Sprintf("select work_%d('%s'), tally_%[1]d()", object, kind)).Scan(&result, &tally)
	if s.doubtful[key] && tally == 1 {
		s.tallies[key] = 1
	}
	delete(s.doubtful, key)
	if err != nil || result != 1 || tally != s.tallies[key] {
		s.t.Errorf("%s %s: result %d, tally %d, want %d, %v", key, kind, result, tally, s.tallies[key], err)
	}
}

func (s *session) die(object int) {
	for name, code := range fatal {
		if s.dice.IntN(len(fatal)) == 0 {
			s.ends(object, name, code)
		}
	}
}

func (s *session) cancel(object int) {
	key := fmt.Sprint(s.role, object)
	before := s.tallies[key]
	// Local: a short one could hit the statement that resets it, too.
	s.exec("begin")
	s.exec(fmt.Sprintf("set local statement_timeout = %d", 1+s.dice.IntN(20)))
	s.fails(object, endless[s.dice.IntN(len(endless))], "57014")
	s.exec("rollback")
	// The cancel may have come before the world was entered.
	var tally int64
	if err := s.QueryRow(context.Background(), fmt.Sprintf("select tally_%d()", object)).Scan(&tally); err != nil || tally != 1 && tally != before+1 {
		s.t.Errorf("%s: tally %d after %d, %v", key, tally, before, err)
	}
	s.tallies[key] = tally
	delete(s.doubtful, key)
}

// ends calls a function that ends its world.
func (s *session) ends(object int, name, code string) {
	s.fails(object, name, code)
	s.tallies[fmt.Sprint(s.role, object)] = 0
}

// fails calls a function that ends with an error.
func (s *session) fails(object int, name, code string) {
	s.failsWith(fmt.Sprintf("select fault_%d('%s')", object, name), code)
	for other := range s.objects {
		s.doubtful[fmt.Sprint(s.role, other)] = inCells
	}
}

func (s *session) failsWith(sql, code string) {
	_, err := s.Exec(context.Background(), sql)
	var reported *pgconn.PgError
	if !errors.As(err, &reported) || reported.Code != code {
		s.t.Errorf("%s: %v, want %s", sql, err, code)
	}
}

func (s *session) switchRole() { s.setRole([]string{"none", "one", "two"}[s.dice.IntN(3)]) }

func (s *session) setRole(role string) {
	s.role = role
	s.exec("set role " + role)
}

// signals sends some that leave a backend as it is, while it works.
func (s *session) signals(object int) {
	pid := int(s.PgConn().PID())
	done := make(chan bool)
	go func() {
		defer close(done)
		for i := range 1000 {
			syscall.Kill(pid, []syscall.Signal{syscall.SIGUSR1, syscall.SIGALRM, syscall.SIGHUP, syscall.SIGURG}[i%4])
		}
	}()
	for _, kind := range work {
		s.work(object, kind)
	}
	<-done
}

func (s *session) exec(sql string) {
	if _, err := s.Exec(context.Background(), sql); err != nil {
		s.t.Errorf("%s: %v", sql, err)
	}
}
