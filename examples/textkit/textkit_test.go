package textkit

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/pg"
)

func TestSlugify(t *testing.T) {
	for title, want := range map[string]string{
		"":                              "",
		"  -- !":                        "",
		"Hello, World!":                 "hello-world",
		"Don’t panic: it's 2x  faster…": "dont-panic-its-2x-faster",
		"Größe & Façade à Łódź":         "groesse-facade-a-lodz",
		"Ελληνικά και 日本語":              "ελληνικά-και-日本語",
		"pg_stat_activity":              "pg-stat-activity",
	} {
		if got := Slugify(title); got != want {
			t.Errorf("Slugify(%q) = %q, want %q", title, got, want)
		}
	}
}

func TestLevenshtein(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int32
	}{
		{"", "", 0}, {"", "abc", 3}, {"kitten", "sitting", 3}, {"flaw", "lawn", 2}, {"naïve", "naive", 1}, {"日本", "日本語", 1},
	} {
		if got, back := Levenshtein(test.a, test.b), Levenshtein(test.b, test.a); got != test.want || back != test.want {
			t.Errorf("Levenshtein(%q, %q) = %d and %d, want %d", test.a, test.b, got, back, test.want)
		}
	}
}

func TestLuhnValid(t *testing.T) {
	for number, want := range map[string]bool{
		"79927398713": true, "79927398710": false, "4111 1111 1111 1111": true, "4111-1111-1111-1112": false,
		"": false, "0": false, "00": true, "18a": false, "１８": false,
	} {
		if got := LuhnValid(number); got != want {
			t.Errorf("LuhnValid(%q) = %t", number, got)
		}
	}
}

func TestJSONSHA256(t *testing.T) {
	same := []string{
		`{"b": [1, 2.50, "é<"], "a": null}`,
		` {"a":null,"b":[1.0,25e-1,"\u00e9\u003c"]}` + "\n",
	}
	first, err := JSONSHA256(same[0])
	if err != nil || len(first) != 32 {
		t.Fatalf("%x, %v", first, err)
	}
	if second, err := JSONSHA256(same[1]); err != nil || !bytes.Equal(first, second) {
		t.Errorf("%x and %x, %v", first, second, err)
	}
	if other, err := JSONSHA256(`{"b": [2.5, 1, "é<"], "a": null}`); err != nil || bytes.Equal(first, other) {
		t.Errorf("another order of an array: %x, %v", other, err)
	}
	for _, document := range []string{"", "{", "{} {}", "{} x", "'a'"} {
		_, err := JSONSHA256(document)
		wantError(t, err, "22032")
	}
}

func TestRegexpGroups(t *testing.T) {
	for _, test := range []struct{ pattern, text, want string }{
		{`(?P<year>\d{4})-(?P<month>\d\d)`, "on 2024-05-17", `{"month":"05","year":"2024"}`},
		{`(?P<a>x)|(?P<b>y)`, "y", `{"a":null,"b":"y"}`},
		{`(x)`, "x", `{}`},
		{`x`, "y", ""},
	} {
		got, err := RegexpGroups(test.pattern, test.text)
		if err != nil {
			t.Error(err)
		} else if (got == nil) != (test.want == "") || got != nil && *got != test.want {
			t.Errorf("RegexpGroups(%q, %q) = %v, want %q", test.pattern, test.text, got, test.want)
		}
	}
	_, err := RegexpGroups("(", "x")
	wantError(t, err, "2201B")
}

func TestRegexpGroupsForgets(t *testing.T) {
	for i := range 3 * compiledLimit {
		if _, err := RegexpGroups(strings.Repeat("x", i), ""); err != nil {
			t.Fatal(err)
		}
	}
	if len(compiled) > compiledLimit {
		t.Errorf("%d patterns are kept", len(compiled))
	}
}

