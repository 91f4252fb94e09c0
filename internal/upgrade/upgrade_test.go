package upgrade

import (
	"slices"
	"strings"
	"testing"
)

func TestIdentities(t *testing.T) {
	for statement, want := range map[string]string{
		`CREATE FUNCTION f(a integer, double precision, VARIADIC b text[] DEFAULT '{}', OUT c text) LANGUAGE c AS 'x'`: "FUNCTION f(integer, double precision, text[])",
		`create or replace function s."F"() returns table(a int, b numeric(3, 1)) language sql as $$ select 1; $$`:     `FUNCTION s."F"()`,
		`CREATE PROCEDURE p(INOUT x interval)`:                                            "PROCEDURE p(interval)",
		`CREATE AGGREGATE a(*) (SFUNC = f, STYPE = internal)`:                             "AGGREGATE a(*)",
		`CREATE AGGREGATE q(integer ORDER BY s text) (SFUNC = f)`:                         "AGGREGATE q(integer ORDER BY text)",
		`CREATE AGGREGATE q(ORDER BY "any", double precision) (SFUNC = f)`:                `AGGREGATE q(ORDER BY "any", double precision)`,
		`CREATE OPERATOR <-> (FUNCTION = f, LEFTARG = text, RIGHTARG = double precision)`: "OPERATOR <-> (text, double precision)",
		`CREATE OPERATOR !! (FUNCTION = f, RIGHTARG = text)`:                              "OPERATOR !! (NONE, text)",
		`CREATE OPERATOR CLASS v_ops DEFAULT FOR TYPE v USING btree AS OPERATOR 1 <`:      "OPERATOR CLASS v_ops USING btree",
		`CREATE CAST (v AS text) WITH FUNCTION f(v)`:                                      "CAST (v as text)",
		`CREATE TYPE v`: "SHELL v",
		`CREATE DOMAIN d AS text CHECK (VALUE <> '')`: "DOMAIN d",
		`COMMENT ON FUNCTION f(integer) IS 'it is'`:   "COMMENT on function f ( integer )",
	} {
		list, err := read(statement + ";")
		if err != nil || len(list) != 1 {
			t.Fatal(statement, err, len(list))
		}
		if got := list[0].key(); got != want {
			t.Errorf("%s is %q, want %q", statement, got, want)
		}
	}
}

