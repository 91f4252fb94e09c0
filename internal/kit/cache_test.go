package kit

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPrivateDir(t *testing.T) {
	dir := t.TempDir()
	fresh := filepath.Join(dir, "a", "b")
	if err := PrivateDir(fresh); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{fresh, filepath.Dir(fresh)} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s is made with mode %v, %v", name, info.Mode(), err)
		}
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(fresh, link); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		path string // what is changed
		mode os.FileMode
		want string
	}{
		{"readable", fresh, 0o755, ""},
		{"group", fresh, 0o775, "others can write into the cache folder " + fresh + " and could change what is built; take that right away with: chmod -R go-w " + fresh},
		{"world", fresh, 0o702, "chmod -R go-w"},
		{"world above", filepath.Dir(fresh), 0o777, "everybody can write into " + filepath.Dir(fresh) + " and replace"},
		{"sticky above", filepath.Dir(fresh), 0o777 | os.ModeSticky, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.Chmod(tt.path, tt.mode); err != nil {
				t.Fatal(err)
			}
			defer os.Chmod(tt.path, 0o700)
			for _, path := range []string{fresh, link} {
				if err := PrivateDir(path); tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
					t.Errorf("%s: %v, want %q", path, err, tt.want)
				}
			}
		})
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(fresh, 12345, -1); err != nil {
			t.Fatal(err)
		}
		if err := PrivateDir(fresh); err == nil || !strings.Contains(err.Error(), "belongs to user 12345, who could change what user 0 builds") {
			t.Error(err)
		}
	}
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := PrivateDir(file); err == nil || !strings.Contains(err.Error(), "set XDG_CACHE_HOME") {
		t.Error(err)
	}
}
