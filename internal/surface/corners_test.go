package surface_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/surface"
	"github.com/pgstd/pgstd/internal/surface/library"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/target"
)

// TestCorners holds the corners that the sweep finds, with each release and on each
// architecture, against the judgements in corners.txt.
func TestCorners(t *testing.T) {
	table := surface.Corners()
	used := map[string]bool{}
	found := func(t *testing.T, line string) {
		kind, rest, _ := strings.Cut(line, "\t")
		name, why, _ := strings.Cut(rest, "\t")
		i, j, ok := surface.Judge(table, kind, name, strings.Split(why, ","))
		if !ok {
			t.Errorf("nobody has judged %s %s (%s): look whether a program can harm memory with it, try that, and say so in corners.txt", kind, name, why)
			return
		}
		used[fmt.Sprint(i, j)] = true
		if table[i].Judgement == surface.Callers && exportedName(name) {
			t.Errorf("%s relies on its callers, and everybody can call it (%s)", name, why)
		}
	}
	all := forReleases(t, func(t *testing.T, g *gocmd.Go) {
		for _, on := range target.Supported {
			for _, line := range sweep(t, g, on) {
				found(t, line)
			}
		}
	})
	if !all {
		return // a line may be about what the other one has
	}
	for i, c := range table {
		for j, name := range c.Names {
			if !used[fmt.Sprint(i, j)] {
				t.Errorf("corners.txt judges %s %s (%s), which no release has, or which a line above has judged", c.Kind, name, c.Judgement)
			}
		}
	}
}

// exportedName reports whether programs can call a function.
func exportedName(name string) bool {
	slash := strings.LastIndexByte(name, '/') + 1
	last, symbol, _ := strings.Cut(name[slash:], ".")
	if !library.Public(name[:slash] + last) {
		return false
	}
	for _, part := range strings.Split(symbol, ".") {
		if part[0] < 'A' || part[0] > 'Z' {
			return false
		}
	}
	return true
}

// sweep lists the corners of the library on a target.
func sweep(t *testing.T, g *gocmd.Go, on target.Target) []string {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	o, err := overlay.Build(t.Context(), kit.OverlayConfig(g, on, cache))
	if err != nil {
		t.Fatal(err)
	}
	var callers []string
	for _, c := range surface.Corners() {
		if c.Judgement == surface.Callers {
			callers = append(callers, c.Names...)
		}
	}
	cmd := g.Command(t.Context(), root, nil, "run", "./internal/surface/corners", "-go", g.Path,
		"-tags", strings.Join(overlay.Tags, ","), "-overlay", o.JSON, "-goarch", on.GOARCH(), "-callers", strings.Join(callers, ","))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	return strings.Split(strings.TrimSpace(string(out)), "\n")
}

// TestCornersTried: each test that corners.txt names is there.
func TestCornersTried(t *testing.T) {
	var source []byte
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "corners", "*_test.go"))
	for _, file := range files {
		var data []byte
		if data, err = os.ReadFile(file); err != nil {
			break
		}
		source = append(source, data...)
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range surface.Corners() {
		for _, name := range c.Tests {
			_, err := os.Stat(filepath.Join("..", "..", "testdata", "attacks", name+".txtar"))
			if err != nil && !regexp.MustCompile(`(?m)^func Test`+name+`\(`).Match(source) {
				t.Errorf("there is no test %s, which %s names", name, strings.Join(c.Names, " "))
			}
		}
	}
}

// TestCornersHold tries on the target what the judgements say.
func TestCornersHold(t *testing.T) {
	forReleases(t, func(t *testing.T, g *gocmd.Go) {
		stdout, err := runTests(t, g, target.Host(), "corners")
		if err != nil || !strings.HasSuffix(stdout, "PASS\n") {
			t.Fatalf("%v:\n%s", err, stdout)
		}
	})
}
