package plgotest

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/test/clusters"
)

// prepareBase waits until the compiler has a base: no statement waits for as long as that may take.
func prepareBase(t *testing.T, s *Server) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("bases are made for amd64")
	}
	if os.Getenv("PGSTD_ISOLATION") == "cell" {
		t.Skip("cells have no bases")
	}
	connect(t, s, "postgres").exec("set statement_timeout = 0; set plgo.shared_base = on; select plgo.prepare()")
}

// baseDatabase makes a database in which functions are compiled for a base.
func baseDatabase(t *testing.T, s *Server, name string) {
	t.Helper()
	prepareBase(t, s)
	database(t, s, name)
	c := connect(t, s, "postgres")
	c.exec("alter database " + name + " set plgo.shared_base = on")
}

// onBase are sessions in which nobody can tell whether functions share a base: their golden files
// are those of functions that have objects of their own.
var onBase = []string{"arrays", "basics", "composite", "error", "memory", "nulls", "people", "subtransaction", "transaction", "trigger", "types", "values"}

// TestOnBase runs sessions whose functions share a base.
func TestOnBase(t *testing.T) {
	for _, name := range onBase {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sharedServer(t)
			baseDatabase(t, s, "base_"+name)
			clusters.Session(t, s.Cluster, "base_"+name, filepath.Join("testdata/sql", name+".sql"), false)
			c := connect(t, s, "base_"+name)
			c.want("select (count(*) > 3)::text from plgo.object where target = 'linux-postgres-amd64+base'", "true")
		})
	}
}

// TestBaseDump: what pg_dump writes brings modules back with their base, which no compiler has to make again.
func TestBaseDump(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_dumped")
	c := connect(t, s, "base_dumped")
	c.exec("create function f(n int) returns int language plgo as $$ return n + 1 $$; create function g() returns text language plgo as $$ return strings.ToUpper(\"g\") $$")
	c.want("select f(1)::text || g()", "2G")
	dump := program(t, s, nil, "pg_dump", "base_dumped")
	c.exec("create database base_restored")
	c.exec("alter database base_restored set plgo.compiler = ''")
	program(t, s, dump, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", "base_restored")
	c = connect(t, s, "base_restored")
	c.want("select f(2)::text || g()", "3G")
	c.want("select module like 'plgo base %' from pgstd.worlds", "t")
	// Without the base, the error says what is missing; the function can be compiled anew.
	c.exec("delete from plgo.object where target = 'linux-postgres-amd64'")
	dir := c.value("select current_setting('data_directory') || '/pgstd_objects/' || oid from pg_database where datname = current_database()")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	c = connect(t, s, "base_restored")
	if e := c.fails("select f(2)", "55000"); !strings.Contains(e.Message, "a base that this database does not have") || !strings.Contains(e.Hint, "plgo.compile()") {
		t.Errorf("%+v", e)
	}
	c.exec(fmt.Sprintf("set plgo.compiler = '%s'", s.Compiler))
	c.want("select (plgo.compile('f(int)') > 0)::text", "true")
	c.want("select f(5)::text", "6")
}
