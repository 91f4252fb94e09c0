package policy_test

import (
	"cmp"
	"regexp"
	"slices"
	"testing"

	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
	"golang.org/x/mod/semver"
)

// The curated policy has, for each module, one version and one hash, and for each rule that it
// may break, where it does and in which packages.
func TestCurated(t *testing.T) {
	p, err := policy.Find(policy.CuratedName, t.TempDir(), source.Acceptable())
	if err != nil {
		t.Fatal(err)
	}
	if !p.Administrators || len(p.Modules) < 60 {
		t.Errorf("%d modules, administrator's: %t", len(p.Modules), p.Administrators)
	}
	if !slices.IsSortedFunc(p.Modules, func(a, b policy.Entry) int { return cmp.Compare(a.Path, b.Path) }) {
		t.Error("the modules are not in order")
	}
	place := regexp.MustCompile(`^[\w/.-]+\.(go:[0-9]+:[0-9]+|s)$`)
	for _, e := range p.Modules {
		if !semver.IsValid(e.Versions.String()) || len(e.Sums) != 1 || e.Reviewed.Year == 0 {
			t.Errorf("%s: versions %q, %d sums, reviewed %v", e.Path, e.Versions, len(e.Sums), e.Reviewed)
		}
		for _, a := range e.Accept {
			if len(a.Packages) == 0 || len(a.Findings) == 0 {
				t.Errorf("%s: %s is accepted without packages or findings", e.Path, a.Rule)
			}
			for _, f := range a.Findings {
				if !place.MatchString(f) {
					t.Errorf("%s: %q is no place", e.Path, f)
				}
			}
		}
	}
}

// What could not be judged is told with the reason, whatever its major version, and is not listed.
func TestLeftOut(t *testing.T) {
	p, err := policy.Curated(source.Acceptable())
	if err != nil {
		t.Fatal(err)
	}
	for path, why := range map[string]string{
		"github.com/cockroachdb/apd/v3": "hides from the compiler that numbers refer to themselves; whether none outlives its place on a stack hangs on what math/big does inside, in each release of Go",
		"go.starlark.net":               "makes pointers of small numbers, and needs golang.org/x/sys",
		"github.com/google/uuid":        "",
		"version":                       "",
	} {
		if got := policy.LeftOut(path); got != why {
			t.Errorf("%s: %q, want %q", path, got, why)
		}
		if why != "" && slices.ContainsFunc(p.Modules, func(e policy.Entry) bool { return e.Path == path }) {
			t.Errorf("%s is left out, and listed", path)
		}
	}
}

// An exception holds in the packages that it names.
func TestPackages(t *testing.T) {
	p := parse(t, `version = 1
[[module]]
path = "example.org/m"
sums = ["`+sumA+`"]
[[module.accept]]
rule = "unsafe-import"
reason = "read"
packages = ["example.org/m/a"]
`)
	p.Administrators = true
	m := policy.Module{Path: "example.org/m", Version: "v1.0.0", Sum: sumA}
	for pkg, want := range map[string]bool{"example.org/m/a": true, "example.org/m": false, "example.org/m/a/b": false, "": false} {
		if _, ok := p.Accepts(m, pkg, "unsafe-import"); ok != want {
			t.Errorf("%q: %t", pkg, ok)
		}
	}
	if p.Claims(m, "example.org/m", "unsafe-import") {
		t.Error("it claims what it does not accept")
	}
}
