package plgotest

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The examples of docs/plgo.md run, and those with a comment behind a query give what it
// says.
func TestDocumentedExamples(t *testing.T) {
	doc, err := os.ReadFile("../../docs/plgo.md")
	if err != nil {
		t.Fatal(err)
	}
	s, err := start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	if _, err := s.Query(t.Context(), "create table events (id bigint, at timestamptz)"); err != nil {
		t.Fatal(err)
	}
	said := regexp.MustCompile(`(?m)^(SELECT .*);   -- (.*)$`)
	blocks := regexp.MustCompile("(?ms)^```sql\n(.*?)^```$").FindAllSubmatch(doc, -1)
	if len(blocks) < 7 {
		t.Fatalf("docs/plgo.md has %d examples", len(blocks))
	}
	for _, b := range blocks {
		sql := strings.ReplaceAll(string(b[1]), "CREATE EXTENSION plgo;", "")
		if _, err := s.Query(t.Context(), sql); err != nil {
			t.Errorf("%v\n%s", err, sql)
			continue
		}
		for _, m := range said.FindAllStringSubmatch(sql, -1) {
			// A session of its own: state begins anew.
			out, err := s.Query(t.Context(), m[1])
			if got, want := strings.ReplaceAll(strings.TrimSpace(out), "|", ", "), m[2]; err != nil || got != want {
				t.Errorf("%s: %q, %v; the documentation says %q", m[1], got, err, want)
			}
		}
	}
	if _, err := s.Query(t.Context(), "call archive(7)"); err != nil {
		t.Error(err)
	}
}
