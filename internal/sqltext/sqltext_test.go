package sqltext_test

import (
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/sqltext"
)

func TestIdentifier(t *testing.T) {
	for in, want := range map[string]string{
		"slugify": "slugify", "select": `"select"`, "left": `"left"`, "size": "size", "größe": `"größe"`,
		`a"b`: `"a""b"`, "9a": `"9a"`, "Abc": `"Abc"`, "json_object": `"json_object"`, "": `""`,
	} {
		if got := sqltext.Identifier(in); got != want {
			t.Errorf("Identifier(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestLiteral(t *testing.T) {
	for in, want := range map[string]string{
		"plain": "'plain'", "it's": "'it''s'", `a\b`: `E'a\\b'`, "$$ $1": "'$$ $1'",
		"@extschema@": `E'\x40extschema@'`, "@extowner@": `E'\x40extowner@'`,
		"MODULE_PATHNAME": `E'\x4dODULE_PATHNAME'`, "a\nb": "'a\nb'", "\n\\echo": "E'\n\\\\echo'",
	} {
		if got := sqltext.Literal(in); got != want {
			t.Errorf("Literal(%q) = %s, want %s", in, got, want)
		}
	}
}

func TestExpression(t *testing.T) {
	for in, want := range map[string]string{
		"1": "1", "-1.5e3": "- 1.5e3", "null": "null", ".5": ".5", "1e": "error", "1x": "error", "1.2.3": "error",
		"now() - interval '1 day'": "now() - interval '1 day'", "'it''s'": "'it''s'", "', ' || '-'": "', ' || '-'",
		"'{}'": "'{}'", "array[1, 2]::int[]": "array[1, 2]::int[]", "row(1, 'a')": "row(1, 'a')", "date '2024-02-29'": "date '2024-02-29'",
		`E'a\n\u00e4'`: "'a\nä'", `e'\''`: "''''", `'a\b'`: `E'a\\b'`, "b'01'": "B'01'", "X'fF'": "X'fF'", "b'2'": "error",
		`"a""b".c`: `"a""b".c`, `"Abc"`: `"Abc"`, `"abc"`: "abc", "(1 + 2) * 3": "(1 + 2) * 3", "x in (1, 2)": "x in(1, 2)",
		"a::text": "a::text", "f(x => 1)": "f(x => 1)", "1 - -1": "1 - - 1", "@ extschema": "@ extschema", "@extschema@": "@ extschema @",
		"e 'x'": "e 'x'", "u & 'x'": "u & 'x'", "größe": "größe",
		// Nothing that ends the argument, the statement, or the quote.
		"": "error", " ": "error", "1, x integer": "error", "1) RETURNS text": "error", "(1": "error", "(1]": "error", "[1)": "error",
		"1; DROP TABLE x": "error", `1 \; SELECT 1`: "error", `\gexec`: "error", "1 -- x": "error", "1 +-- x": "error", "1 /* x": "error",
		"1 /* x */": "error", "'open": "error", `"open`: "error", "E'open\\'": "error", "E'\\": "error", "'a\x00'": "error", "1\x00": "error",
		"'a\nb'": "error", "1\n": "error", "1\r": "error", "1\v": "error", "'\xff'": "error", "$1": "error", "$$a$$": "error", "$q$": "error", "a$q$": "error",
		"$q$) RETURNS text LANGUAGE C AS $b$x$b$": "error", "U&'\\0041'": "error", `u&"\0041"`: "error", "N'x'": "error",
		`E'\x27'`: "error", `E'\047'`: "error", `E'\u0000'`: "error", `E'\ud800'`: "error", `E'\u12'`: "error", `E'\q'`: "error",
		":x": "error", ":'x'": "error", "a:b": "error", "a:=1": "error", "a:::b": "error", "{1}": "error", "\u00a0;": "error",
		`"MODULE_PATHNAME"`: "error", "MODULE_PATHNAME": "error", `"@extschema@"`: "error", "''; DROP": "error", "\u2028": "\u2028",
		strings.Repeat("(", 5000): "error", `"` + strings.Repeat("a", 64) + `"`: "error", `""`: "error",
	} {
		got, err := sqltext.Expression(in)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("Expression(%q) = %s (%v), want %s", in, got, err, want)
		}
	}
}

func TestType(t *testing.T) {
	for in, want := range map[string]string{
		"text": "text", "Integer": "integer", "int[]": "int[]", "double  precision": "double precision", "numeric(10,2)": "numeric(10, 2)",
		"bit varying(8)": "bit varying(8)", "timestamp(3) with time zone": "timestamp(3) with time zone", "TIMESTAMP WITH TIME ZONE[]": "timestamp with time zone[]",
		`"char"`: `"char"`, "app.mood": "app.mood", `app."Mood"[]`: `app."Mood"[]`, "pg_catalog.int4": "pg_catalog.int4", "select": `"select"`,
		"App.Mood": "app.mood", "größe": `"größe"`, "interval day to second(3)": "interval day to second(3)", "varchar(10)": "varchar(10)", "geometry(1, 2)": "geometry(1, 2)",
		"anyelement": "anyelement", `"a b"`: `"a b"`, "any": `"any"`,
		"": "error", "integer SECURITY DEFINER": "error", "integer SECURITY DEFINER LEAKPROOF SET search_path TO pg_temp": "error",
		"setof integer": "error", "integer default 1": "error", "integer, x text": "error", "integer)": "error", "integer[][]": "error", "integer[1]": "error",
		"numeric(1)(2)": "error", "numeric(a)": "error", "numeric(1": "error", "numeric()": "error", "numeric(1;": "error", "1": "error", "'text'": "error",
		"text%TYPE": "error", "text--": "error", "text/*": "error", "text;": "error", "a.": "error", ".a": "error", "a..b": "error", "a.b c": "error",
		"$q$": "error", "te$t": "error", "text\n": "error", "text\\": "error", "U&\"x\"": "error", `"MODULE_PATHNAME"`: "error", "table(a int)": "error",
		"integer LANGUAGE sql": "error", "time with": "error", "varying bit": "error", "[]": "error", "()": "error", `"a`: "error", "a\x00": "error",
	} {
		got, err := sqltext.Type(in)
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("Type(%q) = %s (%v), want %s", in, got, err, want)
		}
	}
}

// What has been written reads the same again: the writer understands all of its own.
func FuzzExpression(f *testing.F) {
	for _, s := range []string{"1 + 2", "E'a\\'b'", `"x".y('z', 1)::text[]`, "a -- b", "$a$x$a$", ".5.", "- -1", "b'0'x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		for name, read := range map[string]func(string) (string, error){"Expression": sqltext.Expression, "Type": sqltext.Type} {
			once, err := read(in)
			if err != nil {
				continue
			}
			// A text of 4096 bytes can become a longer one.
			if twice, err := read(once); len(once) <= 4096 && (err != nil || twice != once) && !strings.Contains(once, "E'") && !strings.ContainsAny(once, "\n\r\b\f") {
				t.Errorf("%s(%q) = %q, and that is %q, %v", name, in, once, twice, err)
			}
			if strings.ContainsAny(once, ";\x00") && !strings.Contains(once, "'") && !strings.Contains(once, `"`) {
				t.Errorf("%s(%q) = %q", name, in, once)
			}
		}
	})
}
