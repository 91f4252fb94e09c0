package backendfuzz

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/target"
)

const hooked = `// Package hooked has a setting that shows itself, and functions of texts.
package hooked

import (
	"strings"

	"github.com/pgstd/pgstd/pg"
)

//pg:setting
var Name = &pg.Setting[string]{Default: "x", Show: func(s string) string { return "shown " + s }}

//pg:function
func Same(s string) string { return s }

//pg:function
func Times(s string, n int32) string { return strings.Repeat(s, int(n)) }
`

// hookedCells starts a server with that extension, whose cells have been taken over. A query is a session.
func hookedCells(t *testing.T) (query func(sql string) (string, error), control string) {
	t.Helper()
	program, control := cellProgram(t)
	dir := t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example.org/hooked\n\ngo 1.26\n", "hooked.go": hooked} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	e, err := target.BuildExtension(t.Context(), target.Request{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	c := clusters.Start(t, cluster.Options{Files: append(e.Files(), program)})
	const session = "set pgstd.isolation = cell;\n"
	return func(sql string) (string, error) {
		return c.Query(t.Context(), "load 'hooked';\n"+session+sql)
	}, control
}

// TestNullOfACell has a cell answer NULL, with a word beside it, where nobody expects one: the
// backend must not take the word for the address of a text.
func TestNullOfACell(t *testing.T) {
	query, control := hookedCells(t)
	if out, err := query("create extension hooked; show hooked.name"); err != nil || out != "shown x" {
		t.Fatalf("%q, %v", out, err)
	}
	if err := os.WriteFile(control, []byte("0 0 16\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// What cannot be shown is what it is.
	if out, err := query("show hooked.name"); err != nil || out != "x" {
		t.Errorf("a hook that returns NULL: %q, %v", out, err)
	}
	if out, err := query("select same('y') is null"); err != nil || out != "t" {
		t.Errorf("a function that returns NULL: %q, %v", out, err)
	}
}

// TestOtherWord has a role's cell say something else of its functions than another role's has said in the same
// session: what has been found of that counts for that alone.
func TestOtherWord(t *testing.T) {
	query, control := hookedCells(t)
	if out, err := query("create extension hooked; create role other; select times('x', 3)"); err != nil || out != "xxx" {
		t.Fatalf("%q, %v", out, err)
	}
	out, err := query(`select times('x', 3);
		\! echo 0 0 0 0 0 1 > ` + control + `
		set role other;
		select times('x', 3)`)
	if err == nil || !strings.Contains(err.Error(), "the function is another one in Go than in SQL") || !strings.Contains(err.Error(), "something else than integer") {
		t.Errorf("%q, %v", out, err)
	}
	behave(t, control, 0, 0)
	if out, err := query("set role other; select times('x', 3)"); err != nil || out != "xxx" {
		t.Errorf("%q, %v", out, err)
	}
}
