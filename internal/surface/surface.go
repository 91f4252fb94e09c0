// Package surface is the table of what the standard library is on the target: which package
// works, which is restricted and in what, and which is absent and why.
//
// The table is surface.txt, whose head describes its form. The package reads and renders it; that
// it is true is for its tests, which call what it names on the target. It does not change the
// library: package overlay does that, with the replacements in pgstd and stubs.
package surface

import (
	_ "embed"
	"fmt"
	"go/version"
	"slices"
	"strings"
)

//go:embed surface.txt
var text string

// Status says how much of a package there is.
type Status string

// The states of a package.
const (
	Works      Status = "works"
	Restricted Status = "restricted"
	Absent     Status = "absent"
)

// Package is what the table says of one package, or of the many that its path stands for.
type Package struct {
	Path   string `json:"path"` // an import path, or ".../internal/..." or "vendor/..."
	Status Status `json:"status"`
	Since  string `json:"since,omitempty"` // the first release that has it, such as "go1.27"; empty: all have it
	Note   string `json:"note,omitempty"`
	Uses   []Use  `json:"uses,omitempty"`
}

// Use is something that a restricted package cannot do.
type Use struct {
	// Outcome is the type of the error, or "=" and what the call comes to.
	Outcome string   `json:"outcome"`
	Symbols []string `json:"symbols"`
	GOARCH  string   `json:"goarch,omitempty"` // the only architecture that has the symbols; empty: all have them
	Since   string   `json:"since,omitempty"`  // the first release that has them; empty: all have them
	Note    string   `json:"note,omitempty"`
}

// Value returns what a use comes to, if that is no error.
func (u *Use) Value() (string, bool) { return strings.CutPrefix(u.Outcome, "=") }

// In reports whether a release and an architecture have the symbols.
func (u *Use) In(gover, goarch string) bool {
	return (u.GOARCH == "" || u.GOARCH == goarch) && since(u.Since, gover)
}

// In reports whether a release has the package.
func (p *Package) In(gover string) bool { return since(p.Since, gover) }

func since(first, gover string) bool { return first == "" || version.Compare(gover, first) >= 0 }

// Table returns the whole table, sorted by path.
func Table() []Package { return table }

// The table is part of the program, so a mistake in it is one of the program.
var table = func() []Package {
	t, err := parse("surface.txt", text)
	if err != nil {
		panic(err)
	}
	return t
}()

// Lookup returns what the table says of an import path.
func Lookup(path string) (Package, bool) {
	for _, p := range table {
		if p.Path == path {
			return p, true
		}
	}
	pattern := ""
	switch {
	case strings.HasPrefix(path, "vendor/"):
		pattern = vendored
	case slices.Contains(strings.Split(path, "/"), "internal"):
		pattern = internal
	}
	for _, p := range table {
		if pattern != "" && p.Path == pattern {
			p.Path = path
			return p, true
		}
	}
	return Package{}, false
}

// The rows that stand for many packages.
const (
	internal = ".../internal/..."
	vendored = "vendor/..."
)

// AbsentPackages returns the rows of the packages that cannot be imported.
func AbsentPackages() []Package {
	return slices.DeleteFunc(slices.Clone(table), func(p Package) bool { return p.Status != Absent })
}

// parse reads a table. It ends at the first mistake.
func parse(name, text string) ([]Package, error) {
	var packages []Package
	for i, line := range strings.Split(text, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		var err error
		if rest, ok := strings.CutPrefix(line, "\t"); ok {
			err = addUse(packages, rest)
		} else {
			packages, err = addPackage(packages, line)
		}
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, i+1, err)
		}
	}
	return packages, nil
}

func addPackage(packages []Package, line string) ([]Package, error) {
	words, note := split(line)
	if len(words) < 2 {
		return nil, fmt.Errorf("a package needs a state; write \"PACKAGE works|restricted|absent\"")
	}
	p := Package{Path: words[0], Status: Status(words[1]), Note: note}
	switch {
	case !slices.Contains([]Status{Works, Restricted, Absent}, p.Status):
		return nil, fmt.Errorf("unknown state %q; use works, restricted or absent", p.Status)
	case p.Status != Works && note == "":
		return nil, fmt.Errorf("%s is %s, but nothing says why; add \"-- why\"", p.Path, p.Status)
	case len(packages) > 0 && packages[len(packages)-1].Path >= p.Path && p.Path != internal && p.Path != vendored:
		return nil, fmt.Errorf("%s does not come after %s; sort the table", p.Path, packages[len(packages)-1].Path)
	}
	for _, w := range words[2:] {
		release, ok := sinceWord(w)
		if !ok {
			return nil, fmt.Errorf("unexpected word %q; the only condition of a package is go=1.27+", w)
		}
		p.Since = release
	}
	return append(packages, p), nil
}

func addUse(packages []Package, line string) error {
	words, note := split(line)
	if len(packages) == 0 || packages[len(packages)-1].Status != Restricted {
		return fmt.Errorf("only a restricted package has such lines")
	}
	p := &packages[len(packages)-1]
	if len(words) < 2 {
		return fmt.Errorf("a use needs symbols; write \"OUTCOME SYMBOL...\"")
	}
	u := Use{Outcome: words[0], Note: note}
	for _, w := range words[1:] {
		release, isSince := sinceWord(w)
		goarch, isArch := strings.CutPrefix(w, "goarch=")
		switch {
		case isSince:
			u.Since = release
		case isArch:
			u.GOARCH = goarch
		case p.names(w):
			return fmt.Errorf("%s.%s is named twice", p.Path, w)
		default:
			u.Symbols = append(u.Symbols, w)
		}
	}
	same := func(other Use) bool {
		return other.Outcome == u.Outcome && other.GOARCH == u.GOARCH && other.Since == u.Since && other.Note == u.Note
	}
	if i := slices.IndexFunc(p.Uses, same); i >= 0 {
		p.Uses[i].Symbols = append(p.Uses[i].Symbols, u.Symbols...) // a long line has been broken
		return nil
	}
	p.Uses = append(p.Uses, u)
	return nil
}

func (p *Package) names(symbol string) bool {
	return slices.ContainsFunc(p.Uses, func(u Use) bool { return slices.Contains(u.Symbols, symbol) })
}

// sinceWord reads "go=1.27+".
func sinceWord(w string) (release string, ok bool) {
	v, ok := strings.CutPrefix(w, "go=")
	v, plus := strings.CutSuffix(v, "+")
	release = "go" + v
	return release, ok && plus && version.IsValid(release)
}

// split cuts a line into its words and the note that follows "--".
func split(line string) (words []string, note string) {
	line, note, _ = strings.Cut(line, " -- ")
	return strings.Fields(line), strings.TrimSpace(note)
}
