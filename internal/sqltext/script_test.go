package sqltext

import (
	"slices"
	"strings"
	"testing"
)

func TestStatements(t *testing.T) {
	for _, c := range []struct {
		script  string
		creates string // of each statement, with blanks between; "-" for none
		names   string // that the last one has, among others
	}{
		{"CREATE TABLE Log (id int);", "log", "id"},
		{"create table if not exists app.\"My Log\" (a text); insert into x values ('create table no')", "My Log -", "x"},
		{"-- create table a ();\n/* /* ; */ ; */ create unlogged table b (c slug)", "b", "slug"},
		{"CREATE OR REPLACE FUNCTION f(a text) RETURNS int LANGUAGE sql AS $x$ select g(a); $x$; select 1", "f -", "select"},
		{"CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ select g() $$", "f", "g"},
		{"CREATE FUNCTION f() RETURNS int BEGIN ATOMIC select case when true then 1 end; select h(); END; create view v as select 1", "f v", "v"},
		{"CREATE MATERIALIZED VIEW v AS SELECT E'it\\'s; ' || $1", "v", "v"},
		{"CREATE INDEX ON log (slugify(t)); CREATE OPERATOR === (FUNCTION = eq, LEFTARG = text)", "- -", "eq"},
		{"CREATE TYPE public.mood AS ENUM ('a;b', 'c''d')", "mood", "mood"},
		{";;\n;", "", ""},
	} {
		list, err := Statements(c.script)
		if err != nil {
			t.Errorf("%s: %v", c.script, err)
			continue
		}
		var creates []string
		for _, s := range list {
			if s.Creates == "" {
				s.Creates = "-"
			}
			creates = append(creates, s.Creates)
		}
		if got := strings.Join(creates, " "); got != c.creates {
			t.Errorf("%s: makes %q, want %q", c.script, got, c.creates)
		}
		if c.names != "" && !slices.Contains(list[len(list)-1].Names, c.names) {
			t.Errorf("%s: names %q, not %s", c.script, list[len(list)-1].Names, c.names)
		}
	}
}

func TestStatementLines(t *testing.T) {
	list, err := Statements("\n-- x\nselect 1;\n\n/* a\nb */ select\n2")
	if err != nil || len(list) != 2 || list[0].Line != 3 || list[1].Line != 6 {
		t.Errorf("got %+v, %v", list, err)
	}
}

func TestOwn(t *testing.T) {
	for script, want := range map[string]string{
		"select 1":                  "select 1\n;\n",
		"select 1;  \r\n":           "select 1;\n",
		"select 1; -- done":         "select 1; -- done\n",
		"select 1 -- not done":      "select 1 -- not done\n;\n",
		"select 1;\r\nselect 2;":    "select 1;\nselect 2;\n",
		"select $$ a; $$":           "select $$ a; $$\n;\n",
		"select 1; /* no more */":   "select 1; /* no more */\n",
		"\\echo x \\quit\nselect 1": "\\echo x \\quit\nselect 1\n;\n",
	} {
		if got, _, err := Own(script); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", script, got, err, want)
		}
	}
	for script, want := range map[string]string{
		"":                            "no statement",
		"-- nothing":                  "no statement",
		"select 1;\n\\i other":        "line 2: a backslash",
		"select 'a":                   "line 1: a quote is not closed",
		"select 1;\nselect $a$ b":     "line 2: the quote $a$ is not closed",
		"/* a /* b */":                "line 1: a comment is not closed",
		"select 1 \\echo x":           "line 1: a backslash",
		"\\echo\nselect '\n\\echo x'": `line 3: CREATE EXTENSION drops`,
		"select '\x00'":               "NUL",
		"select '\xff'":               "UTF-8",
	} {
		if _, _, err := Own(script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", script, err, want)
		}
	}
}
