package source_test

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/trust/compiler"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

var update = flag.Bool("update", false, "rewrite the rules in docs/trust.md")

const (
	docs      = "../../docs/trust.md"
	rulesFrom = "go test ./trust/source -run TestDocs -update -->\n"
	rulesTo   = "<!-- end of rules -->"
)

// TestDocs compares the rules in docs/trust.md with the table, and reads the policy
// that is shown there.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile(docs)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok := strings.Cut(string(data), rulesFrom)
	_, tail, ok2 := strings.Cut(rest, rulesTo)
	if !ok || !ok2 {
		t.Fatalf("%s has no place for the rules", docs)
	}
	var b strings.Builder
	for _, r := range source.Rules {
		fmt.Fprintf(&b, "\n### %s\n\n**%s.** %s\n", r.Name, strings.ToUpper(r.Short[:1])+r.Short[1:], strings.TrimSpace(r.Doc))
		if r.Final {
			b.WriteString("\nNo policy can accept it.\n")
		}
	}
	want := head + rulesFrom + b.String() + "\n" + rulesTo + tail
	if want != string(data) {
		if !*update {
			t.Fatalf("%s is not what the table says; run: go test ./trust/source -run TestDocs -update", docs)
		}
		if err := os.WriteFile(docs, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	_, example, _ := strings.Cut(string(data), "```toml\n")
	example, _, _ = strings.Cut(example, "```")
	p, err := policy.Parse("docs/trust.md", []byte(example), source.Acceptable())
	if err != nil || len(p.Modules) != 2 {
		t.Errorf("the policy in the docs: %v", err)
	}
}

// TestFaults: where the ledger of the compiler's faults relies on a rule, there is one.
func TestFaults(t *testing.T) {
	for _, f := range compiler.Faults {
		if f.Rule != "" && !slices.ContainsFunc(source.Rules, func(r source.Rule) bool { return r.Name == f.Rule && r.Final }) {
			t.Errorf("%s: there is no final rule %s", f.ID, f.Rule)
		}
	}
}
