package shipping

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/plgo/compileapi"
	"github.com/pgstd/pgstd/plgo/plgotest"
)

// files are an extension in the language: functions that are called by the script, too, one twice under two names, a
// trigger, and a function with a type of its own.
var files = map[string]string{
	"words.control": "default_version = '1.0'\nrequires = 'plgo'\n",
	"words--1.0.sql": `\echo Use "CREATE EXTENSION words" to load this file. \quit

CREATE TYPE word AS (place int, word text);
CREATE FUNCTION slug(title text) RETURNS text LANGUAGE plgo IMMUTABLE STRICT AS $$
	return strings.ReplaceAll(strings.ToLower(title), " ", "-")
$$;
CREATE FUNCTION words(t text) RETURNS SETOF word LANGUAGE plgo STRICT AS $$
	return func(yield func(Word) bool) {
		for i, w := range strings.Fields(t) {
			if !yield(Word{int32(i) + 1, w}) {
				return
			}
		}
	}
$$;
CREATE TABLE titles (slug text DEFAULT slug('A Title'));
INSERT INTO titles DEFAULT VALUES;
CREATE FUNCTION sql_only() RETURNS int LANGUAGE sql AS 'SELECT 1';
`,
}

func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// A server without a compiler creates the extension, and runs its functions.
func TestCompile(t *testing.T) {
	if testing.Short() {
		t.Skip("it starts two servers")
	}
	dir := write(t, files)
	script, err := Find(filepath.Join(dir, "words--1.0.sql"))
	if err != nil {
		t.Fatal(err)
	}
	compiled, err := Compile(t.Context(), plgotest.Options{Base: plgotest.BaseFirst}, script)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(compiled), "INSERT INTO plgo.object"); n != 2 || !strings.HasPrefix(string(compiled), `\echo Use`) {
		t.Fatalf("%d objects in %.300q", n, compiled)
	}
	if strings.Contains(string(compiled), compileapi.OnBase+"'") {
		t.Error("a script has modules, and no base")
	}
	out := write(t, map[string]string{"words.control": files["words.control"], "words--1.0.sql": string(compiled)})
	server, err := plgotest.Start(t.Context(), plgotest.Options{NoCompiler: true, Base: plgotest.BaseLater,
		Files: []string{filepath.Join(out, "words.control"), filepath.Join(out, "words--1.0.sql")}})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	for _, c := range []struct{ sql, want string }{
		{"CREATE EXTENSION words; SELECT slug FROM titles", "a-title"},
		{"SELECT string_agg(place || word, ',') FROM words('a b')", "1a,2b"},
		{"SELECT count(*), count(*) FILTER (WHERE function = 0) FROM plgo.object", "2|2"},
		{"DROP EXTENSION words; CREATE EXTENSION words; SELECT slug('New One'), count(*) FROM plgo.object", "new-one|2"},
	} {
		if got, err := server.Query(t.Context(), c.sql); err != nil || got != c.want {
			t.Errorf("%s: %q, %v; want %q", c.sql, got, err, c.want)
		}
	}
	// Whatever it has no object for still wants a compiler.
	if got, err := server.Query(t.Context(), "CREATE FUNCTION more() RETURNS int LANGUAGE plgo AS 'return 1'; SELECT more()"); err == nil {
		t.Errorf("without a compiler: %q", got)
	}
}

func TestRefused(t *testing.T) {
	dir := write(t, files)
	for name, want := range map[string]string{
		"words--1.0--1.1.sql": "NAME--VERSION.sql",
		"words.sql":           "NAME--VERSION.sql",
		"nosuch--1.0.sql":     "a script and a control file in one folder",
	} {
		if _, err := Find(filepath.Join(dir, name)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if testing.Short() {
		t.Skip("it starts servers")
	}
	for want, change := range map[string]map[string]string{
		"requires = 'plgo'":       {"words.control": "default_version = '1.0'\n"},
		"has no function in plgo": {"words--1.0.sql": "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';"},
		"undefined: nothing":      {"words--1.0.sql": "CREATE FUNCTION one() RETURNS int LANGUAGE plgo AS 'return nothing';"},
	} {
		all := map[string]string{}
		for name, text := range files {
			all[name] = text
		}
		for name, text := range change {
			all[name] = text
		}
		script, err := Find(filepath.Join(write(t, all), "words--1.0.sql"))
		if err != nil {
			t.Fatal(err)
		}
		if out, err := Compile(t.Context(), plgotest.Options{}, script); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q: %v, %d bytes", want, err, len(out))
		}
	}
}
