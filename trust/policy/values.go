package policy

import (
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// Deps says what becomes of modules that a policy does not list.
type Deps string

const (
	Listed  Deps = "listed"  // they are refused; the default
	Checked Deps = "checked" // they are allowed if they pass every rule
)

// ParseDeps reads a value; empty stands for none.
func ParseDeps(s string) (Deps, error) {
	switch d := Deps(s); d {
	case "", Listed, Checked:
		return d, nil
	}
	return "", fmt.Errorf("deps is %q; it is %q or %q", s, Listed, Checked)
}

// Sum is a module's hash, as go.sum has it.
type Sum string

func (s Sum) check() error {
	encoded, ok := strings.CutPrefix(string(s), "h1:")
	if raw, err := base64.StdEncoding.DecodeString(encoded); !ok || err != nil || len(raw) != 32 {
		return fmt.Errorf("%q is no hash of go.sum, which looks like h1:x5UHzyoKZLhFzAbVFJvkO4l5wOgkaOdV5nDWYrNIyf4=", string(s))
	}
	return nil
}

// Range is a set of versions: comparisons that all hold, as ">=v1.2.0 <v2.0.0", or
// one version. The zero value is every version.
type Range struct {
	text  string
	terms []term
}

type term struct{ op, version string }

var operators = []string{">=", "<=", ">", "<", "="}

// ParseRange reads a range.
func ParseRange(s string) (Range, error) {
	r := Range{text: s}
	for _, word := range strings.Fields(strings.ReplaceAll(s, ",", " ")) {
		t := term{op: "=", version: word}
		for _, op := range operators {
			if v, ok := strings.CutPrefix(word, op); ok {
				t = term{op, v}
				break
			}
		}
		if !semver.IsValid(t.version) {
			return Range{}, fmt.Errorf(`%q is no version in %q; a range is one version, or comparisons such as ">=v1.2.0 <v2.0.0"`, t.version, s)
		}
		r.terms = append(r.terms, t)
	}
	if len(r.terms) == 0 {
		return Range{}, fmt.Errorf(`an empty range; leave it out for every version, or write one such as ">=v1.2.0 <v2.0.0"`)
	}
	return r, nil
}

// UnmarshalText makes an error about a value one with its position.
func (r *Range) UnmarshalText(text []byte) (err error) {
	*r, err = ParseRange(string(text))
	return err
}

// MarshalText is the range as it was written.
func (r Range) MarshalText() ([]byte, error) { return []byte(r.text), nil }

func (r Range) String() string {
	if r.text == "" {
		return "of any kind"
	}
	return r.text
}

// Contains reports whether a version is in the range.
func (r Range) Contains(version string) bool {
	for _, t := range r.terms {
		// Build metadata is no part of the order, but "+incompatible" is of the name.
		c := semver.Compare(version, t.version)
		ok := false
		switch t.op {
		case ">=":
			ok = c >= 0
		case "<=":
			ok = c <= 0
		case ">":
			ok = c > 0
		case "<":
			ok = c < 0
		case "=":
			ok = c == 0
		}
		if !ok {
			return false
		}
	}
	return true
}
