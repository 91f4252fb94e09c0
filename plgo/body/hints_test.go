package body

import (
	"errors"
	"strings"
	"testing"
)

// TestHints: what people write in other languages leads to a hint that says how plgo has
// it, and to one only.
func TestHints(t *testing.T) {
	l := newLibrary(t)
	value := Signature{Name: "f", Params: []Param{{Name: "a", Type: "int32"}, {Name: "s", Type: "string"}}, Results: []Result{{Type: "int32"}}}
	set := Signature{Name: "f", Results: []Result{{Type: "string"}}, Set: true, Imports: map[string]string{"iter": "iter"}}
	trigger := Signature{Name: "f", Params: []Param{{Name: "t", Type: "*strings.Builder"}}, Imports: map[string]string{"strings": "strings"}}
	for _, one := range []struct {
		sig        Signature
		text, hint string // a part of it
	}{
		{set, "yield 'x'", "func(yield func(string) bool)"},
		{set, "for i := range 3 { yield(i) }", "func(yield func(string) bool)"},
		{set, "RETURN NEXT s;", "Return a slice"},
		{set, "RETURN QUERY SELECT 1;", "pg.Query"},
		{set, "plv8.return_next({k: 1})", "Return a slice"},
		{trigger, "NEW.modified := now();", "t.New.Set"},
		{trigger, "new.modified = 1", "t.New.Set"},
		{trigger, "x := OLD.id\nreturn nil", "t.Old"},
		{trigger, "RETURN NEW;", "just ends"},
		{trigger, "return NEW", "just ends"},
		{trigger, "if TG_OP == \"INSERT\" { return }", "t.Event == pg.Insert"},
		{trigger, "TD[\"new\"][\"x\"] = 1", "t.New.Get"},
		{value, "rows = plpy.execute(\"SELECT 1\")", "pg.Query("},
		{value, "rows := plv8.execute(\"SELECT 1\", [a])", "pg.Query("},
		{value, "var rows = plv8.execute('SELECT 1');", "pg.Query("},
		{value, "with plpy.subtransaction():", "pg.Subtransaction"},
		{value, "plpy.notice(s)", "pg.Notice"},
		{value, "RAISE NOTICE 'x is %', a;", "pg.Notice"},
		{value, "RAISE EXCEPTION 'no';", "return errors.New"},
		{value, "throw new Error(\"no\")", "return errors.New"},
		{value, "raise ValueError(\"no\")", "return errors.New"},
		{value, "elog(NOTICE, \"x\")", "pg.Notice"},
		{value, "elog(ERROR, \"x\")", "return errors.New"},
		{value, "console.log(s)\nreturn 1", "pg.Notice"},
		{value, "SD[\"n\"] = 1", "var ( … )"},
		{value, "this.n = 1", "var ( … )"},
		{value, "SELECT x INTO n FROM t;", "Scan(&x)"},
		{value, "PERFORM pg_sleep(1);", "pg.Exec"},
		{value, "INSERT INTO t VALUES (1);", "pg.Exec"},
		{value, "COMMIT;", "pg.Commit()"},
		{value, "if !FOUND { return 1 }\nreturn 2", "pg.ErrNoRows"},
		{value, "FOR r IN SELECT 1 LOOP", "range pg.Query"},
		{value, "for i in range(10):", "for i := range 10"},
		{value, "for (let i = 0; i < 3; i++) {\n}", "for i := range 10"},
		{value, "while (a > 1) {\n}", "for cond"},
		{value, "IF a > 1 THEN\nEND IF;", "else if"},
		{value, "if a > 1:\n", "braces"},
		{value, "try {\n}", "braces"},
		{value, "let x = 1;", "x := 1"},
		{value, "def g(a):", "x := 1"},
		{value, "my $x = shift;", "x := 1"},
		{value, "a := a + 1\nreturn a", "with ="},
		{value, "return NULL", "return nil"},
		{value, "return None", "return nil"},
		{value, "return null", "return nil"},
		{value, "if a IS NULL { return 1 }", "x == nil"},
		{value, "return COALESCE(a, 1)", "x == nil"},
		{value, "return True", "true or false"},
		{value, "x := now()\nreturn 1", "time.Now()"},
		{value, "return length(s)", "len(x)"},
		{value, "return upper(s)", "strings.ToUpper"},
		{value, "x := 'abc'\nreturn 1", "double quotes"},
		{value, "x := s || s\nreturn 1", "+"},
		{value, "if a <> 1 { return 1 }", "!="},
		{value, "if a === 1 { return 1 }", "=="},
		{value, "if a > 1 and a < 3 { return 1 }", "&&"},
		{value, "return s::int", "int64(x)"},
		{value, "return $1", "args[0]"},
		{value, "-- first\nreturn 1", "//"},
		{value, "DECLARE\n  n int := 0;\nBEGIN\n  n := 1;\nEND;", "PL/pgSQL"},
		{value, "return s", "strconv.Atoi"},
		{value, "return float64(a)", "math.Round"},
		{set, "return 1, 2, 3", "Return one value"},
		{value, "x := &a\nreturn a + x", ""},
		// What has nothing to do with other languages has no hint.
		{value, "return undefinedName", ""},
		{value, "x := \"SELECT 1 INTO x\" + 1\nreturn 1", ""},
		{value, "select {\ncase <-undefinedName:\n}", ""},
		{value, "return undefinedName // NULL, None", ""},
		{value, "old := struct{ x string }{}\nreturn old.x + 1", ""},
	} {
		_, err := Wrap(one.text, "plgo", one.sig, l)
		var diagnostics Diagnostics
		if !errors.As(err, &diagnostics) {
			t.Errorf("%q is accepted", one.text)
			continue
		}
		hints := ""
		for _, d := range diagnostics {
			hints += d.Hint
		}
		if one.hint == "" && hints != "" || !strings.Contains(hints, one.hint) || strings.Contains(hints, "ROW") {
			t.Errorf("%q: %s: the hint is %q, want %q", one.text, err, hints, one.hint)
		}
	}
}
