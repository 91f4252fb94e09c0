package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, want := range []string{"first, and longer", "second"} {
		if err := atomicfile.Write(path, []byte(want), 0o640); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Fatalf("got %q, %v; want %q", got, err, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	onlyFile(t, dir, "f")
}

func TestCopy(t *testing.T) {
	dir := t.TempDir()
	from := filepath.Join(t.TempDir(), "from")
	if err := os.WriteFile(from, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Copy(filepath.Join(dir, "to"), from, 0o755); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, dir, "to")
	err := atomicfile.Copy(filepath.Join(dir, "to"), filepath.Join(dir, "absent"), 0o755)
	if !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("copy of an absent file: %v", err)
	}
}

func TestFailureLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	// A directory that is not empty cannot be replaced by a rename.
	if err := os.MkdirAll(filepath.Join(dir, "taken", "inside"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Write(filepath.Join(dir, "taken"), []byte("x"), 0o644); err == nil {
		t.Fatal("no error")
	}
	onlyFile(t, dir, "taken")
}

func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 || entries[0].Name() != name {
		t.Fatalf("directory holds %v, %v; want %s alone", entries, err, name)
	}
}

// What has been sealed is whole, or it is nothing.
func TestSeal(t *testing.T) {
	for _, text := range []string{"", "x", "some data"} {
		sealed := atomicfile.Seal([]byte(text))
		if data, ok := atomicfile.Unseal(sealed); !ok || string(data) != text {
			t.Errorf("%q comes back as %q, %v", text, data, ok)
		}
		for i := range sealed {
			if _, ok := atomicfile.Unseal(sealed[:i]); ok {
				t.Errorf("%q: %d bytes are taken for all", text, i)
			}
			changed := append([]byte(nil), sealed...)
			changed[i] ^= 1
			if _, ok := atomicfile.Unseal(changed); ok {
				t.Errorf("%q: byte %d is another", text, i)
			}
		}
	}
}
