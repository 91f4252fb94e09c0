package gocmd

import (
	"fmt"
	"go/version"
	"strings"

	"github.com/pgstd/pgstd/trust/compiler"
)

// MinVersion is the oldest release that pgstd builds with. Earlier ones have faults of the
// compiler that break the memory safety of safe Go, on which trust rests, and that nothing
// turns off: trust/compiler has them all.
const MinVersion = "go1.26.4"

// FirstUnsupported is the first minor release that the runtime port was not checked against.
const FirstUnsupported = "go1.28"

// Reviewed are the releases whose library the replacements were held against, and which the
// lock file pins. A patch release in which nothing that is replaced has changed need not be
// among them.
var Reviewed = []string{"go1.26.8", "go1.26.11", "go1.27.4"}

const supported = "Go 1.26 (1.26.4 or later) or Go 1.27"

// gate refuses a release that is too old, too new or unknown.
func gate(reported, path string) error {
	v := release(reported)
	switch {
	case !version.IsValid(v):
		return fmt.Errorf("%s reports version %q, which is no Go release; use a released %s", path, reported, supported)
	case version.Compare(v, MinVersion) < 0:
		why := "GOTOOLCHAIN=" + MinVersion + " selects one that is not"
		if err := compiler.Check(v); err != nil {
			why = err.Error()
		}
		return fmt.Errorf("%s is %s, which is too old; %s", path, v, why)
	case version.Compare(v, FirstUnsupported) >= 0:
		return fmt.Errorf("%s is %s, which is too new for this pgbuild; use %s (GOTOOLCHAIN=go1.27.4 selects one), or a newer pgbuild", path, v, supported)
	}
	if err := compiler.Check(v); err != nil {
		return fmt.Errorf("%s is %s; %w", path, v, err)
	}
	return nil
}

// release cuts what a distribution or an experiment appends: "go1.26.8 X:foo", "go1.26.8-1~deb".
func release(reported string) string {
	v, _, _ := strings.Cut(reported, " ")
	v, _, _ = strings.Cut(v, "-")
	return v
}

// baked returns the experiments in a version string, "" for a plain toolchain.
func baked(reported string) string {
	_, x, _ := strings.Cut(reported, "X:")
	return strings.TrimSpace(x)
}

// Minor returns the language version of the release, such as "go1.26".
func (g *Go) Minor() string { return version.Lang(g.Version) }
