package target

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/source"
)

// Review is what somebody has found out about a module.
type Review struct {
	Module   string
	Reason   string // why what it does is harmless although it breaks rules
	Packages string // where to look for it; empty: "./..."
}

// Added is an entry that has been written.
type Added struct {
	File    string
	Version string
	Accept  []policy.Accept
}

// AddToPolicy checks packages and writes what a module of theirs is, and which rules
// it breaks, into the policy of the request, or that of the author's module.
func AddToPolicy(ctx context.Context, r Request, review Review) (*Added, error) {
	if err := r.absolute(); err != nil {
		return nil, err
	}
	p, err := r.policyToChange()
	if err != nil {
		return nil, err
	}
	if review.Packages == "" {
		review.Packages = "./..."
	}
	entry, err := r.review(ctx, review)
	if err != nil {
		return nil, err
	}
	text, err := p.With(*entry, source.Acceptable())
	if err != nil {
		return nil, err
	}
	if err := atomicfile.Write(p.File, text, 0o644); err != nil {
		return nil, fmt.Errorf("writing the policy: %w", err)
	}
	return &Added{File: relativeTo(r.Dir, p.File), Version: entry.Versions.String(), Accept: entry.Accept}, nil
}

// policyToChange reads the policy of the request, or that of the author's module; one that there
// is not yet has no entries.
func (r Request) policyToChange() (*policy.Policy, error) {
	file := r.Policy
	if file == policy.CuratedName {
		return nil, fmt.Errorf("the policy %s is pgbuild's own; name a file with --policy", file)
	}
	m, err := extension.FindModule(r.Dir)
	if err != nil {
		return nil, err
	}
	if file == "" {
		file = filepath.Join(m.Dir, policy.FileName)
	}
	p, err := policy.Read(file, source.Acceptable())
	if errors.Is(err, fs.ErrNotExist) {
		return &policy.Policy{File: file}, nil
	}
	return p, err
}

func relativeTo(base, name string) string {
	if rel, err := filepath.Rel(base, name); err == nil && len(rel) < len(name) {
		return rel
	}
	return name
}

// review judges packages by the strictest policy and makes an entry of what it finds
// in the module.
func (r Request) review(ctx context.Context, review Review) (*policy.Entry, error) {
	r.Deps = policy.Checked
	result, err := r.check(ctx, []string{review.Packages}, func(*extension.Module) (*policy.Policy, error) {
		return &policy.Policy{}, nil
	})
	if err != nil {
		return nil, err
	}
	if err := result.Unresolved(); err != nil {
		return nil, err
	}
	i := slices.IndexFunc(result.Modules, func(m source.Module) bool { return m.Content().Path == review.Module })
	if i < 0 {
		var names []string
		for _, m := range result.Modules {
			names = append(names, m.Content().Path)
		}
		return nil, fmt.Errorf("%s takes in no package of %s; its modules are %s", review.Packages, review.Module, strings.Join(names, ", "))
	}
	m := result.Modules[i].Content()
	dir := result.Modules[i].Dir
	if m.Sum == "" {
		return nil, fmt.Errorf("go.sum has no hash of %s %s; run: go mod tidy", m.Path, m.Version)
	}
	now := time.Now()
	entry := &policy.Entry{
		Path: m.Path, Sums: []policy.Sum{policy.Sum(m.Sum)},
		Reviewed: toml.LocalDate{Year: now.Year(), Month: int(now.Month()), Day: now.Day()},
	}
	if m.Version != "" {
		if entry.Versions, err = policy.ParseRange(m.Version); err != nil {
			return nil, err
		}
	}
	var refused, broken []string
	for _, f := range result.Findings {
		if f.Module != m.Path {
			continue
		}
		if source.Find(f.Rule).Final {
			refused = append(refused, f.String())
			continue
		}
		broken = append(broken, f.String())
		j := slices.IndexFunc(entry.Accept, func(a policy.Accept) bool { return a.Rule == f.Rule })
		if j < 0 {
			j = len(entry.Accept)
			entry.Accept = append(entry.Accept, policy.Accept{Rule: f.Rule, Reason: review.Reason})
		}
		place := f.Pos
		place.File = inModule(place.File, dir)
		entry.Accept[j].Findings = append(entry.Accept[j].Findings, place.String())
	}
	switch {
	case refused != nil:
		return nil, fmt.Errorf("%s breaks rules that no policy can accept; do without it:\n%s", m.Path, strings.Join(refused, "\n"))
	case broken != nil && strings.TrimSpace(review.Reason) == "":
		return nil, fmt.Errorf("%s breaks rules; if you have reviewed that, say with --reason why it is harmless:\n%s", m.Path, strings.Join(broken, "\n"))
	}
	return entry, nil
}

// inModule makes the name of a file relative to its module, so that it is the same on
// every machine.
func inModule(name, dir string) string {
	if rel, err := filepath.Rel(dir, name); err == nil {
		return filepath.ToSlash(rel)
	}
	return name
}
