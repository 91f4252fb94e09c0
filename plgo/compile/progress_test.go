package compile

import (
	"slices"
	"testing"
)

// TestBuildLog: packages are counted, also if their names come in pieces; the rest is what
// was wrong.
func TestBuildLog(t *testing.T) {
	var said []string
	ctx := Reporting(t.Context(), func(what string) { said = append(said, what) })
	l := newBuildLog(ctx, 2)
	for _, s := range []string{"erro", "rs\nstrconv\n", "# x/y\nx.go:1:2: no such thing\nsort", "\n", "no space left on device"} {
		if n, err := l.Write([]byte(s)); n != len(s) || err != nil {
			t.Fatal(n, err)
		}
	}
	if got, want := string(l.Errors()), "# x/y\nx.go:1:2: no such thing\nno space left on device"; got != want {
		t.Errorf("errors are %q, want %q", got, want)
	}
	want := []string{
		"compiling the standard library, package 1 of 2", "compiling the standard library, package 2 of 2",
		"compiling the standard library, package 3 of 3",
	}
	if !slices.Equal(said, want) {
		t.Errorf("said %q, want %q", said, want)
	}
}