func TestURLHost(t *testing.T) {
	for address, want := range map[string]string{
		"https://www.PostgreSQL.org:8443/docs/?q=1": "www.postgresql.org",
		" ftp://user@[::1]/x ":                      "::1",
		"mailto:someone@example.org":                "",
		"not a url":                                 "",
		"http://%zz/":                               "",
		"":                                          "",
	} {
		got := URLHost(address)
		if (got == nil) != (want == "") || got != nil && *got != want {
			t.Errorf("URLHost(%q) = %v, want %q", address, got, want)
		}
	}
}

func TestWordCounts(t *testing.T) {
	for text, want := range map[string]string{
		"":                                 `{}`,
		"The cat and the hat":              `{"and":1,"cat":1,"hat":1,"the":2}`,
		"'Well-known' -- isn't well known": `{"isn't":1,"known":1,"well":1,"well-known":1}`,
		"naïve NAÏVE 42":                   `{"42":1,"naïve":2}`,
	} {
		if got, err := WordCounts(text); err != nil || got != want {
			t.Errorf("WordCounts(%q) = %s, %v; want %s", text, got, err, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, test := range []struct {
		text  string
		limit int32
		want  string
	}{
		{"short", 10, "short"},
		{"  white \n\t space ", 20, "white space"},
		{"one two three", 9, "one two…"},
		{"one two three", 8, "one two…"},
		{"one two, three", 10, "one two…"},
		{"indivisible", 5, "indi…"},
		{"日本語の文章", 4, "日本語…"},
		{"x", 0, ""}, {"xy", -1, ""}, {"xy", 1, "…"},
	} {
		if got := Excerpt(test.text, test.limit); got != test.want {
			t.Errorf("Excerpt(%q, %d) = %q, want %q", test.text, test.limit, got, test.want)
		}
	}
}

func TestStripMarkdown(t *testing.T) {
	for document, want := range map[string]string{
		"# Title #\n\nSome *very* **bold** ***text***.":            "Title\n\nSome very bold text.",
		"Title\n=====\n\n---\ntext":                                "Title\n\ntext",
		"a [link](http://x.org \"t\") and ![pic][1]\n\n[1]: p.png": "a link and pic",
		"> quoted\n> > twice":                                      "quoted\ntwice",
		"- one\n* two\n10. three":                                  "one\ntwo\nthree",
		"```go\nx := 1\n```\nand `code`":                           "x := 1\nand code",
		"snake_case_name and 2 * 3 * 4, _it_ ~~not~~":              "snake_case_name and 2 * 3 * 4, it not",
		"<b>bold</b><!-- no --> &amp; <https://x.org>":             "bold & https://x.org",
		`\*literal\*`:            "*literal*",
		"\r\n1\r\n\r\n\r\n\r\n2": "1\n\n2",
		"":                       "",
	} {
		if got := StripMarkdown(document); got != want {
			t.Errorf("StripMarkdown(%q) = %q, want %q", document, got, want)
		}
	}
}

func TestSemverCompare(t *testing.T) {
	ordered := []string{
		"0.0.1", "0.1.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
		"1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "v1.2.0", "1.10.0", "99999999999999999999.0.0",
	}
	for i, a := range ordered {
		for j, b := range ordered {
			got, err := SemverCompare(a, b+"+build.7")
			if want := int32(min(1, max(-1, i-j))); err != nil || got != want {
				t.Errorf("SemverCompare(%s, %s) = %d, %v; want %d", a, b, got, err, want)
			}
		}
	}
	for _, bad := range []string{"", "1", "1.2", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.2.3 "} {
		_, err := SemverCompare(bad, "1.0.0")
		wantError(t, err, "22023")
		_, err = SemverCompare("1.0.0", bad)
		wantError(t, err, "22023")
	}
}

func wantError(t *testing.T, err error, code string) {
	t.Helper()
	var e *pg.Error
	if !errors.As(err, &e) || e.Code != code {
		t.Errorf("error %v, want one of SQLSTATE %s", err, code)
	}
}
