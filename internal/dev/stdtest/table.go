package main

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/test/gotest"
)

// reasons is the closed vocabulary of the tables: what a world does not have, or what a test
// asks for that stock Go does not have here either.
var reasons = map[string]string{
	"no processes":     "a test starts itself and what its package's line \"starts\" names: no debugger, no other program that is missing or was built; a child has the root of its parent, and is not traced",
	"one thread":       "a world is one thread and GOMAXPROCS stays 1",
	"no preemption":    "a loop without a call, or the library, keeps its turn",
	"no network":       "there is no network outside: tests have one in memory, or, where the package's line says \"network\", a loopback of the kernel's without a name server",
	"no files":         "no file but those of the test's own folder and of a temporary one",
	"no signals":       "signals of faults are the host's, and by SIGQUIT a program ends without a word",
	"no terminals":     "there is no terminal",
	"no C code":        "cgo and package plugin need C code and a C library",
	"no machine code":  "no memory can be made executable, so nothing can be compiled at run time",
	"no symbols":       "objects are stripped: no symbol table, no debugging data",
	"no source tree":   "the library's source is not there but for the package's own folder; paths in tracebacks are trimmed",
	"no profiles":      "CPU profiles need a signal that looks at stacks, mutex profiles a second thread",
	"stop the world":   "a collection is one piece, and its pace is not stock Go's",
	"own types":        "by reflect, nothing is converted to an unexported type of the library, and no value of a type of its internal packages is made or filled; the types of a package's own tests are such ones",
	"own runtime":      "the test looks into a part of the runtime that the port replaces",
	"own compiler":     "what the compiler does to save an allocation is off where a release does it wrongly: trust/compiler",
	"pure Go":          "of what there is in assembly and in Go, Go is taken (tag purego), but where the assembly has been reviewed",
	"no system calls":  "the system call that the test makes is none of those that the host of tests has",
	"not in an object": "an object is an archive, not a program: arguments, flags and exit differ",
	stockToo:           "the test skips itself, or fails, in stock Go on such a machine with one CPU, too",
	oldProcessor:       "the test is of instructions that not each processor has; else it passes",
	asRoot:             "the tests run as root, for whom no file is out of reach; else it passes",
}

// stockToo is the reason of tests that do not pass in stock Go either; -stock proves it.
const stockToo = "stock Go too"

// The reasons of tests that pass or skip themselves, as the machine is: for root, or on a processor without what they test.
const (
	asRoot       = "as root"
	oldProcessor = "old processor"
)

// entry is what a table says of a package.
type entry struct {
	pkg     string
	word    string   // pass, absent, none (no tests)
	reason  string   // why it is absent
	reads   []string // further folders that its tests read, relative to its own
	starts  []string // programs that its tests start besides themselves
	fetches []string // modules that its tests have the go command download
	// network says that its tests have the kernel's network, in a namespace, not one in memory.
	network bool
	skips   []skip
}

// skip is a test that does not pass.
type skip struct {
	only    string // release or architecture, as "go1.26" or "arm64"; empty: all
	name    string
	reason  string
	unstart bool // it would never end, or tear others along, and is not started
}

// table is a golden table: package × verdict.
type table struct {
	file    string
	comment string // lines at the top
	entries []*entry
}

func (t *table) find(pkg string) *entry {
	for _, e := range t.entries {
		if e.pkg == pkg {
			return e
		}
	}
	return nil
}

// holdsFor tells whether a skip is for the release and the architecture of a result.
func (s *skip) holdsFor(r *result) bool {
	return s.only == "" || s.only == r.release() || s.only == r.Target.GOARCH()
}

// canPass tells whether the test passes on some machines, of which this may be one.
func (s *skip) canPass() bool {
	return s.reason == oldProcessor || s.reason == asRoot && os.Getuid() != 0
}

// skipsFor returns the skips that hold for a result.
func (e *entry) skipsFor(r *result) []skip {
	var skips []skip
	for _, s := range e.skips {
		if s.holdsFor(r) {
			skips = append(skips, s)
		}
	}
	return skips
}

const notStarted = " (not started)"

var (
	packageLine = regexp.MustCompile(`^(\S+)\s+(pass|none|absent: (.+))$`)
	skipLine    = regexp.MustCompile(`^\t(?:\[(go1\.\d+|amd64|arm64)\] )?skip (\S+): (.+)$`)
	readsLine   = regexp.MustCompile(`^\treads (.+)$`)
	networkLine = "\tnetwork"
	startsLine  = regexp.MustCompile(`^\tstarts (.+)$`)
	fetchesLine = regexp.MustCompile(`^\tfetches (.+)$`)
)