func TestDraft(t *testing.T) {
	class := func(method, more string) string {
		return "CREATE OPERATOR CLASS v_ops DEFAULT FOR TYPE s.v USING " + method + " AS OPERATOR 1 <, FUNCTION 1 c(v, v)" + more + ";"
	}
	for _, test := range []struct{ name, before, after, want string }{
		{"nothing", "CREATE FUNCTION f() RETURNS int AS 'x';", "-- new\ncreate function f()\n returns int as 'x'", "-- Nothing in SQL has changed."},
		{"a default more", "CREATE FUNCTION f(a int) RETURNS int AS 'x';", "CREATE FUNCTION f(a int DEFAULT 1) RETURNS int AS 'x';", "CREATE OR REPLACE FUNCTION f(a int DEFAULT 1)"},
		{"a default less", "CREATE FUNCTION f(a int = 1) RETURNS int AS 'x';", "CREATE FUNCTION f(a int) RETURNS int AS 'x';", "-- DECIDE: FUNCTION f(int)"},
		{"another name", "CREATE FUNCTION f(a int) RETURNS int AS 'x';", "CREATE FUNCTION f(b int) RETURNS int AS 'x';", "-- DROP FUNCTION f(int);"},
		{"another column", "CREATE TYPE t AS (a int, b text);", "CREATE TYPE t AS (a bigint, c text);", "-- ALTER TYPE t DROP ATTRIBUTE b CASCADE;\n\n-- DECIDE"},
		{"a column's type", "CREATE TYPE t AS (a int);", "CREATE TYPE t AS (a double precision);", "-- ALTER TYPE t ALTER ATTRIBUTE a TYPE double precision CASCADE;"},
		{"a label less", "CREATE TYPE t AS ENUM ('a', 'b');", "CREATE TYPE t AS ENUM ('b');", "-- ALTER TYPE t RENAME VALUE 'a' TO '…';"},
		{"a domain", "CREATE DOMAIN d AS text;", "CREATE DOMAIN d AS text NOT NULL;", "-- DECIDE: DOMAIN d has changed; was, and is:\n-- CREATE DOMAIN d AS text;\n-- CREATE DOMAIN d AS text NOT NULL;"},
		{"a check", "CREATE DOMAIN d AS text CHECK (VALUE <> '');", "CREATE DOMAIN d AS text CHECK (VALUE <> 'x');", "-- ALTER DOMAIN d DROP CONSTRAINT d_check;\n-- ALTER DOMAIN d ADD CHECK (VALUE <> 'x');"},
		{"a second check", "CREATE DOMAIN d AS text CHECK (VALUE <> '');", "CREATE DOMAIN d AS text CHECK (VALUE <> '') CHECK (VALUE <> 'x');", "-- DECIDE: DOMAIN d has changed; was, and is:"},
		{"storage", "CREATE TYPE t (INPUT = i, OUTPUT = o, STORAGE = main);", "CREATE TYPE t (INPUT = i, OUTPUT = o, STORAGE = plain);", "\nALTER TYPE t SET (STORAGE = plain);"},
		{"a form", "CREATE TYPE t (INPUT = i, OUTPUT = o, ALIGNMENT = int);", "CREATE TYPE t (INPUT = i, OUTPUT = o, ALIGNMENT = double);", "-- DECIDE: TYPE t has changed; was, and is:"},
		{"an estimate", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a, RESTRICT = eqsel);", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a, JOIN = eqjoinsel);", "\nALTER OPERATOR ~~ (a, a) SET (JOIN = eqjoinsel, RESTRICT = NONE);"},
		{"hashes", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a);", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a, HASHES);", "-- ALTER OPERATOR ~~ (a, a) SET (HASHES);\n-- UPDATE pg_catalog.pg_operator SET oprcanhash = true WHERE oid = '~~ (a, a)'::regoperator;"},
		{"no hashes", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a, HASHES);", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a);", "-- DECIDE: OPERATOR ~~ (a, a) has changed; was, and is:"},
		{"a function of an operator", "CREATE OPERATOR ~~ (FUNCTION = f, LEFTARG = a, RIGHTARG = a);", "CREATE OPERATOR ~~ (FUNCTION = g, LEFTARG = a, RIGHTARG = a);", "-- DECIDE: OPERATOR ~~ (a, a) has changed; was, and is:"},
		{"within a group", "CREATE AGGREGATE q(n int ORDER BY s text) (SFUNC = f);", "CREATE AGGREGATE q(n int ORDER BY s text) (SFUNC = f, SSPACE = 8);", "\nCREATE OR REPLACE AGGREGATE q(n int ORDER BY s text) (SFUNC = f, SSPACE = 8);"},
		{"a cast with a comment", "CREATE CAST (a AS b) WITH FUNCTION f(a); COMMENT ON CAST (a AS b) IS 'c';", "CREATE CAST (a AS b) WITH FUNCTION f(a) AS IMPLICIT; COMMENT ON CAST (a AS b) IS 'c';", "AS IMPLICIT;\n\nCOMMENT ON CAST (a AS b) IS 'c';"},
		{"a cast", "CREATE CAST (a AS b) WITH FUNCTION f(a);", "CREATE CAST (a AS b) WITH FUNCTION f(a) AS IMPLICIT;", "DROP CAST (a as b);\n\nCREATE CAST"},
		{"a comment less", "CREATE TYPE t; COMMENT ON TYPE t IS 'x';", "CREATE TYPE t;", ""},
		{"a sort function", class("btree", ""), class("btree", ", FUNCTION 2 k(internal)"), "load this file. \\quit\n\nALTER OPERATOR FAMILY v_ops USING btree ADD FUNCTION 2 (s.v, s.v) k(internal);\n"},
		{"another sort function", class("btree", ", FUNCTION 2 j(internal)"), class("btree", ", FUNCTION 2 k(internal)"), "\nALTER OPERATOR FAMILY v_ops USING btree DROP FUNCTION 2 (s.v, s.v);\n\nALTER OPERATOR FAMILY v_ops USING btree ADD FUNCTION 2 (s.v, s.v) k(internal);\n"},
		{"no sort function", class("btree", ", FUNCTION 2 j(internal)"), class("btree", ""), "\\quit\n\nALTER OPERATOR FAMILY v_ops USING btree DROP FUNCTION 2 (s.v, s.v);\n"},
		{"another function of a class", class("btree", ", FUNCTION 4 j(internal)"), class("btree", ""), "-- DECIDE: OPERATOR CLASS v_ops USING btree has changed"},
		{"another class", class("gist", ", FUNCTION 2 j(internal)"), class("gist", ""), "-- DECIDE: OPERATOR CLASS v_ops USING gist has changed"},
		{"rights", "REVOKE ALL ON FUNCTION f() FROM PUBLIC;", "", "-- REVOKE ALL ON FUNCTION f() FROM PUBLIC;"},
	} {
		d, err := Make("x", Version{"1", test.before}, Version{"2", test.after}, false)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
		} else if !strings.Contains(d.Text, test.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", test.name, d.Text, test.want)
		}
	}
	const same = "CREATE FUNCTION f() RETURNS int AS 'MODULE_PATHNAME', 'f'; CREATE FUNCTION g() RETURNS int AS 'SELECT 1';"
	if d, err := Make("x", Version{"1", same}, Version{"2", same}, true); err != nil || !strings.HasSuffix(d.Text, "\n\nCREATE OR REPLACE FUNCTION f() RETURNS int AS 'MODULE_PATHNAME', 'f';\n") {
		t.Errorf("with modules of their own: %v\n%s", err, d.Text)
	}
	if _, err := Make("x", Version{"1", "SELECT 'open"}, Version{"2", ""}, false); err == nil || !strings.Contains(err.Error(), "version 1") {
		t.Errorf("a script that cannot be read: %v", err)
	}
}

func TestObjects(t *testing.T) {
	dump := func(oid, dropped string) string {
		return "\\restrict " + oid + "\n-- Name: t; Type: TABLE; Schema: public; Owner: -\n--\n\n-- For binary upgrade\nSELECT pg_catalog.binary_upgrade_set_next_pg_type_oid('" + oid +
			"'::pg_catalog.oid);\n\nCREATE TABLE t (\n    a integer" + dropped + "\n);\n\nUPDATE pg_catalog.pg_class\nSET relfrozenxid = '" + oid + "'\nWHERE oid = 1;\nALTER EXTENSION x ADD TABLE t;\n"
	}
	if got := compare(objects(dump("1", "")), objects(dump("2", ",\n    \"........pg.dropped.2........\" INTEGER /* dummy */"))); len(got) > 0 {
		t.Errorf("the same differs: %v", got)
	}
	want := []string{"table t differs"}
	if got := compare(objects(dump("1", "")), objects(dump("2", ",\n    b integer"))); len(got) != 1 || !strings.HasPrefix(got[0], want[0]) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := compare(objects(""), objects(dump("2", ""))); !slices.Equal(got, []string{"table t is missing after the update"}) {
		t.Error(got)
	}
}
