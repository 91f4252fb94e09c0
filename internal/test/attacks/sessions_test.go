package attacks

import (
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/test/clusters"
	"github.com/pgstd/pgstd/plgo/plgotest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// TestSessions runs sessions of psql against a server with plgo, and compares what is
// printed with golden files. Each has a database of its own, in which two roles that
// are nobody, mallory and alice, may create what they like in schema public; it
// begins as a superuser. No process may crash.
func TestSessions(t *testing.T) {
	files, err := filepath.Glob("../../../testdata/attacks/sql/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no sessions", err)
	}
	const template = "with_plgo"
	s, err := plgotest.Start(t.Context(), plgotest.Options{Base: plgotest.BaseFirst, Settings: []string{"statement_timeout=2min"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	query := func(t *testing.T, sql string) {
		t.Helper()
		if _, err := s.Query(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	query(t, "create role mallory; create role alice; create database "+template+"; \\c "+template+
		"\ncreate extension pgstd; create extension plgo; grant create on schema public to mallory, alice")
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			database := strings.ReplaceAll(name, "-", "_")
			query(t, fmt.Sprintf("create database %s template %s", database, template))
			clusters.Session(t, s.Cluster, database, file, *update)
		})
	}
}
