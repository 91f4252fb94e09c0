package source

import (
	"go/version"
	"runtime"
	"testing"
)

// A file or a module of a later Go than the one that has built this program is looked at as one
// of the newest that it knows.
func TestKnownVersion(t *testing.T) {
	newest := version.Lang(runtime.Version())
	for v, want := range map[string]string{"": "", "go1.21": "go1.21", newest: newest, "go1.99": newest, "go2": newest} {
		if got := knownVersion(v); got != want {
			t.Errorf("%q: %q, want %q", v, got, want)
		}
	}
}
