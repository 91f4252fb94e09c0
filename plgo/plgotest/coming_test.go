package plgotest

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

// pair is how what docs/plgo.md says of another language's habit is tried. In the SQL, {1}
// is the first piece of code that the documentation gives for it, and ~ stands for F, a name
// of the test's own.
type pair struct {
	dots string // what "…" stands for in the pieces
	sql  string
	want string
}

// pairs are all rows of the tables "Coming from", by what the other language has.
var pairs = map[string]map[string]pair{
	"PL/pgSQL": {
		"`DECLARE n int := 0;`": {sql: `
			create function ~(out a int, out b int) language plgo as $$ func g() int { {2}; n++; return n }; {1}; n++; a, b = n, g() $$;
			select a, b from ~(); select a, b from ~()`, want: "1|1\n1|1"},
		"`n := n + 1;`": {sql: `create function ~(n int) returns int language plgo strict as $$ {1}; return n $$; select ~(1)`, want: "2"},
		"`n * 2` of an `int` is an error beyond its range": {sql: `
			create function ~(n int) returns bigint language plgo strict as $$ var wide int64 = {2}; var {1} = n * 2; return wide + int64(int32) $$;
			select ~(2000000000)`, want: "3705032704"},
		"`IF title IS NULL THEN`": {sql: `
			create function ~(title text) returns text language plgo as $$ {1} return "none" }; return {2} $$;
			select ~(null), ~('x')`, want: "none|x"},
		"`RETURN NULL;`": {sql: `create function ~() returns int language plgo as $$ {1} $$; select ~() is null`, want: "t"},
		"`SELECT x INTO n FROM t WHERE id = 1;`": {sql: `
			create function ~() returns int language plgo as $$ var n int32; {1}; return n, err $$; select ~()`, want: "10"},
		"`INSERT INTO t VALUES (n);`": {sql: `
			do language plgo $$ n := 7; {1}; return err $$; delete from t where id = 7 returning id`, want: "7"},
		"`GET DIAGNOSTICS n = ROW_COUNT;`": {sql: `
			begin; create function ~() returns bigint language plgo as $$ {1}; return n, err $$; select ~(); rollback`, want: "2"},
		"`IF NOT FOUND THEN`": {sql: `
			create function ~(n int) returns text language plgo strict as $$
				err := pg.QueryRow("SELECT x FROM t WHERE id = $1", n).{2}(&n)
				{1}
					return "none"
				}
				return fmt.Sprint(n), err
			$$; select ~(1), ~(99)`, want: "10|none"},
		"`EXECUTE format('… %I', name);`": {sql: `
			create table "My T" (); do language plgo $$ name := "My T"; {1}; return err $$`},
		"`FOR r IN SELECT … LOOP`": {dots: "x FROM t ORDER BY id", sql: `
			create function ~() returns bigint language plgo as $$
				var sum, x int64
				{1}
					if err == nil {
						err = row.Scan(&x)
					}
					if err != nil {
						return nil, err
					}
					sum += x
				}
				return sum
			$$; select ~()`, want: "30"},
		"`RETURN NEXT r;`": {sql: `
			create function ~() returns setof int language plgo as $$ return func(yield func(int) bool) { for r := range 2 { if !{1} { return } } } $$;
			create function ~l() returns setof int language plgo as $$ var list []int; for r := range 2 { list = {2}(list, r) }; return list $$;
			select ~(); select ~l()`, want: "0\n1\n0\n1"},
		"`RAISE NOTICE '%', n;`": {sql: `do language plgo $$ n := 1; {1} $$`},
		"`RAISE EXCEPTION … USING ERRCODE = '22023';`": {dots: "no", sql: `
			create function ~() returns int language plgo as $$ {1} $$;
			do $$ begin perform ~(); exception when sqlstate '22023' then null; end $$`},
		"`BEGIN … EXCEPTION WHEN …`": {dots: `_, err := pg.Exec("INSERT INTO t VALUES (3), (1 / 0)"); return err`, sql: `
			create function ~() returns text language plgo as $$ err := {1}; return err.Error() $$;
			select ~(), count(*) from t`, want: "division by zero|2"},
		"`NEW.modified := now();`": {sql: `
			create table ~t (modified timestamptz);
			create function ~() returns trigger language plgo as $$ return {1} $$;
			create trigger ~ before insert on ~t for each row execute function ~();
			insert into ~t default values returning modified > now() - interval '1 day'`, want: "t"},
		"`IF TG_OP = 'INSERT' THEN`": {sql: `
			create table ~t (a text);
			create function ~() returns trigger language plgo as $$ {1} return t.New.Set("a", "inserted") } $$;
			create trigger ~ before insert or update on ~t for each row execute function ~();
			insert into ~t default values returning a; update ~t set a = 'updated' returning a`, want: "inserted\nupdated"},
		"`RETURN NEW;`, `RETURN NULL;` in a trigger": {sql: `
			create table ~t (a int);
			create function ~() returns trigger language plgo as $$
				var a int
				if err := t.New.Get("a", &a); err != nil || a > 0 {
					return err
				}
				{1}
			$$;
			create trigger ~ before insert on ~t for each row execute function ~();
			insert into ~t values (0), (1) returning a`, want: "1"},
		"`FOREACH x IN ARRAY list LOOP`": {sql: `
			create function ~(list int[]) returns int language plgo strict as $$ sum := 0; {1} sum += int(x) }; return sum $$;
			select ~('{1,2}')`, want: "3"},
		"`COMMIT;`": {sql: `create procedure ~() language plgo as $$ {1}; return err $$; call ~()`},
		"`RETURN QUERY SELECT …;`": {dots: "x::text FROM t ORDER BY id", sql: `
			create function ~() returns setof text language plgo as $$ {1} $$; select ~()`, want: "10\n20"},
	},
	"PL/Python": {
		"`SD[\"n\"]`": {dots: "n int", sql: `create function ~() returns int language plgo as $$ {1}; n++; return n $$; select ~(); select ~()`, want: "1\n2"},
		"`GD`":        {},
		"`None`":      {sql: `create function ~() returns int language plgo as $$ return {1} $$; select ~() is null`, want: "t"},
		"`plpy.execute(\"…\")`, `plpy.prepare`": {sql: `
			create function ~() returns bigint language plgo as $$
				n, err := {2}("UPDATE t SET x = x")
				for _, err := range {1}("SELECT x FROM t") {
					if err != nil {
						return nil, err
					}
					n++
				}
				return n, err
			$$; select ~()`, want: "4"},
		"`with plpy.subtransaction():`": {sql: `
			create function ~() returns text language plgo as $$ err := {1}(func() error { _, err := pg.Exec("SELECT 1 / 0"); return err }); return err.Error() $$;
			select ~()`, want: "division by zero"},
		"`plpy.notice(s)`": {sql: `do language plgo $$ s := "x"; {1} $$`},
		"`TD[\"new\"][\"x\"]`": {sql: `
			create table ~t (x int);
			create function ~() returns trigger language plgo as $$ var x int; if err := {1}; err != nil { return err }; x++; return {2} $$;
			create trigger ~ before insert on ~t for each row execute function ~();
			insert into ~t values (1) returning x`, want: "2"},
		"`yield row`": {sql: `
			create function ~() returns setof text language plgo as $$ return func(yield func(string) bool) { row := "a"; {1} } $$; select ~()`, want: "a"},
	},
	"PL/v8": {
		"`this.cache`, `globalThis.cache`": {dots: "cache = map[int32]int{}", sql: `
			create function ~(n int) returns int language plgo strict as $$ {1}; cache[n]++; return cache[n] $$; select ~(1); select ~(1)`, want: "1\n2"},
		"`null`, `undefined`": {sql: `create function ~() returns int language plgo as $$ return {1} $$; select ~() is null`, want: "t"},
		"`plv8.execute(\"…\", [a])`": {dots: "SELECT $1::int + 1", sql: `
			create function ~(a int) returns int language plgo strict as $$
				for row, err := range {1} {
					if err != nil {
						return nil, err
					}
					return a, row.Scan(&a)
				}
				return nil
			$$; select ~(1) in (1, 2)`, want: "t"},
		"`plv8.return_next({k: 1})`": {sql: `
			create function ~() returns table(k int, v text) language plgo as $$ return func(yield func(Row) bool) { {1} } $$;
			create function ~l() returns table(k int, v text) language plgo as $$ return []{2}{{K: 1}} $$;
			select * from ~(); select * from ~l()`, want: "1|\n1|"},
		"`plv8.elog(NOTICE, s)`": {sql: `do language plgo $$ s := "x"; {1} $$`},
		"`plv8.subtransaction(f)`": {sql: `
			create function ~() returns text language plgo as $$ func f() error { _, err := pg.Exec("SELECT 1 / 0"); return err }; err := {1}; return err.Error() $$;
			select ~()`, want: "division by zero"},
		"`throw new Error(\"…\")`": {dots: "no", sql: `
			create function ~() returns int language plgo as $$ {1} $$;
			do $$ begin perform ~(); exception when sqlstate '38000' then null; end $$`},
		"`NEW.x = 1; return NEW`": {sql: `
			create table ~t (x int);
			create function ~() returns trigger language plgo as $$ return {1} $$;
			create trigger ~ before insert on ~t for each row execute function ~();
			insert into ~t values (7) returning x`, want: "1"},
	},
}

