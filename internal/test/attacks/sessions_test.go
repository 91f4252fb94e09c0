package attacks

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/test/golden"
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
	s, err := plgotest.Start(t.Context(), plgotest.Options{Settings: []string{"statement_timeout=2min"}})
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
	crash := regexp.MustCompile(`.*(was terminated by signal|PANIC: |terminating any other active).*`)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			database := strings.ReplaceAll(name, "-", "_")
			query(t, fmt.Sprintf("create database %s template %s", database, template))
			before := len(s.Log())
			got, err := playSession(t, s, database, file)
			if found := crash.FindString(s.Log()[before:]); found != "" {
				t.Fatalf("a backend crashed: %s\n%s", found, got)
			}
			if err != nil {
				t.Fatalf("psql: %v\n%s", err, got)
			}
			golden.Check(t, strings.TrimSuffix(file, ".sql")+".out", got, s.Major(), *update)
		})
	}
}

// playSession returns what psql prints for a script, input included.
func playSession(t *testing.T, s *plgotest.Server, database, file string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	script, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.Psql(ctx, "-Xqa", "-d", database)
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(script), &out, &out
	err = cmd.Run()
	return out.Bytes(), err
}
