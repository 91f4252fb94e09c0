package object_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/object"
)

var update = flag.Bool("update", false, "rewrite the table of rules in docs/provenance.md")

// TestDocs: the page for administrators has every rule, in the gate's own words.
func TestDocs(t *testing.T) {
	const path = "../../docs/provenance.md"
	const begin, end = "<!-- rules -->\n", "<!-- end of rules -->"
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, ok1 := strings.Cut(string(data), begin)
	table, after, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the rules", path)
	}
	want := "| rule | |\n|---|---|\n"
	for _, r := range object.Rules {
		want += "| " + r.Name + " | " + r.Doc + " |\n"
	}
	if table == want {
		return
	}
	if !*update {
		t.Fatalf("%s is not up to date; run: go test ./trust/object -run TestDocs -update", path)
	}
	if err := os.WriteFile(path, []byte(before+begin+want+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestRules: each rule refuses something in the tests of this package.
func TestRules(t *testing.T) {
	tried := map[string]bool{"import-use": true} // TestImportUse
	for _, rule := range []string{"tables", "frames", "types", "itabs"} {
		tried[rule] = true // TestAttacks of plgo/base, which has modules to change
	}
	for _, m := range mutations {
		tried[m.rule] = true
	}
	for _, list := range badCode {
		for _, c := range list {
			tried[c.rule] = true
		}
	}
	for _, r := range object.Rules {
		if !tried[r.Name] {
			t.Errorf("no test of rule %s", r.Name)
		}
	}
}
