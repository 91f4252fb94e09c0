package extension

import (
	"context"
	"flag"
	"fmt"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/pgtypes"
)

// breakers are ends of every form of quote that PostgreSQL and psql have, and what an
// author could want to stand after one.
var breakers = []string{
	"plain", "it's", "'", "''", "'''", `\`, `\'`, `\\'`, `'\''`, "E'", "U&'", `U&'\0027'`, `\x27`, `\047`, `\u0027`, "$", "$$", "$q$", "$z$", "$1", `"`, `""`,
	"--", "-- \n", "/*", "*/", "/* */", ";", `\;`, "\\\n", "\n\\echo\n", "\\echo x", "\n\\echo '", "\\gexec", "\\! id", `\copy`, ":x", ":'x'", `:"x"`,
	"@extschema@", "@extowner@", "@extschema:pwned@", "MODULE_PATHNAME", "'MODULE_PATHNAME'", "\x00", "\xff", "\u2028", "\r\n", "\v", "{}", ")", "(", "]", ",", "%s", "%!d",
}

// pwn is what follows a quote that has been ended.
const pwn = "CREATE TABLE public.pwned AS SELECT current_user::text AS who"

// attempts makes texts of a breaker that would do something if it broke out.
func attempts(breaker string) []string {
	if breaker == "plain" {
		return []string{breaker}
	}
	return []string{
		breaker,
		breaker + "; " + pwn + "; --",
		breaker + ") RETURNS text LANGUAGE internal AS " + breaker + "int4pl" + breaker + "; " + pwn + "; COMMENT ON TABLE pwned IS " + breaker,
		"x" + breaker + " SECURITY DEFINER LEAKPROOF SET search_path TO pg_temp",
	}
}

// scripts makes an extension for each place that an author's words have in a script, with the
// words there.
func scripts(word string) []*Package {
	text := pgtypes.Type{SQL: "text"}
	function := func(change func(*Function)) *Package {
		f := Function{SQLName: "aa", Symbol: "pgstd_fn_aa", Args: []Arg{{Name: "n", Type: text}}, Results: []Result{{Type: text}}}
		change(&f)
		// The quotes of one could end where those of another begin.
		other := Function{SQLName: "bb", Symbol: "pgstd_fn_bb", Results: []Result{{Type: text}}, Doc: "Bb does " + word}
		return &Package{Name: "sqli", Functions: []Function{f, other}}
	}
	typed := func(t SQLType) *Package {
		p := function(func(*Function) {})
		p.Types = []SQLType{t}
		return p
	}
	return []*Package{
		function(func(f *Function) { f.Doc = word }),
		function(func(f *Function) { f.Args[0].Default = word }),
		function(func(f *Function) { f.Args[0].Default = "'" + word + "'" }),
		function(func(f *Function) { f.Args[0].Default = "E'" + word + "'" }),
		function(func(f *Function) { f.Args[0].Default = "(" + word + ")" }),
		function(func(f *Function) { f.Args[0].Type.SQL = word }),
		function(func(f *Function) { f.Args[0].Type.SQL = `"` + word + `"` }),
		function(func(f *Function) { f.Results[0].Type.SQL = "text " + word }),
		function(func(f *Function) { f.SQLName = word }),
		function(func(f *Function) { f.Args[0].Name = word }),
		function(func(f *Function) { f.Results = []Result{{Name: word, Type: text}, {Name: "other", Type: text}} }),
		typed(SQLType{Name: "mood", Labels: []string{word, "other"}, Doc: word}),
		typed(SQLType{Name: "pair", Columns: []pgtypes.Field{{SQL: word, Type: text}}, Doc: word}),
		typed(SQLType{Name: "pair", Columns: []pgtypes.Field{{SQL: "a", Type: pgtypes.Type{SQL: word}}}}),
		typed(SQLType{Name: word, Labels: []string{"a"}}),
	}
}

// injection is a server that runs scripts.
type injection struct {
	testing.TB
	cluster *cluster.Cluster
	conn    *pgx.Conn
	dir     string
}

