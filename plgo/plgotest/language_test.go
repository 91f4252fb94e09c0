package plgotest

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/cluster"
)

// fresh starts a server for one test.
func fresh(t *testing.T) *Server {
	t.Helper()
	s, err := Start(context.Background(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// TestStart: the language is there, compiles and calls.
func TestStart(t *testing.T) {
	ctx := context.Background()
	s := fresh(t)
	if _, err := s.Query(ctx, "create function add(a int, b int) returns int language plgo strict as $$ return a + b $$"); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Query(ctx, "select add(1, 2), add(null, 2) is null"); err != nil || strings.TrimSpace(out) != "3|t" {
		t.Errorf("got %q, %v", out, err)
	}
}

// TestAbandonedFolder: what a process that was killed has left, the next one removes, and leaves
// nothing itself.
func TestAbandonedFolder(t *testing.T) {
	base, err := cluster.Base()
	if err != nil {
		t.Fatal(err)
	}
	left, err := os.MkdirTemp(base, "pgstd-serve-")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{}
	if err := s.serve(t.Context(), Options{}); err != nil {
		t.Fatal(err)
	}
	dir := s.dir.Path
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	for _, path := range []string{left, dir} {
		if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there: %v", path, err)
		}
	}
}
