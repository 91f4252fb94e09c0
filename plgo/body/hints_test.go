package body

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// TestHints: what people write in other languages leads to a hint that says how plgo has
// it, and to one only.
func TestHints(t *testing.T) {
	l := newLibrary(t)
	value := Signature{Name: "f", Params: []Param{{Name: "a", Type: "int32"}, {Name: "s", Type: "string"}}, Results: []Result{{Type: "int32"}}}
	nullable := Signature{
		Name:    "f",
		Params:  []Param{{Name: "a", Type: "*int32", Elem: "int32"}, {Name: "s", Type: "*string", Elem: "string"}, {Name: "b", Type: "*bool", Elem: "bool"}},
		Results: []Result{{Type: "int32"}},
	}
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
		{value, "if a = 1 { return 2 }\nreturn 3", "compared with =="},
		{value, "x := 'x' + s\nreturn len(x)", "double quotes"},
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
		{value, "x := &a\nreturn a + x", "*x is its value"},
		// What may be NULL, after it has been compared with nil.
		{nullable, "x := \"x\" + s\nreturn len(x)", "*x is its value"},
		{nullable, "return a + 1", "*x is its value"},
		{nullable, "return 1 - a", "*x is its value"},
		{nullable, "return a + a", "*x is its value"},
		{nullable, "if a > 5 { return 1 }\nreturn 2", "*x is its value"},
		{nullable, "if s == \"x\" { return 1 }\nreturn 2", "*x is its value"},
		{nullable, "if !b { return 1 }\nreturn 2", "*x is its value"},
		{nullable, "if b { return 1 }\nreturn 2", "*x is the value"},
		{nullable, "for range a {}\nreturn 1", "*x is its value"},
		{nullable, "return len(s)", "*x is its value"},
		{nullable, "x := s[:2]\nreturn len(x)", "*x is its value"},
		{nullable, "x := s[0]\nreturn int(x)", "*x is its value"},
		{nullable, "switch s { case \"x\": return 1 }\nreturn 2", "*x is its value"},
		{nullable, "return int64(a)", "*x is its value"},
		{nullable, "a++\nreturn 1", "*x is its value"},
		{nullable, "if a == nil { a = 5 }\nreturn *a", "a = &x"},
		// Go itself.
		{value, "var b int = a\nreturn b", "SQL's smallint is int16"},
		{value, "b := int64(1)\nreturn a * b", "int64(n)"},
		{value, "x := strings.Repeat(s, a)\nreturn len(x)", "int(n)"},
		{value, "func g(x float64) int32 { return 1 }\nreturn g(a)", "float64(n)"},
		{value, "return s + a", "strconv.Itoa"},
		{value, "package main\nfunc main() {}", "no package around it"},
		{value, "x := 1\nimport \"fmt\"\nreturn x", "before all else"},
		{value, "x := 1\nfunc g() int { return x }\nreturn g()", "f := func"},
		{value, "for i := 0; i < 3; i++\n{\n}\nreturn 1", "end of its line"},
		{value, "if a > 1 {\n}\nelse {\n}\nreturn 1", "} else {"},
		{value, "return a > 1 ? 1 : 2", "no ?:"},
		{value, "if a > 1 { return 1 }", "ends with return"},
		{value, "func f(a int32) int32 { return a }", "return f(a)"},
		{value, "x := 1\nreturn a", "leave it out"},
		{value, "x := []int{\n\t1\n}\nreturn len(x)", "comma"},
		{value, "if a { return 1 }\nreturn 2", "n != 0"},
		{value, "s[0] = 'x'\nreturn 1", "[]byte(s)"},
		{value, "x := strconv.Atoi(s)\nreturn x", "x, err := f()"},
		{value, "return s.length", "len(x)"},
		{value, "return s.toUpperCase()", "strings.ToUpper"},
		{value, "x := []int{}\nx.push(1)\nreturn 1", "append"},
		{value, "m := map[string]int{}\nreturn m.a", "m[\"key\"]"},
		{value, "h := [2]byte{}\nx := strings.ToUpper(h)\nreturn len(x)", "hex.EncodeToString"},
		{value, "x := strings.ToUpper(s[0])\nreturn len(x)", "s[i:i+1]"},
		{value, "return other_function(a)", "pg.QueryRow(\"SELECT f($1)\", a)"},
		{value, "var x int32 = nil\nreturn x", "*int32"},
		{value, "int x = 5;\nreturn x", ":="},
		{value, "x = 5\nreturn x", ":="},
		{value, "var x int := 5\nreturn x", "var x int = 5"},
		{value, "const x = a\nreturn x", "x := a"},
		{value, "if a == 1 return 5\nreturn 6", "braces"},
		{value, "return a if a > 1 else 2", "no ?:"},
		{value, "return (int64)a", "int64(x)"},
		{value, "return a ** 2", "math.Pow"},
		{value, "return len(s . s)", "strings.ToUpper"},
		{value, "x := a.toString()\nreturn x", "fmt.Sprint"},
		{value, "return parseInt(s)", "strconv.Atoi"},
		{value, "return int(s)", "strconv.Atoi"},
		{value, "return sum(a)", "A loop"},
		{value, "if s =~ \"x\" { return 1 }\nreturn 2", "MatchString"},
		{value, "return s->>'name'", "json.Unmarshal"},
		{value, "go func() { a++ }\nreturn a", "parentheses"},
		{value, "m := {\"a\": 1}\nreturn len(m)", "begins with its type"},
		{value, "l := [1, 2, 3]\nreturn len(l)", "begins with its type"},
		{value, "m := map[string]int\nreturn len(m)", "Braces make"},
		{value, "switch a { case 1: return 1 case 2: return 2 }\nreturn 3", "semicolon"},
		{value, "x := string(a)\n_ = x\nreturn a", "string(rune(n))"},
		{Signature{Name: "f", Params: value.Params, Results: []Result{{Type: "string"}}}, "return strings.CutPrefix(s, s)", "x, ok := f(a)"},
		{value, "return errors.New(s), 1", "return x, errors.New"},
		{Signature{Name: "f", Params: value.Params}, "return a", "returns no value"},
		{value, "return slices.Index(s, s)", "It takes a list"},
		{Signature{Name: "f", Params: []Param{{Name: "l", Type: "*[]string", Elem: "[]string"}}, Results: value.Results}, "return slices.Index(l, \"\")", "*x is its value"},
		{value, "n := 0\nfor c := range s { if c == \"x\" { n++ } }\nreturn n", "c is a character"},
		{value, "n := 0\nfor _, c := range s { if c == \"x\" { n++ } }\nreturn n", "single quotes"},
		{value, "const x = 1\nx = 2\nreturn x", "A constant cannot be set"},
		{value, "n := 1\nfunc (t T) get() int { return t.n }\nreturn n", "A method stands before"},
		{value, "var a int32 = 5\nreturn a", "gets a value with ="},
		{value, "return *a", "leave out the *"},
		{value, "x := netip.PrefixFrom(netip.Addr{}, 8)\nvar y netip.Addr = x\n_ = y\nreturn 1", "p.Addr()"},
		{value, "var d time.Duration = s\n_ = d\nreturn 1", "time.ParseDuration"},
		{Signature{Name: "f", Params: []Param{{Name: "r", Type: "string", Text: "int4range"}}, Results: value.Results}, "return r.Size()", "r.UpperInfinite"},
		{value, "if tg.Op == 1 { return 1 }\nreturn 2", "t.Event"},
		{value, "return len(e.Tag)", "e.Tag"},
		{Signature{Name: "f", Results: value.Results, Declarations: map[string]string{"Pt": "type Pt struct{ X int }\n"}}, "var p pt\nreturn p.x", "the type is Pt"},
		// What has nothing to do with other languages has no hint.
		{value, "return undefinedName", ""},
		{value, "x := \"SELECT 1 INTO x\" + 1\nreturn 1", ""},
		{value, "select {\ncase <-undefinedName:\n}", ""},
		{value, "return undefinedName // NULL, None", ""},
		{value, "old := struct{ x string }{}\nreturn old.x + 1", "strconv.Itoa"},
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

// TestPatterns: each pattern is one, although few are compiled before somebody makes a mistake.
func TestPatterns(t *testing.T) {
	for _, one := range slices.Concat(idioms, misfits, foreign) {
		if one.line == nil && one.message == nil {
			t.Errorf("%q is said of everything", one.hint)
		}
		one.line.fits("")
		one.message.fits("")
	}
}
