package main

import (
	"regexp"
	"slices"

	"github.com/pgstd/pgstd/internal/test/gotest"
)

// update brings a table in line with results. What is new has no reason yet, and the table
// is not valid until somebody has found one.
func (t *table) update(results []*result) {
	for _, r := range results {
		e := t.find(r.Package)
		if e == nil {
			e = &entry{pkg: r.Package}
			t.entries = append(t.entries, e)
		}
		if e.word != r.Word && !(e.word == "pass" && r.Word == "none") {
			e.word, e.reason = r.Word, "?"
		}
		e.skips = updateSkips(e.skips, r)
	}
	for _, e := range t.entries {
		e.skips = join(e.skips)
	}
}

// proposals are reasons that follow from what a test says.
var proposals = []struct {
	said   *regexp.Regexp
	reason string
}{
	{regexp.MustCompile(`no processes|internal linking|'go run' not available|requires running 'go build'|strace not found|gccgo|gcc is missing|zstd not found|xxhsum not found`), "no processes"},
	{regexp.MustCompile(`mmapExecutable|executable memory`), "no machine code"},
	{regexp.MustCompile(`prevent downloading|dial tcp: lookup`), "no network"},
	{regexp.MustCompile(`exec: "\w+": executable file not found`), "no processes"},
	{regexp.MustCompile(`no cgo|_cgo_gotypes|use cgo|requires cgo`), "no C code"},
	{regexp.MustCompile(`purego`), "pure Go"},
	{regexp.MustCompile(`no external network|Socketpair|socketpair`), "no network"},
	{regexp.MustCompile(`no parallelism|GOMAXPROCS|fewer than 4 CPUs|at least 4 CPUs|uniprocessor|1 processor|requires NumCPU`), "one thread"},
	{regexp.MustCompile(`(?i)(as root|^\S+ root can)`), asRoot},
	{regexp.MustCompile(`no AVX512|AVX512 is required`), oldProcessor},
	{regexp.MustCompile(`left out: `), "own runtime"},
	{regexp.MustCompile(`is a type of the library's inside|reflect\.Value\.Set\w* using value obtained using unexported field`), "own types"},
	{regexp.MustCompile(`/dev/tty|pty`), "no terminals"},
	{regexp.MustCompile(`only (tested )?on (windows|darwin)|[Ww]indows[- ]only|only affects darwin|skipping on non-Windows|skipping windows|-update not given|windows specific|race detector not enabled|flaky|skipping without -|only runs on 32-bit|not set$|Skipping test intended for use with -race|known flaky`), stockToo},
}

func propose(message string) string {
	for _, p := range proposals {
		if p.said.MatchString(message) {
			return p.reason
		}
	}
	return "?"
}

// updateSkips takes out of a package's skips what does not hold for a result's release, and
// adds what is missing.
func updateSkips(skips []skip, r *result) []skip {
	outcome := map[string]gotest.Outcome{}
	for _, test := range r.Tests {
		outcome[test.Name] = test.Outcome
	}
	var kept []skip
	have := map[string]bool{}
	for _, s := range skips {
		if !s.holdsFor(r) {
			kept = append(kept, s)
			continue
		}
		if o, ok := outcome[s.name]; s.unstart || ok && (o != gotest.Pass || s.canPass()) {
			have[s.name] = true
			kept = append(kept, s)
		} else if s.only == "" {
			// It may still hold for the other releases.
			for _, other := range releases {
				if other != r.release() {
					kept = append(kept, skip{only: other, name: s.name, reason: s.reason, unstart: s.unstart})
				}
			}
		}
	}
	for _, test := range r.Tests {
		if test.Outcome != gotest.Pass && !have[test.Name] {
			kept = append(kept, skip{only: r.release(), name: test.Name, reason: propose(test.Message), unstart: test.Outcome == gotest.Hung})
		}
	}
	return kept
}

// releases are the minor releases that tables tell apart.
var releases = []string{"go1.26", "go1.27"}

// join makes one line of those that say the same for each release.
func join(skips []skip) []skip {
	count := map[skip]int{}
	for _, s := range skips {
		s.only = ""
		count[s]++
	}
	var joined []skip
	for _, s := range skips {
		if plain := (skip{name: s.name, reason: s.reason, unstart: s.unstart}); count[plain] >= len(releases) {
			s = plain
		}
		if !slices.Contains(joined, s) {
			joined = append(joined, s)
		}
	}
	return joined
}