// readTable reads a table and checks that it keeps to its vocabulary. A draft may have lines that
// still wait for a reason.
func readTable(file string, draft bool) (*table, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	t := &table{file: file}
	var e *entry
	for i, line := range strings.Split(string(data), "\n") {
		bad := func(why string) error { return fmt.Errorf("%s:%d: %s", file, i+1, why) }
		switch {
		case strings.HasPrefix(line, "#"):
			t.comment += line + "\n"
		case strings.TrimSpace(line) == "":
		case line[0] != '\t':
			m := packageLine.FindStringSubmatch(line)
			if m == nil {
				return nil, bad("not a package; write \"PACKAGE pass\", \"PACKAGE none\" or \"PACKAGE absent: why\"")
			}
			if e = t.find(m[1]); e != nil {
				return nil, bad(m[1] + " is there twice; remove one of them")
			}
			word, _, _ := strings.Cut(m[2], ":")
			e = &entry{pkg: m[1], word: word, reason: m[3]}
			t.entries = append(t.entries, e)
			if word == "absent" && reasons[m[3]] == "" && !(draft && m[3] == "?") {
				return nil, bad(fmt.Sprintf("unknown reason %q; use one of internal/dev/stdtest/table.go", m[3]))
			}
		case e == nil:
			return nil, bad("stands before any package")
		case line == networkLine:
			e.network = true
		default:
			if m := readsLine.FindStringSubmatch(line); m != nil {
				e.reads = strings.Fields(m[1])
				continue
			}
			if m := startsLine.FindStringSubmatch(line); m != nil {
				e.starts = strings.Fields(m[1])
				continue
			}
			if m := fetchesLine.FindStringSubmatch(line); m != nil {
				e.fetches = strings.Fields(m[1])
				continue
			}
			m := skipLine.FindStringSubmatch(line)
			if m == nil {
				return nil, bad("not a skip; write \"skip TEST: reason\"")
			}
			s := skip{only: m[1], name: m[2]}
			s.reason, s.unstart = strings.CutSuffix(m[3], notStarted)
			if reasons[s.reason] == "" && !(draft && s.reason == "?") {
				return nil, bad(fmt.Sprintf("unknown reason %q; use one of internal/dev/stdtest/table.go", s.reason))
			}
			e.skips = append(e.skips, s)
		}
	}
	return t, nil
}

func (t *table) String() string {
	var b strings.Builder
	b.WriteString(t.comment)
	slices.SortFunc(t.entries, func(a, b *entry) int { return strings.Compare(a.pkg, b.pkg) })
	for _, e := range t.entries {
		word := e.word
		if word == "absent" {
			word += ": " + e.reason
		}
		fmt.Fprintf(&b, "%-40s %s\n", e.pkg, word)
		if e.network {
			fmt.Fprintln(&b, networkLine)
		}
		if len(e.reads) > 0 {
			fmt.Fprintf(&b, "\treads %s\n", strings.Join(e.reads, " "))
		}
		if len(e.starts) > 0 {
			fmt.Fprintf(&b, "\tstarts %s\n", strings.Join(e.starts, " "))
		}
		if len(e.fetches) > 0 {
			fmt.Fprintf(&b, "\tfetches %s\n", strings.Join(e.fetches, " "))
		}
		slices.SortStableFunc(e.skips, func(a, b skip) int {
			return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.only, b.only))
		})
		for _, s := range e.skips {
			only, tail := "", ""
			if s.only != "" {
				only = "[" + s.only + "] "
			}
			if s.unstart {
				tail = notStarted
			}
			fmt.Fprintf(&b, "\t%sskip %s: %s%s\n", only, s.name, s.reason, tail)
		}
	}
	return b.String()
}

// compare says where a result differs from what the table says of its package.
func compare(e *entry, r *result) []string {
	if e == nil {
		return []string{"is not in the table; add it with -update"}
	}
	if r.Word == "none" && e.word == "pass" && len(e.skipsFor(r)) == 0 {
		return nil // another release has tests of it
	}
	if e.word != r.Word {
		return []string{fmt.Sprintf("is %q, the table says %q: %s", r.Word, e.word, r.Problem)}
	}
	if r.Problem != "" {
		return []string{r.Problem}
	}
	var diffs []string
	listed := map[string]skip{}
	for _, s := range e.skipsFor(r) {
		listed[s.name] = s
	}
	for _, t := range r.Tests {
		s, ok := listed[t.Name]
		delete(listed, t.Name)
		switch {
		case t.Outcome == gotest.Pass && ok && !s.canPass():
			diffs = append(diffs, fmt.Sprintf("%s: passes, although the table says %q; remove the line", t.Name, s.reason))
		case t.Outcome != gotest.Pass && !ok:
			diffs = append(diffs, fmt.Sprintf("%s: %s: %s", t.Name, t.Outcome, t.Message))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(listed)) {
		if !listed[name].unstart {
			diffs = append(diffs, name+": there is no such test; remove the line")
		}
	}
	return diffs
}
