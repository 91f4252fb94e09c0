package compile

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/kit"
)

// TestOddSets: sets of modules of which functions can import nothing are refused when the compiler starts, and one
// whose path begins as the kit's does is like any other.
func TestOddSets(t *testing.T) {
	const (
		program  = "package main\n\nfunc main() {}\n"
		internal = "package inner\n"
		useful   = "// Package more says twice.\npackage more\n\nfunc Twice(s string) string { return s + s }\n"
	)
	for _, c := range []struct {
		name, module string
		files        map[string]string
		want         string // in the error; if it is empty, the package that functions can import
		offered      string
	}{
		{"kit", kit.ModulePath, map[string]string{"more/more.go": useful}, "is the kit itself", ""},
		{"of the kit", kit.ModulePath + "/pg/more", map[string]string{"more.go": useful}, "begins like a package of the kit", ""},
		{"program", "example.org/program", map[string]string{"main.go": program, "internal/inner/inner.go": internal}, "no package in them that functions could import", ""},
		{"beside the kit", kit.ModulePath + "-more", map[string]string{"more.go": useful}, "", kit.ModulePath + "-more"},
		{"under the kit", kit.ModulePath + "/examples/more", map[string]string{"more.go": useful, "internal/inner/inner.go": internal}, "", kit.ModulePath + "/examples/more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			c.files["go.mod"] = "module " + c.module + "\n\ngo 1.26\n"
			for name, text := range c.files {
				file := filepath.Join(dir, name)
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			compiler, err := New(t.Context(), kit.Options{}, dir)
			switch {
			case c.want != "":
				if err == nil || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%v, not an error with %q", err, c.want)
				}
			case err != nil:
				t.Error(err)
			default:
				if got := strings.Join(compiler.prepared.offered(), " "); got != c.offered {
					t.Errorf("functions can import %s", got)
				}
			}
		})
	}
}
