package source

import (
	"go/version"
	"runtime"
	"strings"
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

// Whoever meets syntax that this program cannot know is told what to do.
func TestNewerLanguage(t *testing.T) {
	own := strings.TrimPrefix(version.Lang(runtime.Version()), "go")
	for language, want := range map[string]string{
		"": "", "1.21": "", own: "", own + ".1": "",
		"1.99.3": "; this pgbuild has been built by " + runtime.Version() + ", and the module is in Go 1.99: if that is new in it, build pgbuild with Go 1.99",
	} {
		if got := NewerLanguage(language); got != want {
			t.Errorf("%q: %q, want %q", language, got, want)
		}
	}
}
