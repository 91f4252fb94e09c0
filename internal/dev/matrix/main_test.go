package main

import (
	"strings"
	"testing"
)

// TestTurn: each commit takes the next major, the same commit the same one, and all have
// their turn.
func TestTurn(t *testing.T) {
	seen := map[int]bool{}
	all, err := tested(nil)
	if err != nil {
		t.Fatal(err)
	}
	last := 0
	for n := range 2 * len(all) {
		rows, err := inTurn(t.Context(), n)
		again, _ := inTurn(t.Context(), n)
		if err != nil || len(rows) != 1 || rows[0] != again[0] {
			t.Fatalf("%d: %v, %v, %v", n, rows, again, err)
		}
		if rows[0].Number == last {
			t.Errorf("%d: PostgreSQL %d twice in turn", n, last)
		}
		last = rows[0].Number
		seen[last] = true
	}
	if len(seen) < len(all)-1 {
		t.Errorf("only %v of %v had their turn", seen, all)
	}
}

// TestSelected: what is not tested or not there is refused by name.
func TestSelected(t *testing.T) {
	for _, number := range []string{"16", "13", "x"} {
		if _, err := tested([]string{number}); err == nil || !strings.Contains(err.Error(), "PostgreSQL "+number+" is not among") {
			t.Errorf("%s: %v", number, err)
		}
	}
	if _, err := selected([]string{"host", "guest"}); err == nil || err.Error() != `there is no suite "guest"` {
		t.Errorf("%v", err)
	}
}
