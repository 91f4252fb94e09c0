// Package golden compares what psql prints in a session with a file that says what it
// should, on every PostgreSQL major.
package golden

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// Check compares what a session on a server of this major has printed with the golden
// file, which has the wording of the oldest major that is tested. With update, it
// writes the file anew instead.
func Check(t *testing.T, file string, got []byte, major int, update bool) {
	t.Helper()
	got = Plain(got, major)
	if update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs from what psql prints:\n%s", file, difference(t, file, got))
	}
}

func difference(t *testing.T, file string, got []byte) string {
	t.Helper()
	printed := filepath.Join(t.TempDir(), "got")
	if err := os.WriteFile(printed, got, 0o644); err != nil {
		t.Fatal(err)
	}
	out, _ := exec.CommandContext(t.Context(), "diff", "-u", file, printed).Output()
	return string(out)
}
