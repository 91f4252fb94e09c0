package plgotest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/pgstd/pgstd/internal/test/clusters"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shared is the server of the tests that each have a database of their own in it.
var shared struct {
	sync.Mutex
	server *Server
	err    error
}

// template is the database that those of tests are copies of.
const template = "with_plgo"

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		// Of a crash, tests see no more than that the server has gone.
		if crash := clusters.Crash(shared.server.Log()); crash != "" {
			fmt.Fprintln(os.Stderr, "the shared server:", crash)
			code = 1
		}
		if err := shared.server.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

// sharedServer starts the server when it is first needed.
func sharedServer(t *testing.T) *Server {
	t.Helper()
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = startShared(context.Background())
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

func startShared(ctx context.Context) (*Server, error) {
	// Parallel plans are wanted where a test asks for them; a statement that hangs is not.
	settings := []string{"statement_timeout=5min", "max_connections=60", "max_prepared_transactions=2"}
	s, err := start(ctx, Options{Settings: settings})
	if err != nil {
		return nil, err
	}
	return s, makeTemplate(ctx, s)
}

func makeTemplate(ctx context.Context, s *Server) error {
	_, err := s.Query(ctx, "create database "+template+"; \\c "+template+"\ncreate extension pgstd; create extension plgo")
	return err
}

// database makes a database that has the language.
func database(t *testing.T, s *Server, name string) {
	t.Helper()
	if _, err := s.Query(t.Context(), fmt.Sprintf("create database %s template %s", name, template)); err != nil {
		t.Fatal(err)
	}
}

// TestSQL runs sessions with psql and compares what it prints with golden files. Each
// has a database of its own.
func TestSQL(t *testing.T) {
	files, err := filepath.Glob("testdata/sql/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal("no test files", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".sql")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := sharedServer(t)
			if name == "bases" || name == "owners" {
				prepareBase(t, s)
			}
			database(t, s, "sql_"+name)
			if name == "views" {
				// It compiles for both targets, and a statement does not wait for as long as Go's
				// library may take to compile. What is missing for one, the session says.
				if err := s.service.Prepare(t.Context(), "linux-postgres-amd64", "linux-postgres-arm64"); err != nil {
					t.Log(err)
				}
			}
			var differences [][2]string
			if sharesBase {
				differences = onBaseDifferences[name]
			}
			clusters.Session(t, s.Cluster, "sql_"+name, file, *update, differences...)
		})
	}
}
