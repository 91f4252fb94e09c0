package gate

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/test/releases"
	"github.com/pgstd/pgstd/trust/policy"
)

func TestReviewed(t *testing.T) {
	accept := []policy.Accept{{Rule: "unsafe", Reason: "read"}}
	for want, modules := range map[string][]policy.Entry{
		"": {{Path: "example.org/safe"}},
		"runtime.pgstdReviewed=example.org/a gopkg.in/b.v3 gopkg.in/b%2ev3": {
			{Path: "example.org/a", Accept: accept}, {Path: "example.org/safe"}, {Path: "gopkg.in/b.v3", Accept: accept},
		},
	} {
		if got := Reviewed(&policy.Policy{Modules: modules}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// TestLibraryNames: the runtime takes every package of Go's library for one, or other goroutines
// could have a turn in it.
func TestLibraryNames(t *testing.T) {
	source, err := os.ReadFile(filepath.Join("..", "..", "pgstd", "runtime", "slice.go"))
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(source), "const pgstdLibrary = ")
	known := regexp.MustCompile(`[a-z]+`).FindAllString(list, -1)
	cache, err := kit.DefaultCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	here, err := gocmd.FindIn(t.Context(), "", cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range releases.PerMinor(here.Version) {
		g, err := gocmd.FindIn(t.Context(), release, cache)
		if err != nil {
			t.Logf("%s cannot be had: %v", release, err)
			continue
		}
		out, err := g.Command(t.Context(), t.TempDir(), nil, "list", "std").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range strings.Fields(string(out)) {
			if first, _, _ := strings.Cut(path, "/"); !slices.Contains(known, first) {
				t.Errorf("%s has package %s, and slice.go does not know %s", g.Version, path, first)
			}
		}
	}
}
