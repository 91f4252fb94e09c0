package extension

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestDocs loads the packages and reads the control file that
// docs/functions.md shows.
func TestDocs(t *testing.T) {
	text := string(read(t, filepath.Join("..", "..", "docs", "functions.md")))
	var packages []string
	for _, block := range strings.Split(text, "```go\n")[1:] {
		code, _, _ := strings.Cut(block, "```")
		packages = append(packages, code)
	}
	_, control, ok := strings.Cut(text, "```\ncomment = ")
	control, _, _ = strings.Cut("comment = "+control, "```")
	if len(packages) < 5 || !ok {
		t.Fatalf("found %d packages, control file: %v", len(packages), ok)
	}
	for _, code := range packages {
		dir := t.TempDir()
		write(t, dir, []txtar.File{
			{Name: "kit.go", Data: []byte(code)},
		})
		p, err := Load(t.Context(), LoadConfig{Dir: dir, Go: runGo})
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Functions)+len(p.Workers) == 0 {
			t.Errorf("%s has no functions", p.Name)
		}
		if p.Name != "textkit" {
			continue
		}
		write(t, dir, []txtar.File{{Name: "textkit.control", Data: []byte(control)}})
		p, err = Load(t.Context(), LoadConfig{Dir: dir, Go: runGo})
		if err != nil {
			t.Fatal(err)
		}
		if c := p.Control; c.DefaultVersion != "1.2" || !c.Trusted || c.Relocatable || c.Schema != "textkit" {
			t.Errorf("control is %+v", c)
		}
	}
}
