package plgotest

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/test/clusters"
)

// prepareBase waits until the compiler has a base: no statement waits for as long as that may take.
func prepareBase(t *testing.T, s *Server) {
	t.Helper()
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

// eitherWay are sessions in which nobody can tell whether functions share a base.
var eitherWay = []string{"arrays", "basics", "composite", "error", "interfaces", "memory", "nulls", "people", "subtransaction", "transaction", "trigger", "types", "values"}

// TestObjects runs sessions whose functions have an object each, on a server whose functions share a base.
func TestObjects(t *testing.T) {
	if !sharesBase {
		t.Skip("all sessions are such")
	}
	for _, name := range eitherWay {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sharedServer(t)
			objectDatabase(t, s, "objects_"+name)
			clusters.Session(t, s.Cluster, "objects_"+name, filepath.Join("testdata/sql", name+".sql"), false)
			c := connect(t, s, "objects_"+name)
			c.want("select count(*) > 3 and bool_and(target = '"+here+"') from plgo.object", "t")
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
	c = restored(t, s, "base_dumped", "base_restored")
	c.want("select f(2)::text || g()", "3G")
	c.want("select module like 'plgo base %' from pgstd.worlds", "t")
	// Without the base, the error says what is missing; the function can be compiled anew.
	c.exec("delete from plgo.object where target = '" + here + "'")
	withoutFiles(t, c)
	c = connect(t, s, "base_restored")
	if e := c.fails("select f(2)", "55000"); !strings.Contains(e.Message, "a base that this database does not have") || !strings.Contains(e.Hint, "plgo.compile()") {
		t.Errorf("%+v", e)
	}
	c.exec(fmt.Sprintf("set plgo.compiler = '%s'", s.Compiler))
	c.want("select (plgo.compile('f(int)') > 0)::text", "true")
	c.want("select f(5)::text", "6")
}

// restored makes a database of what pg_dump writes of another, without a compiler.
func restored(t *testing.T, s *Server, from, to string) *conn {
	t.Helper()
	dump := program(t, s, nil, "pg_dump", from)
	c := connect(t, s, "postgres")
	c.exec("create database " + to)
	c.exec("alter database " + to + " set plgo.compiler = ''")
	program(t, s, dump, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", to)
	return connect(t, s, to)
}

// withoutFiles removes a database's files, so that the next session has to read the table.
func withoutFiles(t *testing.T, c *conn) {
	t.Helper()
	dir := c.value("select current_setting('data_directory') || '/pgstd_objects/' || oid from pg_database where datname = current_database()")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedBase: compiling a function anew brings a base back whose row is damaged.
func TestDamagedBase(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_damaged")
	c := connect(t, s, "base_damaged")
	c.exec("create function f(n int) returns int language plgo as $$ return n + 1 $$")
	for _, repair := range []string{"plgo.compile('f(int)') > 0", "plgo.recompile_all() = 1"} {
		c.exec("update plgo.object set object = set_byte(object, 6000000, 255 - get_byte(object, 6000000)) where key = digest")
		withoutFiles(t, c)
		c = connect(t, s, "base_damaged")
		if e := c.fails("select f(1)", "XX001"); !strings.Contains(e.Hint, "plgo.compile()") {
			t.Errorf("%+v", e)
		}
		c.want("select ("+repair+")::text", "true")
		c.want("select f(1)::text", "2")
		c.want("select count(*)::text from plgo.object where key = digest", "1")
	}
}

// TestBaseUnpacked: what is in the table may be a base as it is run, as well as what gzip makes of it.
func TestBaseUnpacked(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_unpacked")
	c := connect(t, s, "base_unpacked")
	c.exec("create function f(n int) returns int language plgo as $$ return n + 1 $$")
	packed, err := hex.DecodeString(c.value("select encode(object, 'hex') from plgo.object where key = digest"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	object, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	c.exec(fmt.Sprintf("update plgo.object set object = '\\x%x' where key = digest", object))
	c.want("select (sha256(object) = digest)::text from plgo.object where key = digest", "true")
	withoutFiles(t, c)
	c = connect(t, s, "base_unpacked")
	c.want("select f(1)::text", "2")
	// As much as it likes, it may say that it holds.
	c.exec("update plgo.object set object = '\\x1f8b0800000000000000030000000000ffffffff' where key = digest")
	withoutFiles(t, c)
	if e := connect(t, s, "base_unpacked").fails("select f(1)", "XX001"); e.Message != "an object in plgo.object is damaged" {
		t.Errorf("%+v", e)
	}
	// A million blocks that hold nothing take minutes.
	c.exec("update plgo.object set object = '\\x1f8b0800000000000003' || decode(repeat('0208208000', 400000), 'hex') || '\\x0000000010000000' where key = digest")
	c = connect(t, s, "base_unpacked")
	c.exec("set statement_timeout = '200ms'")
	c.fails("select f(1)", "57014")
}

// TestBaseCleaned: a base stays that another session compiles a function on, and whoever begins
// to when it goes has it again.
func TestBaseCleaned(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_cleaned")
	c, cleaner := connect(t, s, "base_cleaned"), connect(t, s, "base_cleaned")
	c.exec("create function f() returns int language plgo as $$ return 1 $$")
	c.exec("begin; create function g() returns int language plgo as $$ return 2 $$")
	cleaner.exec("set plgo.shared_base = off; set client_min_messages = warning; select plgo.recompile_all()")
	c.exec("commit")
	withoutFiles(t, c)
	connect(t, s, "base_cleaned").want("select f()::text || g()", "12")

	cleaner.exec("begin; select plgo.recompile_all()")
	done := c.begin("create function h() returns int language plgo as $$ return 3 $$")
	cleaner.until("select wait_event_type = 'Lock' from pg_stat_activity where pid = " + c.pid())
	cleaner.exec("commit")
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	withoutFiles(t, c)
	connect(t, s, "base_cleaned").want("select f()::text || g() || h()", "123")
}

// TestBaseBrought: while a transaction that brings a base goes on, others compile objects, and do not wait.
func TestBaseBrought(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_brought")
	c, other := connect(t, s, "base_brought"), connect(t, s, "base_brought")
	const kinds = "select string_agg(function || ' ' || targets::text, ', ' order by function::text) from plgo.functions"
	c.exec("begin; create function f() returns int language plgo as $$ return 1 $$; select f()")
	other.exec("set statement_timeout = '1min'; create function g() returns int language plgo as $$ return 2 $$")
	other.want("select g()::text", "2")
	c.exec("commit; create function h() returns int language plgo as $$ return 3 $$")
	other.want("select f()::text || g() || h()", "123")
	other.want(kinds, "f() {"+here+"+base}, g() {"+here+"}, h() {"+here+"+base}")
	// One that is taken back leaves the base to the next.
	other.exec("drop function f(), h(); select plgo.compile('g()'); drop function g(); set client_min_messages = warning; select plgo.recompile_all()")
	other.want("select count(*)::text from plgo.object", "0")
	c.exec("begin; savepoint s; create function f() returns int language plgo as $$ return 1 $$; rollback to s")
	other.exec("create function g() returns int language plgo as $$ return 2 $$")
	c.exec("create function f() returns int language plgo as $$ return 4 $$; commit")
	other.want("select f()::text || g()", "42")
	other.want(kinds, "f() {"+here+"+base}, g() {"+here+"+base}")
	other.want("select count(*)::text from plgo.object where key = digest", "1")
}

// TestObjectInstead: what has been compiled to an object goes on as that, and is none that has to be compiled.
func TestObjectInstead(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_objects")
	c := connect(t, s, "base_objects")
	const text = "f() returns int language plgo as $$ return 1 $$"
	c.exec("set plgo.shared_base = off; create function " + text + "; reset plgo.shared_base; set plgo.compiler = ''; create schema a")
	c.exec("create or replace function " + text + "; create function a." + text)
	c.want("select f()::text || a.f()", "11")
	c.want("select string_agg(distinct target, ' ') from plgo.object", here)
	c.fails("select plgo.compile('f()')", "55000")
	c.exec("reset plgo.compiler; set client_min_messages = warning; select plgo.recompile_all()")
	c.want("select string_agg(distinct target, ' ' order by target) from plgo.object", here+" "+here+"+base")
	c.want("select f()::text || a.f()", "11")
}

// TestOwnTargets: what is said of a function is what it has itself, not another of the same text.
func TestOwnTargets(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_targets")
	c := connect(t, s, "base_targets")
	const text = " returns int language plgo as $$ return 1 $$"
	c.exec("create schema a; create schema b; create function a.f()" + text)
	c.exec("set plgo.shared_base = off; create function b.f()" + text + "; select plgo.compile('b.f()')")
	c.want("select string_agg(function || ' ' || targets::text, ', ' order by function::text) from plgo.functions",
		"a.f() {"+here+"+base}, b.f() {"+here+"}")
}

// TestBaseEndings: functions that share a world wait for the end of a transaction each on its own account.
func TestBaseEndings(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_endings")
	c := connect(t, s, "base_endings")
	c.exec("create function no_pg() returns int language plgo as $$ return 1 $$; create function ends() returns int language plgo as $$ os.Exit(3); return 1 $$")
	for _, name := range []string{"one", "two"} {
		c.exec("create function " + name + `(what text) returns text language plgo as $$
			var ( happened []string )
			note := func(s string) { happened = append(happened, s+" "+what) }
			switch what {
			case "":
				defer func() { happened = nil }()
				return strings.Join(happened, ", "), nil
			case "refused":
				return "", pg.BeforeCommit(func() error { return errors.New("refused by ` + name + `") })
			case "breaks":
				return "", pg.OnAbort(func() { panic(what) })
			}
			return "", errors.Join(
				pg.BeforeCommit(func() error { note("before"); return nil }),
				pg.OnCommit(func() { note("committed") }),
				pg.OnAbort(func() { note("aborted") }),
				pg.OnSubabort(func() { note("subaborted") }))
		$$`)
	}
	c.want("select no_pg()::text", "1")
	c.exec("select one('a'), two('b')")
	c.want("select concat_ws(' and ', one(''), two(''))", "before a, committed a and before b, committed b")
	c.exec("begin; select one('a'); savepoint s; select two('b'); rollback to s; select two('c'); rollback")
	c.want("select concat_ws(' and ', one(''), two(''))", "aborted a and subaborted b, aborted b, subaborted c, aborted c")
	if e := c.fails("select one('a'), two('refused')", "38000"); e.Message != "refused by two" {
		t.Errorf("%+v", e)
	}
	c.want("select concat_ws(' and ', one(''), two(''))", "before a, aborted a and ")
	// Who has asked for it goes before it comes, and what it fails with is a warning.
	c.exec("begin; select one('a'); create or replace function one(what text) returns text language plgo as $$ return what $$; select one('b'); commit")
	c.exec("begin; select two('breaks'); select two('c'); drop function one(text); rollback")
	c.want("select two('')", "aborted c")
	// Whoever ends the world takes what the others wait for with it.
	c.exec("begin; select two('a'); savepoint s")
	c.fails("select ends()", "38000")
	c.exec("rollback to s")
	if e := c.fails("commit", "38000"); !strings.Contains(e.Message, "Go code that was to check it has ended") {
		t.Errorf("%+v", e)
	}
	c.want("select two('')", "")
	// The next world is told by what its own modules bring.
	c.fails("select ends()", "38000")
	c.want("select no_pg()::text", "1")
	c.exec("select two('d')")
	c.want("select two('')", "before d, committed d")
	// That of another role, and of another owner, has a list of its own.
	c.exec("create role base_ending; create function third(what text) returns text language plgo as $$ return what, pg.OnAbort(func() { log.Print(what) }) $$; alter function third(text) owner to base_ending")
	c.exec("begin; select third('a'), two('e'); set local role base_ending; select two('f'), third('b'); reset role; commit")
	c.want("select two('')", "before e, committed e")
	c.exec("drop owned by base_ending; drop role base_ending")
}

// TestBaseForged: rows of modules that somebody with a superuser's rights has changed, with digests that are right. What
// the host or the runtime would follow out of the module ends in an error, and the session goes on.
func TestBaseForged(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_forged")
	c := connect(t, s, "base_forged")
	c.exec(`create function f(n int) returns text language plgo as $$ return fmt.Sprint(map[string]int{"a": int(n)}, time.Month(n), []time.Month{}, []string{}, []byte{}, map[string]string{}) $$;
		create function other() returns int language plgo as $$ return 1 $$`)
	c.want("select f(3)", "map[a:3] March [] [] [] map[]")
	c.exec("create table kept as select * from plgo.object where function = 'f(int)'::regprocedure")
	const module = here + "+base"
	good, err := hex.DecodeString(c.value("select encode(object, 'hex') from kept where target = '" + module + "'"))
	if err != nil {
		t.Fatal(err)
	}
	// As host/modules.h has it: what is at 16 is the base's digest, then where the description is, zones, tables.
	const description, zones, tables = 48, 56, 56 + 3*16
	get := func(at uint32) uint32 { return binary.LittleEndian.Uint32(good[at:]) }
	inFile := get(zones+2*16) + get(description) - get(zones+2*16+4) // of the description
	number := func(at, n uint32) func(data []byte) {
		return func(data []byte) { binary.LittleEndian.PutUint32(data[at:], n) }
	}
	for _, forged := range []struct {
		name, code, message string
		change              func(data []byte)
	}{
		{"a base that there is not", "55000", "a base that this database does not have", func(data []byte) { data[16]++ }},
		{"a word outside of the module", "55000", "tables are damaged", number(get(tables), 0x7ffffff8)},
		{"a word of the base that there is not", "55000", "tables are damaged", number(get(tables+8)+4, 0xfffffff0)},
		{"an instruction that is data", "55000", "tables are damaged", number(get(tables+2*8), get(zones+16+4))},
		{"a type of the base's that is code", "55000", "tables are damaged", number(get(tables+3*8)+4, 0)},
		{"initialisation of what is no package", "55000", "tables are damaged", number(get(tables+6*8), 8)},
		{"a description of another place", "55000", "tables are damaged", number(description, 0)},
		{"a next module", "XX001", "the runtime of plgo refuses the module", func(data []byte) { data[inFile+get(description+4)-8] = 1 }},
		{"names without an end", "XX001", "the runtime of plgo refuses the module", number(inFile+8+8, 0x7fffffff)},
		{"another type of the base's", "XX001", "the runtime of plgo refuses the module", func(data []byte) {
			// As a collision of two types' symbols would have it.
			at, end := get(tables+3*8), get(tables+3*8)+4*get(tables+3*8+4)
			first := uint32(0)
			for ; at < end; at += 8 {
				switch based := get(at+4) != 1<<32-1; {
				case based && first == 0:
					first = at
				case based:
					number(first+4, get(at+4))(data)
					return
				}
			}
			t.Fatal("the module has not two types of the base's")
		}},
	} {
		data := slices.Clone(good)
		forged.change(data)
		c.exec(fmt.Sprintf(`update plgo.object set object = '\x%x', digest = sha256('\x%[1]x') where function = 'f(int)'::regprocedure and target = '%s'`, data, module))
		fresh := connect(t, s, "base_forged")
		pid := fresh.pid()
		e := fresh.fails("select f(3)", forged.code)
		if !strings.Contains(e.Message+e.Detail, forged.message) {
			t.Errorf("%s: %+v", forged.name, e)
		}
		fresh.want("select other()::text || pg_backend_pid()", "1"+pid)
	}
	// It is not for good.
	fresh := connect(t, s, "base_forged")
	fresh.want("select (plgo.compile('f(int)') > 0)::text", "true")
	fresh.want("select f(3)", "map[a:3] March [] [] [] map[]")
}

// TestOtherRoleBetween: a function whose world another role has too goes on, when the catalog has changed
// during its call, by what its own world says; the other one may have ended.
func TestOtherRoleBetween(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	baseDatabase(t, s, "base_between")
	c := connect(t, s, "base_between")
	c.exec("create role base_between")
	for _, base := range []string{"on", "off"} {
		c.exec(`set plgo.shared_base = ` + base + `;
			create function calls(what text) returns int[] language plgo as $$
				switch what {
				case "":
				case "die":
					os.Exit(3)
				default:
					if _, err := pg.Exec(what); err != nil { return nil, err }
				}
				return []int32{1, 2, 3}
			$$;
			create function other(what text) returns void language plpgsql security definer as $$
			begin perform calls(what); exception when external_routine_exception then end $$;
			alter function other(text) owner to base_between`)
		for _, what := range []string{"", "die"} {
			c.want("select calls('do $$ begin perform other(''"+what+"''); create temp table t(); end $$')::text", "{1,2,3}")
			c.exec("drop table t")
		}
		c.exec("drop function calls(text), other(text)")
	}
	c.exec("drop role base_between")
}
