package compile

import (
	"github.com/pgstd/pgstd/internal/exportdata"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPreparedIsWhole: a package that has not been compiled is an error, and not one that
// functions cannot import for as long as the cache is kept.
func TestPreparedIsWhole(t *testing.T) {
	dir := t.TempDir()
	archive := filepath.Join(dir, "archive")
	if err := os.WriteFile(archive, []byte("compiled"), 0o644); err != nil {
		t.Fatal(err)
	}
	good := []*listedPackage{{ImportPath: "unsafe", Standard: true}, {ImportPath: "plugin", Standard: true}, {ImportPath: "fmt", Name: "fmt", Export: archive, Standard: true}}
	if err := fillPrepared(exportdata.Library{}, good, t.TempDir(), dir); err != nil {
		t.Error(err)
	}
	for _, bad := range []*listedPackage{{ImportPath: "strings", Standard: true}, {ImportPath: "io", Export: filepath.Join(dir, "gone"), Standard: true}} {
		if err := fillPrepared(exportdata.Library{}, append(good, bad), t.TempDir(), dir); err == nil || !strings.Contains(err.Error(), "package "+bad.ImportPath) {
			t.Errorf("%s: %v", bad.ImportPath, err)
		}
	}
}
