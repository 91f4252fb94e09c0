package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/pgstd/pgstd/internal/pgconfig"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5},
	} {
		if got := median(test.values); got != test.want {
			t.Errorf("median = %v, want %v", got, test.want)
		}
	}
}

func TestPaired(t *testing.T) {
	for _, swap := range []bool{false, true} {
		var order string
		ours, peer, err := paired(swap, "o", "p", func(what string) (float64, error) {
			order += what
			return float64(what[0]), nil
		})
		if ours != 'o' || peer != 'p' || err != nil {
			t.Errorf("swap %t: ours %v, peer %v, %v", swap, ours, peer, err)
		}
		if want := map[bool]string{false: "op", true: "po"}[swap]; order != want {
			t.Errorf("swap %t: order %s", swap, order)
		}
	}
}

// The short ones, once: what they build and call is there and works.
func TestRun(t *testing.T) {
	testRun(t, "^(start_|object_|idle_|sandbox_|library_now$)", 8)
}

// wantLanguages skips a test where those are missing that the language is compared with.
func wantLanguages(t *testing.T) {
	t.Helper()
	pg, err := pgconfig.Find(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, language := range []string{"plperl", "plpython3", "pltcl"} {
		if _, err := os.Stat(filepath.Join(pg.PkgLibDir, language+".so")); err != nil {
			t.Skipf("%v; scripts/bench-setup installs it", err)
		}
	}
}

// The functions of all languages can be created and called.
func TestRunLanguages(t *testing.T) {
	wantLanguages(t)
	testRun(t, "^plgo_(cached_ms|create_ms|first_call_.*|call_(array_sum|lookup|dashes)_.*)$", 18)
}

// Functions that share a base, beside others.
func TestRunFleet(t *testing.T) {
	wantLanguages(t)
	testRun(t, "^(fleet_(bytes|rss|first|session).*|plgo_create_(object_)?(fmt_)?ms|restart_us)$", 13)
}

func testRun(t *testing.T, only string, want int) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "new", "bench.json")
	if err := run(t.Context(), 1, only, out); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	var results []result
	if err := json.Unmarshal(data, &results); err != nil {
		t.Fatal(err)
	}
	if len(results) != want {
		t.Errorf("%d results", len(results))
	}
	for _, r := range results {
		if r.Name == "" || r.PeerName == "" || r.Unit == "" || r.Peer <= 0 || r.Ratio != r.Ours/r.Peer {
			t.Errorf("%+v", r)
		}
	}
}
