// Package policy reads and writes pgtrust.toml: which modules an extension may take
// in, in which versions and with which hashes, and which rules of the source gate a
// reviewed module may break, and why.
//
// It knows neither the rules nor source code: package source asks it about modules
// and about what it has found in them.
//
// It is for the source gate, and for programs that edit a policy.
package policy

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/pgstd/pgstd/internal/regular"
)

// FileName is the name of the policy in a module's folder.
const FileName = "pgtrust.toml"

// Version is the version of the file format.
const Version = 1

// Policy says what may go into an object besides the author's own module. The zero
// value is the strictest: no other module.
type Policy struct {
	// File is where the policy comes from; empty for none.
	File string `toml:"-"`
	// Administrators says that the person who builds has chosen the policy, not the
	// author of what is built. Only then may it accept what breaks a rule.
	Administrators bool `toml:"-"`

	Version int      `toml:"version"`
	Deps    Deps     `toml:"deps,omitempty"`
	Modules []Entry  `toml:"module"`
	lines   []int    // of the entries in File
	text    []byte   // as read
	_       struct{} // by name only
}

// Entry is what a policy says of one module.
type Entry struct {
	Path     string         `toml:"path"`
	Versions Range          `toml:"versions,omitempty"`
	Sums     []Sum          `toml:"sums,omitempty"`
	Reviewed toml.LocalDate `toml:"reviewed,omitempty"`
	Accept   []Accept       `toml:"accept,omitempty"`
}

// Accept is a rule that a module may break.
type Accept struct {
	Rule   string `toml:"rule"`
	Reason string `toml:"reason"`
	// Packages are those that may break it, by their import paths; none: all of the module.
	Packages []string `toml:"packages,omitempty"`
	// Findings says where, for people. What counts is the module's hash.
	Findings []string `toml:"findings,omitempty,multiline"`
}

// Module is the content of a module of a build.
type Module struct {
	Path    string
	Version string
	Sum     string
	// Folder says that it is no release: whoever wrote it has given it its path, so that
	// only the hash tells what it is.
	Folder bool
}

