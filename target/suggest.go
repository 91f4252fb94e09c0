package target

import (
	"context"
	"fmt"
	"slices"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

// Suggested is a policy with an entry for each module of a build.
type Suggested struct {
	File    string // where it belongs
	Text    []byte
	Added   []SuggestedEntry
	Refused []RefusedModule
}

// RefusedModule is a module that breaks rules, and that the curated policy does not have.
type RefusedModule struct {
	Path   string
	Breaks string // with its version
	Why    string // it could not be judged to be harmless; empty: nobody has tried
}

// SuggestedEntry is an entry that the policy did not have.
type SuggestedEntry struct {
	policy.Entry
	Curated bool // as the curated policy has it; others pass every rule
}

// SuggestPolicy finds the modules that packages take in, and makes entries for those that the
// policy of the request, or the author's, does not list. It writes nothing.
func SuggestPolicy(ctx context.Context, r Request, packages string) (*Suggested, error) {
	if err := r.absolute(); err != nil {
		return nil, err
	}
	p, err := r.policyToChange()
	if err != nil {
		return nil, err
	}
	rules := source.Acceptable()
	curated, err := policy.Curated(rules)
	if err != nil {
		return nil, err
	}
	r.Deps = policy.Checked
	result, err := r.check(ctx, []string{packages}, func(*extension.Module) (*policy.Policy, error) { return &policy.Policy{}, nil })
	if err != nil {
		return nil, err
	}
	if err := result.Unresolved(); err != nil {
		return nil, err
	}
	s := &Suggested{File: relativeTo(r.Dir, p.File), Text: p.Text()}
	for _, used := range result.Modules {
		is := used.Content()
		if is.Folder || p.Entry(is) != nil {
			continue
		}
		entry, breaks, err := suggest(is, curated, result)
		if err != nil {
			return nil, err
		}
		if entry == nil {
			s.Refused = append(s.Refused, RefusedModule{is.Path, fmt.Sprintf("%s breaks %s", &used, breaks), policy.LeftOut(is.Path)})
			continue
		}
		if s.Text, err = p.With(entry.Entry, rules); err != nil {
			return nil, err
		}
		if p, err = policy.Parse(p.File, s.Text, rules); err != nil {
			return nil, err
		}
		s.Added = append(s.Added, *entry)
	}
	return s, nil
}

// suggest makes the entry of a module, or says what is against it.
func suggest(is policy.Module, curated *policy.Policy, result *source.Result) (entry *SuggestedEntry, breaks string, err error) {
	if known := curated.Entry(is); known != nil {
		return &SuggestedEntry{Entry: *known, Curated: true}, "", nil
	}
	for _, rule := range source.Rules {
		n := len(slices.DeleteFunc(slices.Clone(result.Findings), func(f source.Finding) bool {
			return f.Rule != rule.Name || f.Module != is.Path
		}))
		switch {
		case n == 0:
			continue
		case breaks != "":
			breaks += ", "
		}
		breaks += fmt.Sprintf("%s (%d)", rule.Name, n)
	}
	if breaks != "" {
		return nil, breaks, nil
	}
	if is.Sum == "" {
		return nil, "", fmt.Errorf("go.sum has no hash of %s %s; run: go mod tidy", is.Path, is.Version)
	}
	entry = &SuggestedEntry{Entry: policy.Entry{Path: is.Path, Sums: []policy.Sum{policy.Sum(is.Sum)}}}
	entry.Versions, err = policy.ParseRange(is.Version)
	return entry, "", err
}
