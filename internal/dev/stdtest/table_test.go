package main

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/test/gotest"
	"github.com/pgstd/pgstd/target"
)

// The tables as they stand are valid, and look as the command writes them.
func TestTables(t *testing.T) {
	for name, s := range suites {
		file := filepath.Join("..", "..", "..", s.table)
		table, err := readTable(file, false)
		if err != nil {
			t.Error(err)
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if table.String() != string(data) {
			t.Errorf("%s is not as \"stdtest -update %s\" writes it", s.table, name)
		}
	}
}

// Each reason is in use; else the vocabulary grows by itself.
func TestReasons(t *testing.T) {
	used := map[string]bool{}
	for _, s := range suites {
		table, err := readTable(filepath.Join("..", "..", "..", s.table), false)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range table.entries {
			used[e.reason] = true
			for _, s := range e.skips {
				used[s.reason] = true
			}
		}
	}
	for reason := range reasons {
		if !used[reason] {
			t.Errorf("no line has the reason %q", reason)
		}
	}
	for _, p := range proposals {
		if reasons[p.reason] == "" {
			t.Errorf("%q is proposed and is no reason", p.reason)
		}
	}
}

func parse(t *testing.T, text string, draft bool) (*table, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "table.txt")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return readTable(file, draft)
}

func TestBadTables(t *testing.T) {
	for text, want := range map[string]string{
		"\tskip A: no files\n":         ":1: stands before any package",
		"p pass\np none\n":             ":2: p is there twice",
		"p fails\n":                    ":1: not a package",
		"p absent: tired\n":            `:1: unknown reason "tired"`,
		"p pass\n\tskip A: it fails\n": `:2: unknown reason "it fails"`,
		"p pass\n\tskip A\n":           ":2: not a skip",
		"p pass\n\tskip A: ?\n":        `:2: unknown reason "?"`,
		"p pass\n\t[go1.27] skip A: no dice (not started)": `:2: unknown reason "no dice"`,
	} {
		if _, err := parse(t, text, false); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

const sample = `# A comment.
a                                        pass
	network
	reads ../testdata
	starts go
	fetches example.com/A/vectors
	skip TestBoth: no files
	[go1.27] skip TestNew: no network (not started)
	[go1.26] skip TestOld: one thread
b                                        absent: no C code
c                                        none
`

func TestRoundTrip(t *testing.T) {
	table, err := parse(t, sample, false)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.String(); got != sample {
		t.Errorf("got\n%s\nwant\n%s", got, sample)
	}
}

// run makes a result from "name outcome" pairs.
func run(pkg, release, word string, tests ...string) *result {
	r := &result{Package: pkg, Go: release + ".3", Word: word}
	for i := 0; i < len(tests); i += 2 {
		r.Tests = append(r.Tests, gotest.Test{Name: tests[i], Outcome: gotest.Outcome(tests[i+1]), Message: "no processes"})
	}
	return r
}

func TestCompare(t *testing.T) {
	table, err := parse(t, sample+"e pass\n\t[go1.27] skip TestA: no files\n", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		r    *result
		want string // beginnings, parted by "|"
	}{
		{"as it should be", run("a", "go1.26", "pass", "TestA", "pass", "TestBoth", "fail", "TestOld", "skip"), ""},
		{"the other release", run("a", "go1.27", "pass", "TestBoth", "died", "TestOld", "pass"), ""},
		{"an unexpected pass", run("a", "go1.26", "pass", "TestBoth", "pass", "TestOld", "skip"), "TestBoth: passes, although"},
		{"a failure", run("a", "go1.26", "pass", "TestA", "fail", "TestBoth", "fail", "TestOld", "skip"), "TestA: fail"},
		{"a skip that nobody expects", run("a", "go1.26", "pass", "TestA", "skip", "TestBoth", "fail", "TestOld", "skip"), "TestA: skip"},
		{"gone", run("a", "go1.26", "pass", "TestOld", "skip"), "TestBoth: there is no such test"},
		{"no package", run("d", "go1.26", "pass"), "is not in the table"},
		{"absent", run("b", "go1.26", "absent"), ""},
		{"no tests in a release", run("e", "go1.26", "none"), ""},
		{"absent no more", run("b", "go1.26", "pass", "TestA", "pass"), `is "pass"`},
	} {
		got := compare(table.find(test.r.Package), test.r)
		want := slices.DeleteFunc(strings.Split(test.want, "|"), func(s string) bool { return s == "" })
		if !slices.EqualFunc(got, want, strings.HasPrefix) {
			t.Errorf("%s: got %q, want %q", test.name, got, want)
		}
	}
}

// TestOldProcessor: what a processor can do is this machine's; a table is for all of them.
func TestOldProcessor(t *testing.T) {
	text := "a                                        pass\n\tskip TestNew: old processor\n"
	for _, outcome := range []string{"pass", "skip"} {
		table, err := parse(t, text, false)
		if err != nil {
			t.Fatal(err)
		}
		r := run("a", "go1.26", "pass", "TestNew", outcome)
		if got := compare(table.find("a"), r); len(got) > 0 {
			t.Errorf("%s: %q", outcome, got)
		}
		table.update([]*result{r})
		if got := table.String(); got != text {
			t.Errorf("%s: updated to\n%s", outcome, got)
		}
	}
}

// A package that takes a network is left where there can be none.
func TestLeaves(t *testing.T) {
	table, err := parse(t, sample, false)
	if err != nil {
		t.Fatal(err)
	}
	r := runner{golang: &gocmd.Go{Version: "go1.27.4"}}
	for _, r.noNetwork = range []error{nil, errors.New("not allowed")} {
		for _, pkg := range []string{"a", "b", "d"} {
			if got, want := r.leaves(pkg, table), pkg == "a" && r.noNetwork != nil; got != want {
				t.Errorf("%s, %v: %t", pkg, r.noNetwork, got)
			}
		}
	}
}

// A line can be for one architecture.
func TestArchitecture(t *testing.T) {
	text := "a                                        pass\n\t[amd64] skip TestX86: no processes\n"
	table, err := parse(t, text, false)
	if err != nil || table.String() != text {
		t.Fatalf("got %q, %v", table, err)
	}
	for _, test := range []struct {
		target  target.Target
		outcome string
		good    bool
	}{
		{"linux-postgres-amd64", "fail", true},
		{"linux-postgres-amd64", "pass", false},
		{"linux-postgres-arm64", "fail", false},
		{"linux-postgres-arm64", "pass", true},
	} {
		r := run("a", "go1.26", "pass", "TestX86", test.outcome)
		r.Target = test.target
		if got := compare(table.find("a"), r); (len(got) == 0) != test.good {
			t.Errorf("%s, %s: %q", test.target, test.outcome, got)
		}
	}
	c := config{update: true, target: "linux-postgres-vax"}
	if _, err := c.suite(t.Context(), "std"); err == nil || !strings.Contains(err.Error(), "by hand, with [vax]") {
		t.Errorf("an update for another machine: %v", err)
	}
}

func TestCount(t *testing.T) {
	table, err := parse(t, sample, false)
	if err != nil {
		t.Fatal(err)
	}
	r := run("a", "go1.27", "pass", "TestA", "pass", "TestBoth", "fail", "TestC", "fail")
	if p, s, f := r.count(table.find("a")); p != 1 || s != 2 || f != 1 {
		t.Errorf("got %d %d %d, want 1 passed, 2 skipped (one not started), 1 failed", p, s, f)
	}
}

func TestUpdate(t *testing.T) {
	table, err := parse(t, sample, false)
	if err != nil {
		t.Fatal(err)
	}
	table.update([]*result{
		run("a", "go1.26", "pass", "TestBoth", "pass", "TestOld", "skip", "TestC", "fail", "TestH", "hung"),
		run("a", "go1.27", "pass", "TestBoth", "fail", "TestC", "skip"),
		run("d", "go1.26", "pass", "TestA", "pass"),
		run("d", "go1.27", "pass", "TestA", "pass"),
	})
	want := strings.NewReplacer(
		"\tskip TestBoth: no files\n", "\t[go1.27] skip TestBoth: no files\n\tskip TestC: no processes\n\t[go1.26] skip TestH: no processes (not started)\n",
		"c                                        none\n", "c                                        none\nd                                        pass\n",
	).Replace(sample)
	if got := table.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
