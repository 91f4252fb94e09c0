package plgotest

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFilesComeBack: the files of objects can go at any time, also between the calls of
// two roles in one session.
func TestFilesComeBack(t *testing.T) {
	ctx := context.Background()
	s := fresh(t, "plgo.shared_base=off")
	folder := filepath.Join(s.Dir(), "data", "pgstd_objects")
	out, err := s.Query(ctx, `
		create role other;
		create function who() returns text language plgo as $$
			var ( calls int )
			calls++
			return fmt.Sprint(calls)
		$$;
		select who(), who();
		copy (select 1) to program 'rm -rf `+folder+`';
		set role other;
		select who();
		reset role;
		select who()`)
	if want := "1|2\n1\n3"; err != nil || strings.TrimSpace(out) != want {
		t.Errorf("got %q, %v; want %q", out, err, want)
	}
	// A cell has mapped the file that was there, and needs no other; the next session does.
	if out, err := s.Query(ctx, "select who()"); err != nil || strings.TrimSpace(out) != "1" {
		t.Errorf("the next session: %q, %v", out, err)
	}
	if files, _ := filepath.Glob(filepath.Join(folder, "*", "*.so")); len(files) != 1 {
		t.Errorf("files %v; want the one that has been written again", files)
	}
	if _, err := os.Stat(folder); err != nil {
		t.Error(err)
	}
}
