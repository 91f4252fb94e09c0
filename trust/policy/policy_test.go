package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/policy"
)

const (
	sumA = "h1:x5UHzyoKZLhFzAbVFJvkO4l5wOgkaOdV5nDWYrNIyf4="
	sumB = "h1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
)

var rules = []string{"directive", "unsafe-import"}

const good = `# What we take in.
version = 1
deps = "listed"

[[module]] # the first
path = "example.org/any"

[[module]]
path = "example.org/range"
versions = ">=v1.2.0, <v2.0.0"

[[module]]
path = "example.org/reviewed"
versions = "v1.0.0"
sums = ["` + sumA + `"]
reviewed = 2026-01-02

[[module.accept]]
rule = "unsafe-import"
reason = "read line by line"
findings = [
  "a.go:1",
]
`

func parse(t *testing.T, text string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse("pgtrust.toml", []byte(text), rules)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestListed(t *testing.T) {
	p := parse(t, good)
	for _, test := range []struct {
		module policy.Module
		ok     bool
		why    string
	}{
		{policy.Module{Path: "example.org/any", Version: "v0.0.1"}, true, ""},
		{policy.Module{Path: "example.org/any/more", Version: "v0.0.1"}, false, ""},
		{policy.Module{Path: "example.org/range", Version: "v1.2.0"}, true, ""},
		{policy.Module{Path: "example.org/range", Version: "v1.9.9-rc.1"}, true, ""},
		{policy.Module{Path: "example.org/range", Version: "v1.2.0-rc.1"}, false, "pgtrust.toml:8 allows versions >=v1.2.0, <v2.0.0"},
		{policy.Module{Path: "example.org/range", Version: "v2.0.0"}, false, "pgtrust.toml:8"},
		{policy.Module{Path: "example.org/range", Version: "v2.0.0+incompatible"}, false, "pgtrust.toml:8"},
		{policy.Module{Path: "example.org/reviewed", Version: "v1.0.0", Sum: sumA}, true, ""},
		{policy.Module{Path: "example.org/reviewed", Version: "v1.0.0", Sum: sumB}, false, "allows the content " + sumA},
		{policy.Module{Path: "example.org/reviewed", Version: "v1.0.0"}, false, "this is without a hash"},
	} {
		ok, why := p.Listed(test.module)
		if ok != test.ok || !strings.Contains(why, test.why) || (why != "") != (test.why != "") {
			t.Errorf("%v: %v, %q; want %v, %q", test.module, ok, why, test.ok, test.why)
		}
	}
}

// Exceptions are for one content, and only whoever builds can make them.
func TestAccepts(t *testing.T) {
	reviewed := policy.Module{Path: "example.org/reviewed", Version: "v1.0.0", Sum: sumA}
	p := parse(t, good)
	if _, ok := p.Accepts(reviewed, reviewed.Path, "unsafe-import"); ok || !p.Claims(reviewed, reviewed.Path, "unsafe-import") {
		t.Error("the author's policy makes an exception")
	}
	p.Administrators = true
	if reason, ok := p.Accepts(reviewed, reviewed.Path, "unsafe-import"); !ok || reason != "read line by line" {
		t.Errorf("%q, %v", reason, ok)
	}
	if _, ok := p.Accepts(reviewed, reviewed.Path, "directive"); ok {
		t.Error("a rule that is not named is accepted")
	}
	changed := reviewed
	changed.Sum = sumB
	if _, ok := p.Accepts(changed, changed.Path, "unsafe-import"); ok {
		t.Error("another content is accepted")
	}
	if !p.Excepts(reviewed.Path) || p.Excepts("example.org/any") {
		t.Error("Excepts")
	}
}

func TestBad(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "version = 0 is not known; this pgbuild reads version = 1"},
		{"version = 2", "version = 2 is not known"},
		{"version = 1\nextra = 2", "pgtrust.toml:2:1: unknown key extra"},
		{"version = 1\n[[module]]\nname = 'x'", "pgtrust.toml:3:1: unknown key module.name"},
		{"version = 1\n[[module]]\n", "pgtrust.toml:2: the entry has no path"},
		{"version = 1\n[[module]\n", "pgtrust.toml:2:"},
		{"version = 1\ndeps = 'all'", `deps is "all"; it is "listed" or "checked"`},
		{"version = 1\n[[module]]\npath = 'a'\nversions = '>=1'", `pgtrust.toml:4:12: `},
		{"version = 1\n[[module]]\npath = 'a'\nversions = ''", "an empty range"},
		{"version = 1\n[[module]]\npath = 'a'\nsums = ['abc']", "is no hash of go.sum"},
		{"version = 1\n[[module]]\npath = 'a'\n[[module]]\npath = 'a'", "pgtrust.toml:4: a has an entry at pgtrust.toml:2 already"},
		{"version = 1\n[[module]]\npath = 'a'\n[[module.accept]]\nrule = 'unsafe-import'\nreason = 'x'", "the entry has no sums"},
		{"version = 1\n[[module]]\npath = 'a'\nsums = ['" + sumA + "']\n[[module.accept]]\nrule = 'cgo'\nreason = 'x'", `there is no rule "cgo" that can be accepted; there are directive, unsafe-import`},
		{"version = 1\n[[module]]\npath = 'a'\nsums = ['" + sumA + "']\n[[module.accept]]\nrule = 'directive'\n", "accepted without a reason"},
		{"version = 1\n[[module]]\npath = 'a'\nsums = ['" + sumA + "']\n[[module.accept]]\nrule = 'directive'\nreason = 'x'\npackages = ['ab']", "accepted in package ab, which is none of the module's"},
	} {
		_, err := policy.Parse("pgtrust.toml", []byte(test.text), rules)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.text, err, test.want)
		}
	}
}

