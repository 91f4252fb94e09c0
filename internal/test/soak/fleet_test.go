package soak

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/plgo/plgotest"
)

// fleetScale is how much is done with functions that share a base.
type fleetScale struct {
	duration            time.Duration
	functions, replaces int
	sessions            int
}

var (
	shortFleet = fleetScale{duration: 5 * time.Second, functions: 40, replaces: 300, sessions: 3}
	fullFleet  = fleetScale{functions: 3000, replaces: 10_000, sessions: 8}
)

// variants is how many texts a function has that is replaced.
const variants = 6

// TestFleet has many functions in a session, replaces one again and again, and has sessions call, replace and drop
// the same functions of two owners as several roles, while their worlds die.
func TestFleet(t *testing.T) {
	scale := shortFleet
	if long := soakFor(t); long > 0 {
		scale = fullFleet
		scale.duration = long
	}
	s, err := plgotest.Start(context.Background(), plgotest.Options{
		Base:     plgotest.BaseFirst,
		Settings: []string{"pgstd.max_stale=1MB", "log_min_messages=log", "plgo.compile_timeout=600"},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	f := fleet{s, scale}
	t.Run("many", f.many)
	t.Run("replaced", f.replaced)
	t.Run("mixed", f.mixed)
	if crash := clusters.Crash(s.Log()); crash != "" {
		t.Errorf("a backend crashed: %s", crash)
	}
}

type fleet struct {
	*plgotest.Server
	scale fleetScale
}

func (f fleet) session(t *testing.T, n int) *session {
	t.Helper()
	return (&server{Cluster: f.Cluster}).connect(t, n)
}

// want executes a query of one value.
func (s *session) want(sql, want string) {
	s.t.Helper()
	var got string
	if err := s.QueryRow(context.Background(), sql).Scan(&got); err != nil || got != want {
		s.t.Fatalf("%s: %q, %v, want %q", sql, got, err, want)
	}
}

// many has a session call many functions, each of which has variables and types of its own.
func (f fleet) many(t *testing.T) {
	s := f.session(t, 0)
	defer s.Close(context.Background())
	for i := range f.scale.functions {
		s.exec(fmt.Sprintf(`create function many_%d(n bigint) returns text language plgo as $$
			var ( calls int )
			type pair struct{ a, b int64 }
			calls++
			p := pair{n, %[1]d}
			return fmt.Sprint(p, calls) $$`, i))
	}
	for round := 1; round <= 2; round++ {
		for i := range f.scale.functions {
			s.want(fmt.Sprintf("select many_%d(7)", i), fmt.Sprintf("{7 %d} %d", i, round))
		}
	}
	if !inCells {
		s.want("select count(*)::text from pgstd.worlds where module like 'plgo base %'", "1")
	}
}

// replaceText makes one of the variants of a function, which returns its number times 1000 more than its argument.
func replaceText(name string, variant int) string {
	return fmt.Sprintf(`create or replace function %s(n bigint) returns bigint language plgo as $$
		type step%[2]d struct{ by int64 }
		var s any = step%[2]d{%[2]d * 1000}
		return n + s.(step%[2]d).by $$`, name, variant)
}

// replaced has a session replace a function and call it, in which nothing grows.
func (f fleet) replaced(t *testing.T) {
	s := f.session(t, 0)
	defer s.Close(context.Background())
	before := 0
	for i := range f.scale.replaces {
		s.exec(replaceText("replaced", i%variants))
		s.want("select replaced(1)::text", fmt.Sprint(i%variants*1000+1))
		if i == f.scale.replaces/3 {
			before = s.resident()
		}
	}
	if after := s.resident(); after > before+growth {
		t.Errorf("a backend has grown from %d kB to %d kB", before, after)
	}
}

const fleetSetup = `
create role owner_a; create role owner_b; create role caller;
grant create, usage on schema public to owner_a, owner_b, caller;
set role owner_a;
create function dies_a(how text) returns int language plgo as $$
	var ( kept [][]byte )
	func deep(n int) int { return deep(n+1) + 1 }
	switch how {
	case "exit": os.Exit(3)
	case "stack": return int32(deep(0))
	case "memory": for { kept = append(kept, make([]byte, 1<<20)) }
	case "panic": panic("on purpose")
	case "loop": for {}
	}
	return 0
$$;
create function up_a(n int) returns setof int language plgo as $$
	return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } }
$$;
set role owner_b;
create function dies_b(how text) returns int language plgo as $$ if how == "exit" { os.Exit(4) }; select {} $$;
create function up_b(n int) returns setof int language plgo as $$
	return func(yield func(int32) bool) { for i := range n { if !yield(i) { return } } }
$$;
reset role;
`

// deaths are the ways in which a world ends, or a call in it, and the SQLSTATE of each.
var deaths = map[string]string{"exit": "38000", "stack": "54001", "memory": "53200", "panic": "38000"}

var ways = slices.Sorted(maps.Keys(deaths))

// conflicts are the SQLSTATEs of statements about a function that another session drops or replaces.
var conflicts = []string{"XX000", "42883", "23505", "42723", "40001", "40P01", "55P03", "2BP01"}

// mixed has sessions do everything at once.
func (f fleet) mixed(t *testing.T) {
	if _, err := f.Query(t.Context(), fleetSetup); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(f.scale.duration)
	var wg sync.WaitGroup
	for n := range f.scale.sessions {
		s := f.session(t, n+1)
		if n%2 == 1 {
			s.exec("set plgo.shared_base = off") // of what it creates
		}
		wg.Go(func() {
			defer s.Close(context.Background())
			for time.Now().Before(deadline) && !t.Failed() {
				s.mix()
			}
		})
	}
	wg.Wait()
	s := f.session(t, 0)
	defer s.Close(context.Background())
	for _, owner := range []string{"a", "b"} {
		s.exec("set role owner_" + owner)
		for i := range 4 {
			name := fmt.Sprintf("mixed_%s%d", owner, i)
			s.exec(replaceText(name, i))
			s.want(fmt.Sprintf("select %s(5)::text", name), fmt.Sprint(i*1000+5))
		}
		s.exec("reset role")
	}
}

// mix does one thing.
func (s *session) mix() {
	owner := []string{"a", "b"}[s.dice.IntN(2)]
	name := fmt.Sprintf("mixed_%s%d", owner, s.dice.IntN(4))
	role := []string{"none", "owner_a", "owner_b", "caller"}[s.dice.IntN(4)]
	switch s.dice.IntN(12) {
	case 0, 1:
		s.may("set role owner_" + owner + "; " + replaceText(name, s.dice.IntN(variants)))
	case 2:
		s.may("set role owner_" + owner + "; drop function if exists " + name + "(bigint)")
	case 3:
		s.may("set role owner_" + owner + "; begin; " + replaceText(name, s.dice.IntN(variants)) + "; select " + name + "(1); rollback")
	case 4:
		how := ways[s.dice.IntN(len(ways))]
		if owner == "b" {
			how = "exit"
		}
		s.exec("set role " + role)
		s.failsWith(fmt.Sprintf("select dies_%s('%s')", owner, how), deaths[how])
	case 5:
		s.exec(fmt.Sprintf("reset role; begin; set local statement_timeout = %d", 1+s.dice.IntN(20)))
		s.failsWith("select dies_a('loop')", "57014")
		s.exec("rollback")
	case 6:
		s.exec("set role " + role)
		s.want(fmt.Sprintf("select sum(x)::text from (select up_%s(100000) as x limit 4) u", owner), "6")
	case 7:
		s.exec("reset role; select pgstd.discard_worlds()")
	default:
		s.exec("set role " + role)
		s.calls(name)
	}
}

// calls calls a function that may be of any variant, or gone.
func (s *session) calls(name string) {
	n := s.dice.Int64N(1000)
	var got int64
	err := s.QueryRow(context.Background(), fmt.Sprintf("select %s(%d)", name, n)).Scan(&got)
	if err == nil && (got%1000 != n || got/1000 >= variants) {
		s.t.Errorf("%s(%d) = %d", name, n, got)
	}
	s.conflict(name, err)
}

// may executes what another session's statement can make impossible.
func (s *session) may(sql string) {
	_, err := s.Exec(context.Background(), sql)
	s.conflict(sql, err)
	if err != nil {
		s.exec("rollback")
	}
}

func (s *session) conflict(what string, err error) {
	var reported *pgconn.PgError
	if err != nil && (!errors.As(err, &reported) || !slices.Contains(conflicts, reported.Code) || strings.Contains(reported.Message, "pgstd")) {
		s.t.Errorf("%s: %#v", what, err)
	}
}
