package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
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
	out := filepath.Join(t.TempDir(), "new", "bench.json")
	if err := run(t.Context(), 1, "^(start_|object_|idle_|sandbox_)", out); err != nil {
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
	if len(results) != 7 {
		t.Errorf("%d results", len(results))
	}
	for _, r := range results {
		if r.Name == "" || r.PeerName == "" || r.Unit == "" || r.Peer <= 0 || r.Ratio != r.Ours/r.Peer {
			t.Errorf("%+v", r)
		}
	}
}
