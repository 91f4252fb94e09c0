package surface_test

import (
	"bytes"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/surface"
	"github.com/pgstd/pgstd/internal/test/releases"
	"github.com/pgstd/pgstd/target"
)

// forReleases runs a test with a release of each supported minor, and says whether none was
// missing.
func forReleases(t *testing.T, test func(t *testing.T, g *gocmd.Go)) (all bool) {
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	here, err := gocmd.FindIn(t.Context(), "", cache)
	if err != nil {
		t.Fatal(err)
	}
	all = true
	for _, release := range releases.PerMinor(here.Version) {
		t.Run(release, func(t *testing.T) {
			g := here
			if release != here.Version {
				if g, err = gocmd.FindIn(t.Context(), release, cache); err != nil {
					all = false
					t.Skipf("%s cannot be had: %v", release, err)
				}
			}
			test(t, g)
		})
	}
	return all
}

// TestPackages: the table has a row for each package of the library, and no others.
func TestPackages(t *testing.T) {
	forReleases(t, func(t *testing.T, g *gocmd.Go) {
		out, err := g.Command(t.Context(), t.TempDir(), nil, "list", "std").Output()
		if err != nil {
			t.Fatal(err)
		}
		std := strings.Fields(string(out))
		for _, path := range std {
			if p, ok := surface.Lookup(path); !ok || !p.In(g.Version) {
				t.Errorf("the table says nothing of %s", path)
			}
		}
		for _, p := range surface.Table() {
			_, found := slices.BinarySearch(std, p.Path)
			pattern := strings.Contains(p.Path, "...")
			if p.In(g.Version) && !found && !pattern && p.Status != surface.Absent {
				t.Errorf("%s has no package %s", g.Version, p.Path)
			}
		}
	})
}

// TestSurface calls every symbol that the table names, on the target, with each
// release; and on other targets with one, if they can be emulated.
func TestSurface(t *testing.T) {
	forReleases(t, func(t *testing.T, g *gocmd.Go) { testSurface(t, g, target.Host()) })
	for _, on := range target.Supported {
		if !on.Cross() {
			continue
		}
		t.Run(string(on), func(t *testing.T) {
			g, err := gocmd.Find(t.Context(), "")
			if err != nil {
				t.Fatal(err)
			}
			_, err = kit.Emulator(on)
			if err == nil {
				_, err = kit.FindCC(g, on)
			}
			if err != nil {
				t.Skip(err)
			}
			testSurface(t, g, on)
		})
	}
}

func testSurface(t *testing.T, g *gocmd.Go, on target.Target) {
	want := map[string]string{}
	for _, p := range surface.Table() {
		for _, u := range p.Uses {
			for _, symbol := range u.Symbols {
				if p.In(g.Version) && u.In(g.Version, on.GOARCH()) {
					want[p.Path+"."+symbol] = u.Outcome
				}
			}
		}
	}
	got := probe(t, g, on)
	for _, symbol := range slices.Sorted(maps.Keys(want)) {
		outcome, said, _ := strings.Cut(got[symbol], " # ")
		switch {
		case outcome == "":
			t.Errorf("nothing in testdata/std calls %s", symbol)
		case outcome != want[symbol]:
			t.Errorf("%s comes to %s, not %s: %s", symbol, outcome, want[symbol], said)
		}
	}
	for symbol, outcome := range got {
		if want[symbol] == "" {
			t.Errorf("the table does not name %s, which comes to %s", symbol, outcome)
		}
	}
}

// probe runs the probes and returns what came of each.
func probe(t *testing.T, g *gocmd.Go, on target.Target) map[string]string {
	t.Helper()
	stdout, err := runTests(t, g, on, "std")
	got := map[string]string{}
	for line := range strings.Lines(stdout) {
		if rest, ok := strings.CutPrefix(line, "probe "); ok {
			symbol, outcome, _ := strings.Cut(strings.TrimSpace(rest), " ")
			got[symbol] = outcome
		}
	}
	if err != nil || len(got) == 0 {
		t.Fatalf("%v:\n%s", err, stdout)
	}
	return got
}

// runTests runs the tests of a folder of testdata on the target.
func runTests(t *testing.T, g *gocmd.Go, on target.Target, folder string) (stdout string, err error) {
	t.Helper()
	options := target.Options{Go: g.Path, Target: on}
	host, err := target.StandaloneHost(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	object := filepath.Join(t.TempDir(), "std.so")
	request := target.Request{Options: options, Dir: filepath.Join("..", "..", "testdata", folder)}
	if err := target.BuildTest(t.Context(), request, object); err != nil {
		t.Fatal(err)
	}
	var out, stderr bytes.Buffer
	command := []string{host, object, "main", "-test.v"}
	if emulator, err := kit.Emulator(on); err != nil {
		t.Fatal(err)
	} else if emulator != "" {
		command = append([]string{emulator}, command...)
	}
	run := exec.CommandContext(t.Context(), command[0], command[1:]...)
	run.Stdout, run.Stderr = &out, &stderr
	err = run.Run()
	fmt.Fprint(t.Output(), stderr.String())
	return out.String(), err
}
