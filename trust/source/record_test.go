package source_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/source"
)

// TestUnchanged: what has been judged has to lie there still when it has been compiled.
func TestUnchanged(t *testing.T) {
	files := map[string]string{
		"go.mod": goMod, "m.go": "package m\n\nimport (\n\t_ \"embed\"\n\t_ \"example.org/m/a\"\n)\n\n//go:embed data\nvar d string\n",
		"data": "seven", "a/a.go": "package a\n",
	}
	for name, change := range map[string]func(dir string) error{
		"m.go written":    func(dir string) error { return os.WriteFile(filepath.Join(dir, "m.go"), []byte("package m\n"), 0o644) },
		"m.go and back":   func(dir string) error { return rewrite(filepath.Join(dir, "m.go")) },
		"m.go removed":    func(dir string) error { return os.Remove(filepath.Join(dir, "m.go")) },
		"m.go replaced":   func(dir string) error { return replace(filepath.Join(dir, "m.go")) },
		"a/a.go and back": func(dir string) error { return rewrite(filepath.Join(dir, "a/a.go")) },
		"data and back":   func(dir string) error { return rewrite(filepath.Join(dir, "data")) },
		"a/b.go appeared": func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "a/b.go"), []byte("package a\n"), 0o644)
		},
		"a/b_amd64.s appears": func(dir string) error { return os.WriteFile(filepath.Join(dir, "a/b_amd64.s"), nil, 0o644) },
	} {
		dir := write(t, files)
		settle(t)
		result, err := source.Run(t.Context(), config(t, dir), nil, "")
		if err != nil {
			t.Fatal(err)
		}
		if err := result.Unchanged(); err != nil || !result.OK() {
			t.Fatal(result.Findings, err)
		}
		if err := change(dir); err != nil {
			t.Fatal(err)
		}
		if err := result.Unchanged(); err == nil || !strings.Contains(err.Error(), "build it again") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// settle waits until the coarse clock of the file system is past all files.
func settle(t *testing.T) {
	t.Helper()
	at := func() string {
		name := filepath.Join(t.TempDir(), "tick")
		if err := os.WriteFile(name, nil, 0o644); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime().String()
	}
	for first := at(); at() == first; {
	}
}

// rewrite writes what was there, with the times that it had.
func rewrite(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name, append([]byte("// other\n"), data...), 0o644); err != nil {
		return err
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		return err
	}
	return os.Chtimes(name, info.ModTime(), info.ModTime())
}

// replace puts an equal file in the place of one.
func replace(name string) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := os.WriteFile(name+"~", data, 0o644); err != nil {
		return err
	}
	return os.Rename(name+"~", name)
}

// TestRecord: a record names each file that goes into the build, and no other.
func TestRecord(t *testing.T) {
	dir := write(t, map[string]string{
		"go.mod": goMod, "m.go": "package m\n\nimport _ \"embed\"\n\n//go:embed d/x\nvar d string\n", "other_windows.go": "package m\n", "d/x": "7",
		"m_test.go": "package m\n", "a_amd64.s": "", "a_arm64.s": "", "h.h": "", "README": "",
	})
	result := run(t, dir, nil, "")
	var names []string
	for _, f := range result.Packages[0].Files {
		names = append(names, f.Name)
	}
	if got := strings.Join(names, " "); got != "a_amd64.s d/x h.h m.go" {
		t.Errorf("%s", got)
	}
	if p := result.Packages[0]; p.Verdict != "refused" || p.Module != "example.org/m" || p.Files[1].SHA256 != "7902699be42c8a8e46fbbb4501726517e86b22c56a189f7625a6da49081b2451" {
		t.Errorf("%+v", p)
	}
}
