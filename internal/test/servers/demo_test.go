package servers

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/pgstd/pgstd/internal/majors"
)

// newest is how many of the majors run the demo.
const newest = 2

// TestDemo runs what "make demo" shows, the extension and the language, on the newest majors.
// A statement that fails ends it.
func TestDemo(t *testing.T) {
	tested := majors.Tested()
	repo, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	pgbuild := filepath.Join(t.TempDir(), "pgbuild")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", pgbuild, "../../../cmd/pgbuild").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, major := range tested[len(tested)-newest:] {
		dir := folder(t, major)
		for name, args := range map[string][]string{
			"extension": {"run", "-f", "examples/textkit/demo.sql", "./examples/textkit"},
			"language":  {"run", "--plgo", "-f", "examples/plgo/demo.sql"},
		} {
			t.Run(fmt.Sprint(major.Number, "/", name), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				cmd := exec.CommandContext(ctx, pgbuild, args...)
				cmd.Dir = repo
				cmd.Env = append(os.Environ(), "PATH="+dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			})
		}
	}
}
