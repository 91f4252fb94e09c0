package target_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/target"
	"io/fs"
)

const constant = "package constant\n\n//pg:function\nfunc Answer() int64 { return 424242 }\n"

// An object is the same from another folder, with another temporary folder, umask and time
// zone, and a file that is not what its source gives is told so.
func TestRebuild(t *testing.T) {
	first := buildObject(t, writePackage(t, "constant", constant))
	dir := writePackage(t, "constant", constant)
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("TZ", "Pacific/Kiritimati")
	t.Setenv("GOMAXPROCS", "1")
	defer syscall.Umask(syscall.Umask(0o077))
	r := target.Request{Dir: dir}
	second := filepath.Join(t.TempDir(), "second.so")
	if err := target.BuildObject(t.Context(), r, second); err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Error("two builds of an object differ")
	}
	if err := target.Rebuild(t.Context(), r, first); err != nil {
		t.Error(err)
	}
	e, err := target.BuildExtension(t.Context(), target.Request{Dir: dir, OutDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if err := target.Rebuild(t.Context(), r, e.Module); err != nil {
		t.Error(err)
	}

	other := target.Request{Dir: writePackage(t, "constant", strings.Replace(constant, "424242", "424243", 1))}
	var different *target.DifferentError
	if err := target.Rebuild(t.Context(), other, first); !errors.As(err, &different) || !strings.Contains(err.Error(), "is not what its source gives: its provenance says that package example.org/constant is h1:") {
		t.Error(err)
	}
	named := target.Request{Dir: writePackage(t, "different", strings.Replace(constant, "package constant", "package different", 1))}
	if err := target.Rebuild(t.Context(), named, first); !errors.As(err, &different) ||
		!strings.Contains(err.Error(), `its provenance says modules [{"path":"example.org/constant"`) {
		t.Error(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.so")
	if err := os.WriteFile(broken, a[:len(a)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := target.Rebuild(t.Context(), r, broken); err == nil || !strings.Contains(err.Error(), "is nothing that pgbuild makes") {
		t.Error(err)
	}
}

// The go command runs the assembler in a package's folder, and the kit's have none.
func TestKitHasNoAssembly(t *testing.T) {
	err := fs.WalkDir(pgstd.Files, "pg", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".go") {
			t.Errorf("%s is no Go file", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Replacements by folders outside of the module are seen.
func TestLocalReplace(t *testing.T) {
	dep := writePackage(t, "dep", "package dep\n\nfunc Twice(n int64) int64 { return 2 * n }\n")
	for _, version := range []string{"", " v1.2.3"} {
		dir := writePackage(t, "double", "package double\n\nimport \"example.org/dep\"\n\n//pg:function\nfunc Double(n int64) int64 { return dep.Twice(n) }\n")
		rel, err := filepath.Rel(dir, dep)
		if err != nil {
			t.Fatal(err)
		}
		goMod := "module example.org/double\n\ngo 1.26\n\nrequire example.org/dep v1.2.3\n\nreplace example.org/dep" + version + " => " + rel + "\n"
		if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(goMod), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := target.BuildObject(t.Context(), target.Request{Dir: dir, Options: target.Options{Unchecked: true}}, filepath.Join(t.TempDir(), "x.so")); err != nil {
			t.Errorf("%q: %v", version, err)
		}
	}
}
