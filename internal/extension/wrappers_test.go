package extension

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// wrappers writes testdata/wrappers as a module of its own, with the generated
// main in it and pg as pgbuild gives it, and returns its folder.
func wrappers(t *testing.T) (string, *Package) {
	t.Helper()
	dir := t.TempDir()
	kit := read(t, "testdata/wrappers/kit.go")
	write(t, dir, []txtar.File{
		{Name: "go.mod", Data: []byte("module example.com/kit\n\ngo 1.26\n\nrequire github.com/pgstd/pgstd v0.0.0\n\nreplace github.com/pgstd/pgstd => ./pgstd\n")},
		{Name: "pgstd/go.mod", Data: []byte("module github.com/pgstd/pgstd\n\ngo 1.26\n")},
		{Name: "kit.go", Data: kit},
	})
	if err := os.CopyFS(filepath.Join(dir, "pgstd/pg"), os.DirFS("../../pg")); err != nil {
		t.Fatal(err)
	}
	p, err := Load(t.Context(), LoadConfig{Dir: dir, Go: runGo})
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, []txtar.File{
		{Name: "go.mod", Data: read(t, filepath.Join(dir, "go.mod"))},
		{Name: "pgstd_main/main.go", Data: p.Main()},
		{Name: "pgstd_main/main_test.go", Data: read(t, "testdata/wrappers/main_test.go")},
	})
	return dir, p
}

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestWrappers compiles a generated main and runs tests inside it.
func TestWrappers(t *testing.T) {
	dir, _ := wrappers(t)
	args := []string{"test", "./..."}
	if out, err := goCommand(t.Context(), dir, args...).CombinedOutput(); err != nil {
		t.Errorf("go %v: %v\n%s", args, err, out)
	}
	gofmt, err := exec.LookPath("gofmt")
	if err != nil {
		t.Skip("no gofmt")
	}
	if out, err := exec.Command(gofmt, "-l", filepath.Join(dir, "pgstd_main")).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("the generated main is not formatted: %v\n%s", err, out)
	}
}

// TestSmallObjectsStaySmall holds the promise that a package which formats
// nothing does not bring fmt, os, reflect or strings into its object.
func TestSmallObjectsStaySmall(t *testing.T) {
	out, err := goCommand(t.Context(), ".", "list", "-deps", "-tags=postgres", "../../pg/pgabi").Output()
	if err != nil {
		t.Fatal(err)
	}
	heavy := map[string]bool{"fmt": true, "os": true, "reflect": true, "strings": true, "strconv": true, "sync": true, "unicode": true}
	for _, name := range strings.Fields(string(out)) {
		if heavy[name] {
			t.Errorf("pgabi brings in %s", name)
		}
	}
}