// TestComing: what docs/plgo.md tells those who come from another language is so: each row of
// the tables is tried with the code that stands there.
func TestComing(t *testing.T) {
	doc, err := os.ReadFile("../../docs/plgo.md")
	if err != nil {
		t.Fatal(err)
	}
	s := sharedServer(t)
	if _, err := s.Query(t.Context(), "create database coming template "+template+"; \\c coming\nset client_min_messages = warning; create table t (id int, x int); insert into t values (1, 10), (2, 20)"); err != nil {
		t.Fatal(err)
	}
	code := regexp.MustCompile("`([^`]+)`")
	n := 0
	for language, cases := range pairs {
		_, table, found := strings.Cut(string(doc), "### Coming from "+language+"\n")
		if !found {
			t.Fatalf("docs/plgo.md has nothing for those who come from %s", language)
		}
		table, _, _ = strings.Cut(table, "\n#")
		rows := regexp.MustCompile(`(?m)^\| (.*?) \| (.*) \|$`).FindAllStringSubmatch(table, -1)
		if len(rows) != len(cases)+1 {
			t.Errorf("%s: the table has %d rows, of which %d are tried", language, len(rows)-1, len(cases))
		}
		for _, row := range rows[1:] {
			one, ok := cases[row[1]]
			if !ok {
				t.Errorf("%s: %s is not tried", language, row[1])
				continue
			}
			if one.sql == "" {
				continue
			}
			n++
			sql := strings.ReplaceAll(one.sql, "~", fmt.Sprintf("f%d", n))
			for i, piece := range code.FindAllStringSubmatch(row[2], -1) {
				place := fmt.Sprintf("{%d}", i+1)
				if !strings.Contains(sql, place) {
					t.Errorf("%s: %s is not tried", language, piece[1])
				}
				sql = strings.ReplaceAll(sql, place, strings.ReplaceAll(piece[1], "…", one.dots))
			}
			if out, err := s.Query(t.Context(), "\\c coming\n"+sql); err != nil || strings.TrimSpace(out) != one.want {
				t.Errorf("%s: %s: got %q, %v, want %q\n%s", language, row[1], out, err, one.want, sql)
			}
		}
	}
}
