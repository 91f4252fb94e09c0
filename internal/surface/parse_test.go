package surface

import (
	"strings"
	"testing"
)

func TestLookup(t *testing.T) {
	for path, want := range map[string]Status{
		"os": Restricted, "plugin": Absent, "strings": Works, "internal/poll": Works, "crypto/internal/fips140": Works,
		"vendor/golang.org/x/net/idna": Works, "nosuch": "", "internal": Works, "vendor": "",
	} {
		p, ok := Lookup(path)
		if p.Status != want || ok != (want != "") || ok && p.Path != path {
			t.Errorf("%s: %v, %v", path, p, ok)
		}
	}
}

func TestParse(t *testing.T) {
	table, err := parse("t", "# head\n\na works\nb restricted go=1.27+ -- no c\n\t*d.E F G\n\t*d.E H\n\t=0 I goarch=amd64 go=1.28+ -- why\n")
	if err != nil || len(table) != 2 {
		t.Fatalf("%v, %v", table, err)
	}
	b := table[1]
	if b.Since != "go1.27" || b.Note != "no c" || len(b.Uses) != 2 || strings.Join(b.Uses[0].Symbols, "") != "FGH" {
		t.Errorf("%+v", b)
	}
	if b.In("go1.26.8") || !b.In("go1.27.0") || !b.In("go1.28") {
		t.Error("the package is in the wrong releases")
	}
	if u := b.Uses[1]; u.In("go1.27.1", "amd64") || u.In("go1.28.0", "arm64") || !u.In("go1.28.0", "amd64") || u.Note != "why" {
		t.Errorf("%+v", u)
	}
}

// Each mistake has one message, with its place.
func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"a":                                 "t:1: a package needs a state",
		"a fine":                            "t:1: unknown state",
		"a absent":                          "t:1: a is absent, but nothing says why",
		"b works\na works":                  "t:2: a does not come after b",
		"a works\na works":                  "t:2: a does not come after a",
		"a works go=1.27":                   "t:1: unexpected word",
		"\t=0 A":                            "t:1: only a restricted package",
		"a works\n\t=0 A":                   "t:2: only a restricted package",
		"a restricted -- x\n\t=0":           "t:2: a use needs symbols",
		"a restricted -- x\n\t=0 A\n\t=1 A": "t:3: a.A is named twice",
	} {
		if _, err := parse("t", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
