package pgtypes

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the table in docs/functions.md")

// The table in the documentation is this one.
func TestDocs(t *testing.T) {
	const begin, end = "<!-- types: go test ./internal/pgtypes -update -->\n", "<!-- /types -->"
	name := filepath.Join("..", "..", "docs", "functions.md")
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok := strings.Cut(string(data), begin)
	old, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the table", name)
	}
	if *update {
		if err := os.WriteFile(name, []byte(before+begin+Markdown()+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != Markdown() {
		t.Errorf("%s has another table of types (go test ./internal/pgtypes -update rewrites it)", name)
	}
}
