package main

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestExponent(t *testing.T) {
	for _, want := range []float64{0, 0.5, 1, 2} {
		var points []point
		for _, n := range powers(1, 1e6, 10) {
			// The smallest amounts cost what a call costs.
			points = append(points, point{n, max(math.Pow(float64(n), want), 5)})
		}
		if got := exponent(points); math.Abs(got-want) > 0.01 {
			t.Errorf("an exponent of %v is found to be %v", want, got)
		}
	}
	if got := exponent([]point{{1, 1}, {10, 100}}); math.Abs(got-2) > 1e-9 {
		t.Errorf("of two points, it is %v", got)
	}
}

func TestScalePage(t *testing.T) {
	a := axis{Name: "rows", Unit: "<rows>", Lines: []line{
		{Who: "ours", Exponent: 1, Points: []point{{1, 0.5}, {10, 5}}}, {Who: "c", Points: []point{{1, 0.4}, {10, 4}}},
	}}
	page, err := scalePage([]axis{a, a})
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(page, []byte("<svg")); n != 2 || bytes.Contains(page, []byte("<rows>")) || bytes.Contains(page, []byte("<?xml")) {
		t.Errorf("%d pictures: %s", n, page)
	}
}

// The short form measures, and writes both files.
func TestScaleShort(t *testing.T) {
	dir := t.TempDir()
	if err := scale(t.Context(), 1, "^(rows|text|nesting|goroutines|heap|sessions)$", dir, true); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"scale.html", "scale.json"} {
		if data, err := os.ReadFile(filepath.Join(dir, name)); err != nil || len(data) < 1000 {
			t.Errorf("%s: %d bytes, %v", name, len(data), err)
		}
	}
}