func newInjection(t testing.TB) *injection {
	t.Helper()
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Skip(err)
	}
	c, err := cluster.Start(t.Context(), cluster.Options{PG: pg, Settings: []string{"allow_system_table_mods=off", "log_min_messages=fatal"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	conn, err := pgx.Connect(t.Context(), strings.ToLower(strings.NewReplacer("PGHOST", "host", "PGPORT", "port", "PGUSER", "user", "PGDATABASE", "dbname").Replace(strings.Join(c.Env(), " "))))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return &injection{t, c, conn, t.TempDir()}
}

// everything lists whatever is not the server's own, in all catalogs that have objects.
const everything = `SELECT format('%s %s', i.type, i.identity) FROM (
	SELECT 'pg_class'::regclass AS c, oid FROM pg_class UNION ALL SELECT 'pg_proc'::regclass, oid FROM pg_proc
	UNION ALL SELECT 'pg_type'::regclass, oid FROM pg_type UNION ALL SELECT 'pg_namespace'::regclass, oid FROM pg_namespace
	UNION ALL SELECT 'pg_authid'::regclass, oid FROM pg_authid UNION ALL SELECT 'pg_operator'::regclass, oid FROM pg_operator
	UNION ALL SELECT 'pg_cast'::regclass, oid FROM pg_cast UNION ALL SELECT 'pg_trigger'::regclass, oid FROM pg_trigger
	UNION ALL SELECT 'pg_event_trigger'::regclass, oid FROM pg_event_trigger UNION ALL SELECT 'pg_extension'::regclass, oid FROM pg_extension
	UNION ALL SELECT 'pg_language'::regclass, oid FROM pg_language UNION ALL SELECT 'pg_policy'::regclass, oid FROM pg_policy
	UNION ALL SELECT 'pg_rewrite'::regclass, oid FROM pg_rewrite UNION ALL SELECT 'pg_constraint'::regclass, oid FROM pg_constraint
	UNION ALL SELECT 'pg_collation'::regclass, oid FROM pg_collation UNION ALL SELECT 'pg_foreign_server'::regclass, oid FROM pg_foreign_server
	UNION ALL SELECT 'pg_database'::regclass, oid FROM pg_database UNION ALL SELECT 'pg_attrdef'::regclass, oid FROM pg_attrdef
	UNION ALL SELECT 'pg_publication'::regclass, oid FROM pg_publication UNION ALL SELECT 'pg_opclass'::regclass, oid FROM pg_opclass
) o, pg_identify_object(o.c, o.oid, 0) i WHERE o.oid >= 16384
UNION ALL SELECT 'rights of ' || proname FROM pg_proc WHERE oid >= 16384 AND (prosecdef OR proleakproof OR proconfig IS NOT NULL)
UNION ALL SELECT 'settings' FROM pg_db_role_setting UNION ALL SELECT 'large object' FROM pg_largeobject_metadata
ORDER BY 1`

func (i *injection) list(sql string) []string {
	i.Helper()
	rows, err := i.conn.Query(i.Context(), sql)
	if err != nil {
		i.Fatal(err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		i.Fatal(err)
	}
	return list
}

// try creates the extension and looks what there is afterwards. It reports whether the
// script has been written and has worked.
func (i *injection) try(p *Package) bool {
	i.Helper()
	p.Control = Control{DefaultVersion: "1", Superuser: true, Trusted: true}
	for n := range p.Functions {
		// What pgbuild generates is Go and C, which a name cannot be anything else in: Load has
		// looked at it.
		p.Functions[n].Symbol = "pgstd_fn"
	}
	sql, err := p.script()
	if err != nil {
		return false
	}
	// No module is there to take functions from.
	text := strings.ReplaceAll(string(sql), "AS 'MODULE_PATHNAME', 'pgstd_fn'\n\tLANGUAGE C", "AS 'int4pl'\n\tLANGUAGE internal")
	if n := strings.Count(text, "LANGUAGE internal"); n < len(p.Functions) {
		i.Fatalf("%d functions:\n%s", n, text)
	}
	for name, data := range map[string][]byte{"sqli.control": p.ControlFile(), "sqli--1.sql": []byte(text)} {
		if err := os.WriteFile(filepath.Join(i.dir, name), data, 0o644); err != nil {
			i.Fatal(err)
		}
	}
	if err := i.cluster.Install(filepath.Join(i.dir, "sqli.control"), filepath.Join(i.dir, "sqli--1.sql")); err != nil {
		i.Fatal(err)
	}
	_, err = i.conn.Exec(i.Context(), "CREATE EXTENSION sqli")
	if err != nil && strings.Contains(err.Error(), "syntax error") && !p.foreignSyntax() {
		i.Errorf("%v:\n%s", err, text)
	}
	want := []string{"extension sqli"}
	var comments []string
	for _, f := range p.Functions {
		want = append(want, "function of sqli")
		if f.Doc != "" {
			comments = append(comments, f.Doc)
		}
	}
	for _, t := range p.Types {
		want = append(want, "type of sqli", "type of sqli")
		if t.Labels == nil {
			want = append(want, "composite type of sqli")
		}
		if t.Doc != "" {
			comments = append(comments, t.Doc)
		}
	}
	if err != nil {
		want, comments = nil, nil
	}
	var got []string
	found := i.list(everything)
	for _, object := range found {
		kind, identity, _ := strings.Cut(object, " public.")
		if kind == "composite type" || kind == "type" || kind == "function" {
			object = kind + " of sqli"
		}
		if strings.Contains(identity, "pwned") && !strings.Contains(identity, `"`) {
			object = identity
		}
		got = append(got, object)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		i.Errorf("there are %q, want %q (%v) after\n%s", found, want, err, text)
	}
	// Comments are what they were, character by character.
	said := i.list("SELECT description FROM pg_description WHERE objoid >= 16384 AND classoid IN ('pg_proc'::regclass, 'pg_type'::regclass)")
	slices.Sort(said)
	slices.Sort(comments)
	if !slices.Equal(said, comments) {
		i.Errorf("comments %q, want %q", said, comments)
	}
	if err == nil {
		if _, err := i.conn.Exec(i.Context(), "DROP EXTENSION sqli"); err != nil {
			i.Fatal(err)
		}
	}
	return err == nil
}

// foreignSyntax reports whether a default is there: what stands in one is balanced, but
// need not be an expression that the server takes.
func (p *Package) foreignSyntax() bool { return p.Functions[0].Args[0].Default != "" }

// TestInjection: whatever an author writes into comments, names, types, defaults and labels,
// CREATE EXTENSION makes what has been declared, or nothing.
func TestInjection(t *testing.T) {
	i := newInjection(t)
	worked := 0
	for _, breaker := range breakers {
		for _, word := range attempts(breaker) {
			for _, p := range scripts(word) {
				if i.try(p) {
					worked++
				}
			}
		}
	}
	if worked < 500 {
		t.Errorf("only %d scripts have worked", worked)
	}
}

// FuzzInjection tries words that nobody has thought of. It needs a server, so it is slow.
func FuzzInjection(f *testing.F) {
	if flag.Lookup("test.fuzz").Value.String() == "" {
		f.Skip("TestInjection does the same with what is known")
	}
	for _, breaker := range breakers {
		f.Add(breaker, breaker)
	}
	i := newInjection(f)
	f.Fuzz(func(t *testing.T, a, b string) {
		i := injection{t, i.cluster, i.conn, i.dir}
		for _, p := range scripts(a + "; " + pwn + "; " + b) {
			i.try(p)
		}
	})
}

// TestTrusted: who may create a trusted extension does not get a superuser's rights with it.
func TestTrusted(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module example.org/kit\n\ngo 1.26\n", "kit.control": "trusted = true\n",
		"kit.go": "package kit\n\n//pg:function security=definer\nfunc F() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(t.Context(), LoadConfig{Dir: dir, Go: runGo}); err == nil || !strings.Contains(fmt.Sprint(err), "a superuser if the extension is trusted") {
		t.Error(err)
	}
}

// TestControlText: a control file reads the same to PostgreSQL and to pgbuild.
func TestControlText(t *testing.T) {
	for text, want := range map[string]string{
		"comment = 'a\x00b'\n": "control character", "comment = 'a\vb'\n": "control character", "comment = 'a\rtrusted = true'\n": "control character",
		"comment = '\xff'\n": "not UTF-8", "comment = 'ä'\r\n": "", "comment = 'a\tb'\n": "",
		"include 'other'\n": "not supported", "include_dir = '/etc'\n": "not supported", "directory = '/tmp'\n": "not supported",
		"module_pathname = '/tmp/x'\n": "module_pathname is $libdir/", "module_pathname = '$libdir/kit-1.0'\n": "", "module_pathname = '$libdir/kit'\n": "",
		"module_pathname = '$libdir/kit-2.0'\n": "$libdir/kit-1.0", "module_pathname = '$libdir/kit-2.0'\ndefault_version = '2.0'\n": "", "module_pathname = '$libdir/../kit'\n": "module_pathname is",
		"module_pathname = 'kit'\n": "module_pathname is", "TRUSTED = true\n": "not supported", "default_version = '1'';--'\n": "not possible",
		"comment = 'a' trusted = true\n": "unexpected", "schema = 'pg_toast'\n": "PostgreSQL's own",
	} {
		c := &collector{}
		r := &controlReader{collector: c, name: "kit", control: Control{DefaultVersion: "1.0", Module: "kit"}, given: map[string]token.Position{}}
		r.read("kit.control", text)
		said := ""
		if err := c.err(); err != nil {
			said = err.Error()
		}
		if (said == "") != (want == "") || !strings.Contains(said, want) {
			t.Errorf("%q: %q, want %q", text, said, want)
		}
	}
}
