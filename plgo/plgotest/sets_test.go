package plgotest

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/plgo/compileserver"
	"github.com/pgstd/pgstd/target"
)

// setServer starts a server whose compiler has the sets of modules in testdata.
func setServer(t *testing.T, sets map[string]string) *Server {
	t.Helper()
	s := own(t, Options{Modules: sets, Settings: []string{"statement_timeout=5min"}})
	if err := makeTemplate(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	return s
}

var testSets = map[string]string{"": "testdata/sets/texts", "others": "testdata/sets/others", "begins": "testdata/sets/begins"}

// TestSets: functions that import packages of further modules, on a base that has these.
func TestSets(t *testing.T) {
	if !sharesBase {
		t.Skip("it is about bases")
	}
	t.Parallel()
	s := setServer(t, testSets)
	database(t, s, "sets")
	clusters.Session(t, s.Cluster, "sets", "testdata/sets/sets.sql", *update)
	database(t, s, "sets_cells")
	clusters.Session(t, s.Cluster, "sets_cells", "testdata/sets/cells.sql", *update)
	database(t, s, "sets_begins")
	connect(t, s, "postgres").exec("alter database sets_begins set plgo.policy = 'begins'")
	clusters.Session(t, s.Cluster, "sets_begins", "testdata/sets/begins.sql", *update)
	t.Run("dump", func(t *testing.T) { dumpSet(t, s) })
	t.Run("damaged", func(t *testing.T) { damageSet(t, s) })
	t.Run("forged", func(t *testing.T) { forgeSet(t, s) })
}

// forgeSet: a module that a superuser has made one of another base, which this database has, ends in an error when it is called, and the
// session goes on.
func forgeSet(t *testing.T, s *Server) {
	database(t, s, "sets_forged")
	c := connect(t, s, "sets_forged")
	c.exec(ofSet)
	c.exec("set plgo.policy = 'others'; create function p() returns text language plgo as $$ return shape.Point{Z: \"p\"}.String() $$; reset plgo.policy")
	const base = "(select substr(object, 17, 32) from plgo.object where function = '%s'::regprocedure)"
	for _, to := range []string{"p()", "g()"} {
		forged := "overlay(object placing " + fmt.Sprintf(base, to) + " from 17)"
		c.exec("update plgo.object set object = " + forged + ", digest = sha256(" + forged + ") where function = 'f(int)'::regprocedure")
		fresh := connect(t, s, "sets_forged")
		fresh.exec("set plgo.policy = 'others'")
		fresh.want("select p()", "<,,p>")
		fresh.exec("reset plgo.policy")
		fresh.want("select g()", "g")
		fresh.fails("select f(1)", "XX000")
		fresh.want("select g()", "g")
		fresh.exec("set plgo.policy = 'others'")
		fresh.want("select p()", "<,,p>")
		fresh.exec("reset plgo.policy; select plgo.compile('f(int)')")
		connect(t, s, "sets_forged").want("select f(1)", "(1,0)")
	}
}

const ofSet = "create function f(n int) returns text language plgo as $$ return shape.Point{X: int(n)}.String() $$; create function g() returns text language plgo as $$ return \"g\" $$"

// dumpSet: what pg_dump writes brings both bases back, and no compiler is asked.
func dumpSet(t *testing.T, s *Server) {
	database(t, s, "sets_dumped")
	connect(t, s, "sets_dumped").exec(ofSet)
	c := restored(t, s, "sets_dumped", "sets_restored")
	c.want("select f(2) || g()", "(2,0)g")
	c.want("select count(*)::text || count(distinct digest) || max(modules) from plgo.object where key = digest", "22example.org/texts")
}

// damageSet: a base's row that is damaged is made again, as it was.
func damageSet(t *testing.T, s *Server) {
	database(t, s, "sets_damaged")
	c := connect(t, s, "sets_damaged")
	c.exec(ofSet)
	const damage = "update plgo.object set object = set_byte(object, 6000000, 255 - get_byte(object, 6000000)) where key = digest"
	c.exec(damage)
	withoutFiles(t, c)
	c = connect(t, s, "sets_damaged")
	c.fails("select f(1)", "XX001")
	c.fails("select g()", "XX001")
	c.want("select (plgo.compile('f(int)') > 0)::text", "true")
	c.want("select f(1)", "(1,0)")
	c.want("select (plgo.compile('g()') > 0)::text", "true")
	c.want("select f(1) || g()", "(1,0)g")
	// Who compiles a function for one base leaves what there is of the other, which nobody would bring.
	c.exec(damage)
	c.want("select (plgo.compile('f(int)') > 0)::text", "true")
	connect(t, s, "sets_damaged").want("select f(1) || g()", "(1,0)g")
}

// restartCompiler has a compiler with other sets in the place of a server's.
func restartCompiler(t *testing.T, s *Server, sets map[string]string, warned func(string)) {
	t.Helper()
	s.stop()
	if err := <-s.stopped; err != nil {
		t.Fatal(err)
	}
	if err := s.service.Close(); err != nil {
		t.Fatal(err)
	}
	s.service = compileapi.NewService(target.Options{Warn: warned})
	s.service.Modules, s.service.FindBase = sets, true
	l, err := compileserver.Listen(s.Compiler, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop, s.stopped = stop, make(chan error, 1)
	server := compileserver.New(s.service, compileserver.Options{})
	go func() { s.stopped <- server.Serve(ctx, l, 10*time.Second) }()
}

// copySet copies a set of modules to where a test can change it.
func copySet(t *testing.T, from string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return dir
}

func changeFile(t *testing.T, path, from, to string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(data), from) {
		t.Fatalf("%s has no %q: %v", path, from, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(data), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestSetChanges: when a set has become another one, its functions go on with what they have, beside new ones, until they
// are compiled anew; those that import nothing of it are not concerned. What cannot be in a base is in objects, and somebody says why.
func TestSetChanges(t *testing.T) {
	if !sharesBase {
		t.Skip("it is about bases")
	}
	t.Parallel()
	dir := copySet(t, testSets[""])
	s := setServer(t, map[string]string{"": dir})
	database(t, s, "sets_changed")
	c := connect(t, s, "sets_changed")
	c.exec(ofSet)
	c.want("select f(1) || g()", "(1,0)g")
	const bases = "select string_agg(function::text, ' ' order by function::text) || count(distinct base) from plgo.functions"
	c.want(bases, "f(integer) g()2")

	changeFile(t, filepath.Join(dir, "shape/shape.go"), `"(%d,%d)"`, `"[%d,%d]"`)
	// What the compiler has judged is not what lies there any more.
	other := connect(t, s, "sets_changed")
	other.exec("set plgo.policy = ''; create function h(n int) returns text language plgo as $$ return shape.Point{Y: int(n)}.String() $$")
	other.want("select h(1)", "(0,1)")

	restartCompiler(t, s, map[string]string{"": dir}, nil)
	c.want("select plgo.prepare() is not null", "t")
	c.exec("create function i(n int) returns text language plgo as $$ return shape.Point{Y: int(n)}.String() + \"!\" $$")
	c.want("select f(1) || g() || h(1) || i(1)", "(1,0)g(0,1)[0,1]!")
	c.want(bases, "f(integer) g() h(integer) i(integer)3")
	c.want("select count(*)::text from pgstd.worlds where module like 'plgo base %'", "3")
	c.want("select count(*)::text from plgo.object where key = digest", "3")
	connect(t, s, "sets_changed").want("select f(1) || g() || h(1) || i(1)", "(1,0)g(0,1)[0,1]!")
	c.exec("set client_min_messages = warning; select plgo.recompile_all()")
	c = connect(t, s, "sets_changed")
	c.want("select f(1) || g() || h(1) || i(1)", "[1,0]g[0,1][0,1]!")
	c.want(bases, "f(integer) g() h(integer) i(integer)2")
	c.want("select count(*)::text from plgo.object where key = digest", "2")

	// More than a world should be charged for functions that have no use for it.
	if err := os.WriteFile(filepath.Join(dir, "counter/table.go"), []byte("package counter\n\nvar table [72 << 20]byte\n\n// At is an element.\nfunc At(i int) *byte { return &table[i] }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	warned := make(chan string, 10)
	restartCompiler(t, s, map[string]string{"": dir}, func(text string) { warned <- text })
	c = connect(t, s, "sets_changed")
	c.want("select plgo.prepare() is not null", "t")
	const reason = "no base can have these modules: a base with them takes too much memory"
	select {
	case text := <-warned:
		if !strings.Contains(text, "functions that import modules of "+dir) || !strings.Contains(text, reason) {
			t.Errorf("the compiler warns: %s", text)
		}
	default:
		t.Error("the compiler does not warn")
	}
	clusters.Session(t, s.Cluster, "sets_changed", "testdata/sets/refused.sql", *update)
}