// An entry is put in without touching what else is written.
func TestWith(t *testing.T) {
	p := parse(t, good)
	versions, err := policy.ParseRange("v1.1.0")
	if err != nil {
		t.Fatal(err)
	}
	entry := policy.Entry{Path: "example.org/range", Versions: versions, Sums: []policy.Sum{sumB}}
	text, err := p.With(entry, rules)
	if err != nil {
		t.Fatal(err)
	}
	again := parse(t, string(text))
	if len(again.Modules) != len(p.Modules) || strings.Contains(string(text), "v2.0.0") || !strings.Contains(string(text), "# the first") {
		t.Errorf("replaced:\n%s", text)
	}
	entry.Path = "example.org/new"
	if text, err = again.With(entry, rules); err != nil {
		t.Fatal(err)
	}
	if last := parse(t, string(text)); len(last.Modules) != 4 || !strings.HasPrefix(string(text), string(again.Text())[:40]) {
		t.Errorf("added:\n%s", text)
	}
	empty := &policy.Policy{File: "pgtrust.toml"}
	if text, err = empty.With(entry, rules); err != nil || len(parse(t, string(text)).Modules) != 1 {
		t.Errorf("%v\n%s", err, text)
	}
	// Written in a way that lines do not show: by hand, then.
	inline := parse(t, "version = 1\nmodule = [{path = 'example.org/range'}]\n")
	if text, err := inline.With(entry, rules); err == nil {
		t.Errorf("no error:\n%s", text)
	}
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	p, err := policy.Find("", dir, rules)
	if err != nil || p.File != "" || p.Administrators {
		t.Fatalf("%+v, %v", p, err)
	}
	own := filepath.Join(dir, policy.FileName)
	if err := os.WriteFile(own, []byte("version = 1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if p, err = policy.Find("", dir, rules); err != nil || p.File != own || p.Administrators {
		t.Fatalf("%+v, %v", p, err)
	}
	if p, err = policy.Find(own, "", rules); err != nil || !p.Administrators {
		t.Fatalf("%+v, %v", p, err)
	}
	if _, err = policy.Find(filepath.Join(dir, "nosuch.toml"), dir, rules); err == nil {
		t.Fatal("an administrator's policy that is not there is no error")
	}
}
