package arm64

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/plgo/plgotest"
	"github.com/pgstd/pgstd/target"
)

// sets has sets of modules that functions can import, and a session about these.
const sets = "../../../plgo/plgotest/testdata/sets"

// startOnBase starts a PostgreSQL for arm64 whose functions this machine compiles, on a base.
func startOnBase(t *testing.T, env ...string) *cluster.Cluster {
	t.Helper()
	g, err := gocmd.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := kit.FindCC(g, Target); err != nil {
		t.Skip(err)
	}
	s, err := plgotest.Start(t.Context(), plgotest.Options{
		Build:    target.Options{Target: Target},
		PGConfig: system(t).PGConfig,
		Targets:  []target.Target{Target},
		Base:     plgotest.BaseFirst,
		Modules:  map[string]string{"": sets + "/texts", "others": sets + "/others"},
		Env:      env,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s.Cluster
}

// TestBase: functions on arm64 are modules, if nobody says otherwise, and are what they are on other machines: those
// of the language's own sessions about bases and their owners, and some about what functions do.
func TestBase(t *testing.T) {
	c := startOnBase(t)
	for _, name := range []string{"bases", "owners", "basics", "composite", "error", "subtransaction", "trigger", "values"} {
		t.Run(name, func(t *testing.T) {
			query(t, c, "create database "+name+"; \\c "+name+"\ncreate extension pgstd; create extension plgo")
			clusters.Session(t, c, name, filepath.Join("../../../plgo/plgotest/testdata/sql", name+".sql"), false)
			if name == "bases" || name == "owners" {
				return // which show for themselves what is a module
			}
			// A base is a row of objects, too.
			got := query(t, c, "\\c "+name+"\nselect count(*) filter (where target ~ '[+]base$') > 3, count(*) filter (where target !~ '[+]base$') from plgo.object")
			if got != "t|1" {
				t.Errorf("more than three modules and one base: %s", got)
			}
		})
	}
	t.Run("sets", func(t *testing.T) {
		query(t, c, "create database sets; \\c sets\ncreate extension pgstd; create extension plgo")
		clusters.Session(t, c, "sets", sets+"/sets.sql", false)
	})
	t.Run("cancel", func(t *testing.T) { cancelOnBase(t, c) })
}

// cancelOnBase has calls end in the midst of a module, in one session that goes on.
func cancelOnBase(t *testing.T, c *cluster.Cluster) {
	s := connect(t, c)
	if _, err := s.run(functions); err != nil {
		t.Fatal(err)
	}
	backend := s.PgConn().PID()
	for _, f := range []struct{ sql, code, message string }{
		{"select nothing()", "38000", "runtime error: invalid memory address or nil pointer dereference"},
		{"set statement_timeout = '300ms'; select endless()", "57014", "canceling statement due to statement timeout"},
	} {
		for range 3 {
			_, err := s.run(f.sql)
			if err == nil || err.Code != f.code || !strings.HasPrefix(err.Message, f.message) {
				t.Errorf("%s: %v, want %s %s", f.sql, err, f.code, f.message)
			}
			s.run("reset statement_timeout")
			if got, err := s.run("select add(20, 22)"); err != nil || got != "42" {
				t.Errorf("after %s: %q, %v", f.sql, got, err)
			}
		}
	}
	if got, err := s.run("select count(*) from plgo.functions where targets::text = '{" + Target + "+base}'"); err != nil || got != "8" {
		t.Errorf("%s functions are modules, %v", got, err)
	}
	if pid, err := s.run("select pg_backend_pid()"); err != nil || s.PgConn().PID() != backend {
		t.Errorf("it is process %s now, was %d; %v", pid, backend, err)
	}
}

// TestLargePages: where memory pages are larger than parts of modules, as some kernels for arm64 have them, each function
// has an object, and who wants it otherwise hears why not.
func TestLargePages(t *testing.T) {
	c := startOnBase(t, "QEMU_PAGESIZE=65536")
	s := connect(t, c)
	s.run(functions)
	if got, err := s.run("show plgo.shared_base"); err != nil || got != "off" {
		t.Errorf("plgo.shared_base is %s, %v", got, err)
	}
	_, refused := s.run("set plgo.shared_base = on")
	if refused == nil || refused.Detail != "Bases are for machines with memory pages of 4 kB; those of this one have 64 kB." {
		t.Errorf("it can be set: %+v", refused)
	}
	if got, err := s.run("select add(20, 22)"); err != nil || got != "42" {
		t.Errorf("%s, %v", got, err)
	}
	if got, err := s.run("select string_agg(distinct target, ' ') from plgo.object where target !~ 'amd64'"); err != nil || got != Target {
		t.Errorf("functions are for %s, %v", got, err)
	}
}
