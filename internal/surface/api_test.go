package surface_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/surface"
	"github.com/pgstd/pgstd/overlay"
)

// api is what packages export: for each a sorted list of declarations, one a line.
type api map[string][]string

// TestExported holds what the target's library exports against the stock one, and
// both against what they exported when somebody last looked: a new release of Go
// shows in testdata what it adds.
func TestExported(t *testing.T) {
	var before api // of the release before
	forReleases(t, func(t *testing.T, g *gocmd.Go) {
		ours, stock := exported(t, g, true), exported(t, g, false)
		for path, lines := range stock {
			p, _ := surface.Lookup(path)
			if p.Status == surface.Absent {
				if len(ours[path]) > 0 {
					t.Errorf("%s is absent and exports %q", path, ours[path])
				}
				delete(stock, path)
				continue
			}
			for _, line := range minus(lines, ours[path]) {
				t.Errorf("%s no longer exports %s", path, line)
			}
			for _, line := range minus(ours[path], lines) {
				t.Errorf("%s exports what the stock one does not: %s", path, line)
			}
		}
		golden(t, filepath.Join("testdata", "api-"+g.Minor()+".txt"), describe(stock, before), before != nil)
		before = stock
	})
}

// describe writes a line for each package: how many declarations it has, and their
// digest; and then the differences from an older release.
func describe(now, before api) []byte {
	var b bytes.Buffer
	for _, path := range slices.Sorted(maps.Keys(now)) {
		fmt.Fprintf(&b, "%s %d %x\n", path, len(now[path]), sha256.Sum256([]byte(strings.Join(now[path], "\n"))))
	}
	if before == nil {
		return b.Bytes()
	}
	for _, path := range slices.Sorted(maps.Keys(now)) {
		for _, line := range minus(before[path], now[path]) {
			fmt.Fprintf(&b, "- %s: %s\n", path, line)
		}
		for _, line := range minus(now[path], before[path]) {
			fmt.Fprintf(&b, "+ %s: %s\n", path, line)
		}
	}
	return b.Bytes()
}

// minus returns the lines of a that b has not.
func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(line string) bool { return slices.Contains(b, line) })
}

func golden(t *testing.T, path string, got []byte, differs bool) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; look at what the release exports with -update", err)
	}
	old, now := strings.Split(string(want), "\n"), strings.Split(string(got), "\n")
	if !differs {
		// The release before cannot be had here, so nothing is known of differences.
		old = slices.DeleteFunc(old, func(line string) bool { return strings.HasPrefix(line, "+ ") || strings.HasPrefix(line, "- ") })
	}
	for _, line := range minus(old, now) {
		t.Errorf("%s has %s", path, line)
	}
	for _, line := range minus(now, old) {
		t.Errorf("%s has not %s", path, line)
	}
	if t.Failed() {
		t.Errorf("what the library exports has changed: see what it means for internal/surface/surface.txt, then run this test with -update")
	}
}

// exported lists what packages for everybody export, by a program that is built with
// the release itself: only that knows its own language.
func exported(t *testing.T, g *gocmd.Go, ours bool) api {
	t.Helper()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"run", "./internal/surface/exported", "-go", g.Path, "-tags", strings.Join(overlay.Tags, ",")}
	if ours {
		cache, err := kit.DefaultCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		o, err := overlay.Build(t.Context(), kit.OverlayConfig(g, "linux-postgres-amd64", cache))
		if err != nil {
			t.Fatal(err)
		}
		args = append(args, "-overlay", o.JSON)
	}
	cmd := g.Command(t.Context(), root, nil, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	got := api{}
	for line := range strings.Lines(string(out)) {
		path, declaration, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if got[path] = append(got[path], declaration); declaration == "" {
			got[path] = nil // a package that exports nothing
		}
	}
	return got
}