// Parse reads a policy. rules are the names that an entry can accept; name is for
// messages.
func Parse(name string, data []byte, rules []string) (*Policy, error) {
	p := &Policy{File: name, text: data}
	d := toml.NewDecoder(strings.NewReader(string(data))).DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, locate(name, err)
	}
	if p.Version != Version {
		return nil, fmt.Errorf("%s: version = %d is not known; this pgbuild reads version = %d", name, p.Version, Version)
	}
	p.lines = entryLines(data)
	var errs []error
	if _, err := ParseDeps(string(p.Deps)); err != nil {
		errs = append(errs, fmt.Errorf("%s: %w", name, err))
	}
	seen := map[string]int{}
	for i := range p.Modules {
		e := &p.Modules[i]
		where := p.Where(i)
		if first, dup := seen[e.Path]; dup {
			errs = append(errs, fmt.Errorf("%s: %s has an entry at %s already; put both into one", where, e.Path, p.Where(first)))
		}
		seen[e.Path] = i
		errs = append(errs, e.check(where, rules)...)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// locate turns an error of the TOML library into one line with a position.
func locate(name string, err error) error {
	if strict := (*toml.StrictMissingError)(nil); errors.As(err, &strict) {
		var errs []error
		for _, e := range strict.Errors {
			row, col := e.Position()
			errs = append(errs, fmt.Errorf("%s:%d:%d: unknown key %s; see docs/trust.md for what a policy holds", name, row, col, strings.Join(e.Key(), ".")))
		}
		return errors.Join(errs...)
	}
	if d := (*toml.DecodeError)(nil); errors.As(err, &d) {
		row, col := d.Position()
		return fmt.Errorf("%s:%d:%d: %s", name, row, col, strings.TrimPrefix(d.Error(), "toml: "))
	}
	return fmt.Errorf("%s: %w", name, err)
}

func (e *Entry) check(where string, rules []string) (errs []error) {
	fail := func(format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: "+format, append([]any{where}, args...)...))
	}
	if e.Path == "" {
		fail("the entry has no path; name the module")
	}
	if len(e.Accept) > 0 && len(e.Sums) == 0 {
		fail("%s may break rules, but the entry has no sums; an exception is for one content: add the h1: hash of go.sum", e.Path)
	}
	for _, s := range e.Sums {
		if err := s.check(); err != nil {
			fail("%s: %v", e.Path, err)
		}
	}
	for _, a := range e.Accept {
		if !slices.Contains(rules, a.Rule) {
			fail("%s: there is no rule %q that can be accepted; there are %s", e.Path, a.Rule, strings.Join(rules, ", "))
		}
		for _, pkg := range a.Packages {
			if pkg != e.Path && !strings.HasPrefix(pkg, e.Path+"/") {
				fail("%s: rule %s is accepted in package %s, which is none of the module's", e.Path, a.Rule, pkg)
			}
		}
		if strings.TrimSpace(a.Reason) == "" {
			fail("%s: rule %s is accepted without a reason; say why", e.Path, a.Rule)
		}
	}
	return errs
}

// Read reads the policy in a file, which whoever builds has named.
func Read(name string, rules []string) (*Policy, error) {
	data, err := regular.ReadNamed(name, regular.Text)
	return read(name, data, err, rules)
}

func read(name string, data []byte, err error, rules []string) (*Policy, error) {
	if err != nil {
		return nil, fmt.Errorf("reading the policy: %w", err)
	}
	return Parse(name, data, rules)
}

// Find returns the policy of a build: the administrator's file, if one is named, or the curated
// policy, if that is, or
// the one in the module's folder, or the strictest.
func Find(administrators, moduleDir string, rules []string) (*Policy, error) {
	if administrators == CuratedName {
		return Curated(rules)
	}
	if administrators != "" {
		p, err := Read(administrators, rules)
		if err != nil {
			return nil, err
		}
		p.Administrators = true
		return p, nil
	}
	data, err := regular.Read(moduleDir, FileName, regular.Text)
	p, err := read(filepath.Join(moduleDir, FileName), data, err, rules)
	if errors.Is(err, os.ErrNotExist) {
		return &Policy{Version: Version}, nil
	}
	return p, err
}

// Text is the file as it was read.
func (p *Policy) Text() []byte { return p.text }

// Where names the place of entry i.
func (p *Policy) Where(i int) string {
	if i < len(p.lines) {
		return fmt.Sprintf("%s:%d", p.File, p.lines[i])
	}
	return p.File
}

// Line is the line of entry i.
func (p *Policy) Line(i int) int {
	if i < len(p.lines) {
		return p.lines[i]
	}
	return 0
}

// find returns the entry for a path, or -1.
func (p *Policy) find(path string) int {
	if p == nil {
		return -1
	}
	return slices.IndexFunc(p.Modules, func(e Entry) bool { return e.Path == path })
}

// Listed reports whether the policy knows a module in this version and with this
// hash; if not, it says why.
func (p *Policy) Listed(m Module) (ok bool, why string) {
	i := p.find(m.Path)
	if i < 0 {
		return false, ""
	}
	e := &p.Modules[i]
	if !m.Folder && !e.Versions.Contains(m.Version) {
		return false, fmt.Sprintf("%s allows versions %s", p.Where(i), e.Versions)
	}
	if m.Folder && len(e.Sums) == 0 {
		return false, fmt.Sprintf("%s is about releases, and this is a folder, which only a hash in sums can name", p.Where(i))
	}
	if len(e.Sums) > 0 && !slices.Contains(e.Sums, Sum(m.Sum)) {
		return false, fmt.Sprintf("%s allows the content %s, this is %s", p.Where(i), joinSums(e.Sums), cmp.Or(m.Sum, "without a hash"))
	}
	return true, ""
}

func joinSums(sums []Sum) string {
	s := make([]string, len(sums))
	for i := range sums {
		s[i] = string(sums[i])
	}
	return strings.Join(s, " or ")
}

// Accepts returns the reason why a package of a module may break a rule; ok is false if it
// may not.
func (p *Policy) Accepts(m Module, pkg, rule string) (reason string, ok bool) {
	if !p.Administrators {
		return "", false
	}
	return p.accepts(m, pkg, rule)
}

// Claims reports whether the policy would accept it if it could: it is an author's.
func (p *Policy) Claims(m Module, pkg, rule string) bool {
	_, ok := p.accepts(m, pkg, rule)
	return ok && !p.Administrators
}

func (p *Policy) accepts(m Module, pkg, rule string) (reason string, ok bool) {
	i := p.find(m.Path)
	if listed, _ := p.Listed(m); i < 0 || !listed {
		return "", false
	}
	for _, a := range p.Modules[i].Accept {
		if a.Rule == rule && (len(a.Packages) == 0 || slices.Contains(a.Packages, pkg)) {
			return a.Reason, true
		}
	}
	return "", false
}

// Excepts reports whether the policy allows a module to break rules.
func (p *Policy) Excepts(path string) bool {
	i := p.find(path)
	return i >= 0 && p.Administrators && len(p.Modules[i].Accept) > 0
}
