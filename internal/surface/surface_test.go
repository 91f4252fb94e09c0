package surface_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgstd/pgstd/internal/surface"
)

var update = flag.Bool("update", false, "rewrite docs/std.md and the exported surface")

// What follows this line in docs/std.md is made from the table.
const mark = "<!-- made from internal/surface/surface.txt by: go test ./internal/surface -run Docs -update -->\n"

func TestDocs(t *testing.T) {
	path := filepath.Join("..", "..", "docs", "std.md")
	doc, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	head, _, found := bytes.Cut(doc, []byte(mark))
	if !found {
		t.Fatalf("%s has no line %s", path, mark)
	}
	want := bytes.NewBuffer(append(head, mark...))
	want.WriteString("\n")
	if err := surface.Markdown(want); err != nil {
		t.Fatal(err)
	}
	if bytes.Equal(doc, want.Bytes()) {
		return
	}
	if !*update {
		t.Fatalf("%s is not what the table says; run this test with -update", path)
	}
	if err := os.WriteFile(path, want.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
