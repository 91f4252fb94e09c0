package majors_test

import (
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/majors"
)

var update = flag.Bool("update", false, "rewrite the table in README.md")

// TestDocs: the README's table is this one, and no sentence of the documentation
// names a major that the table does not have.
func TestDocs(t *testing.T) {
	const begin, end = "<!-- majors: go test ./internal/majors -update -->\n", "<!-- /majors -->"
	name := filepath.Join("..", "..", "README.md")
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
		if err := os.WriteFile(name, []byte(before+begin+majors.Markdown()+end+after), 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != majors.Markdown() {
		t.Errorf("%s has another table of majors (go test ./internal/majors -update rewrites it)", name)
	}
}

func TestClaims(t *testing.T) {
	claim := regexp.MustCompile(`PostgreSQL (1[0-9]|2[0-9])\b(?:\s*(?:to|–|-)\s*(1[0-9]|2[0-9])\b)?`)
	docs, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(docs, "../../README.md", "../../CONTRIBUTING.md") {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range claim.FindAllStringSubmatch(string(data), -1) {
			for _, text := range m[1:] {
				if n, err := strconv.Atoi(text); err == nil && (n < majors.First() || n > majors.Last()) {
					t.Errorf("%s says %q; the majors are %d to %d", name, m[0], majors.First(), majors.Last())
				}
			}
		}
	}
}

// TestTable: the numbers go up by one, and a suite on top of another has one below it.
func TestTable(t *testing.T) {
	for i, m := range majors.All {
		if m.Number != majors.First()+i {
			t.Errorf("row %d is PostgreSQL %d", i, m.Number)
		}
		if m.Base != "" && m.Suite == "" {
			t.Errorf("PostgreSQL %d has a base without a suite", m.Number)
		}
	}
}
