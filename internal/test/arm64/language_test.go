package arm64

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/target"
)

// Functions of all kinds of calls, compiled on amd64 for both; the last is for amd64 only.
const functions = `
create type pair as (n int, word text);
create function add(a int, b int) returns int language plgo immutable strict as $$ return a + b $$;
create function shout(t text) returns text language plgo strict as $$ return strings.ToUpper(t) + "!" $$;
create function halves(n int) returns setof int language plgo strict as $$
	return func(yield func(int32) bool) {
		for ; n > 0 && yield(n); n /= 2 {
		}
	}
$$;
create function swap(p pair) returns pair language plgo strict as $$
	n, err := strconv.Atoi(*p.Word)
	if err != nil {
		return nil, err
	}
	word := strconv.Itoa(int(*p.N))
	p.N, p.Word = new(int32(n)), &word
	return &p, nil
$$;
create function root(x float8) returns float8 language plgo strict as $$ return math.Sqrt(x) $$;
create function nothing() returns int language plgo as $$ var p *int32; return *p $$;
create function endless() returns void language plgo as $$ for {} $$;
create table log (n int, stamp text);
create function stamp() returns trigger language plgo as $$
	var n int
	if err := t.New.Get("n", &n); err != nil {
		return err
	}
	return t.New.Set("stamp", fmt.Sprintf("row %d of %s", n, t.Table))
$$;
create trigger stamp before insert on log for each row execute function stamp();
create index on log (add(n, 1));
insert into log (n) values (1), (2);
set plgo.targets = 'amd64';
create function here_only(a int) returns int language plgo strict as $$ return a * 2 $$;
`

// What they return, on both.
const readOnlyCalls = `
select add(1, 2), shout('wörld'), root(2);
select array_agg(h) from halves(100) h;
select swap((7, '42')::pair);
`

const calls = readOnlyCalls + `
insert into log (n) values (3) returning stamp;
select n, stamp from log where add(n, 1) = 3;
`

// TestLanguage takes functions of plgo from this machine to arm64, as a dump does: what
// calls them there is native code, and there is no compiler.
func TestLanguage(t *testing.T) {
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kit.FindCC(g, Target); err != nil && target.Target(Target).Cross() {
		t.Skip(err)
	}
	here, err := plgotest.Start(t.Context(), plgotest.Options{
		Targets:  []target.Target{target.Host(), Target},
		Settings: append([]string{"plgo.targets=amd64, arm64"}, replicated...),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := here.Stop(); err != nil {
			t.Error(err)
		}
	})
	query(t, here.Cluster, functions)
	for _, c := range []struct{ function, targets string }{
		{"shout(text)", "{linux-postgres-amd64,linux-postgres-arm64}"},
		{"here_only(integer)", "{linux-postgres-amd64}"},
	} {
		if got := query(t, here.Cluster, "select targets from plgo.functions where function = '"+c.function+"'::regprocedure"); got != c.targets {
			t.Errorf("%s is there for %s, want %s", c.function, got, c.targets)
		}
	}
	t.Run("object", func(t *testing.T) { runObject(t, here.Cluster) })
	t.Run("restored", func(t *testing.T) { restore(t, here.Cluster) })
	t.Run("standby", func(t *testing.T) { follow(t, here.Cluster) })
}

// startLanguage starts a PostgreSQL for arm64 that knows plgo.
func startLanguage(t *testing.T, o cluster.Options) *cluster.Cluster {
	t.Helper()
	s := system(t)
	request := target.Request{Options: target.Options{Target: Target}, PGConfig: s.PGConfig}
	for _, build := range []func(context.Context, target.Request) ([]string, error){target.BuildLanguage, target.BuildSupport} {
		files, err := build(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		o.Files = append(o.Files, files...)
	}
	own := s.Options()
	o.PG, o.Psql = own.PG, own.Psql
	return clusters.Start(t, o)
}

// runObject runs the object of a function for arm64 without a PostgreSQL.
func runObject(t *testing.T, here *cluster.Cluster) {
	file := filepath.Join(t.TempDir(), "add.so")
	text := query(t, here, "select encode(object, 'hex') from plgo.object where target = '"+Target+"' and key = plgo.key('add(int, int)')")
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	if f, err := elf.NewFile(bytes.NewReader(data)); err != nil || f.Machine != elf.EM_AARCH64 {
		t.Fatalf("%v, %v", f, err)
	}
	emulator, err := kit.Emulator(Target)
	if err != nil {
		t.Skip(err)
	}
	host, err := target.StandaloneHost(t.Context(), target.Options{Target: Target})
	if err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), emulator, append([]string{host, file}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	name, found := strings.CutSuffix(run("list"), "/2")
	if !found {
		t.Fatalf("%q is no function of two arguments", name)
	}
	if got := run("call", name, "20", "22"); got != "42" {
		t.Errorf("got %s", got)
	}
}

// restore has a PostgreSQL on arm64 read a dump, and call what was in it.
func restore(t *testing.T, here *cluster.Cluster) {
	if pg, err := pgconfig.Find(t.Context(), ""); err != nil {
		t.Fatal(err)
	} else if s := system(t); pg.Major > s.PG.Major {
		t.Skipf("PostgreSQL %d does not read what PostgreSQL %d has dumped", s.PG.Major, pg.Major)
	}
	there := startLanguage(t, cluster.Options{Settings: []string{"plgo.compiler="}})
	query(t, there, dump(t, here))
	if got, want := query(t, there, calls), query(t, here, calls); strings.Count(got, "\n") != 4 || got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}

	c := connect(t, there)
	const noForm = "there is no compiled form of function "
	for _, f := range []struct{ sql, code, message string }{
		{"select nothing()", "38000", "runtime error: invalid memory address or nil pointer dereference"},
		{"set statement_timeout = '300ms'; select endless()", "57014", "canceling statement due to statement timeout"},
		{"select here_only(1)", "55000", noForm + "here_only"},
		{"create function late() returns int language plgo as 'return 1'", "55000", noForm + "late"},
		{"do language plgo 'pg.Notice(1)'", "55000", noForm},
	} {
		_, err := c.run(f.sql)
		if err == nil || err.Code != f.code || !strings.HasPrefix(err.Message, f.message) {
			t.Errorf("%s: %v, want %s %s", f.sql, err, f.code, f.message)
		}
		if f.code == "55000" && err != nil && !strings.Contains(err.Hint, `"plgo.compiler"`) {
			t.Errorf("%s: hint %q", f.sql, err.Hint)
		}
		c.run("reset statement_timeout")
		if got, err := c.run("select add(20, 22)"); err != nil || got != "42" {
			t.Errorf("after %s: %q, %v", f.sql, got, err)
		}
	}
	// Without its object, a function is there and says so; with it, it is called.
	const object = "from plgo.object where key = plgo.key('shout(text)')"
	query(t, there, "create table kept as select * "+object+"; delete "+object)
	if _, err := there.Query(t.Context(), "select shout('a')"); err == nil || !strings.Contains(err.Error(), noForm+"shout") {
		t.Errorf("without an object: %v", err)
	}
	if got := query(t, there, "insert into plgo.object select * from kept; select shout('a')"); got != "A!" {
		t.Errorf("got %s", got)
	}
}

// dump is what pg_dump says of a cluster.
func dump(t *testing.T, c *cluster.Cluster) string {
	t.Helper()
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), pg.Bin("pg_dump"))
	cmd.Env = append(os.Environ(), c.Env()...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v: %s", err, stderr.String())
	}
	return string(out)
}
