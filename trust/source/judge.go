package source

import (
	"cmp"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/trust/policy"
	"golang.org/x/mod/modfile"
)

// judge parts findings into what is refused and what a policy accepts, and adds what
// the policy itself refuses: modules. The policy is asked about what a module is, by the
// package that a finding is in: what it is called is for its author to choose.
func judge(findings []Finding, packages []*Package, p *policy.Policy, deps policy.Deps, strictFiles bool, main *mainModule) *Result {
	if p == nil {
		p = &policy.Policy{}
	}
	r := &Result{Findings: []Finding{}, Accepted: []Finding{}, LeftOut: []Finding{}, Modules: []Module{}, Packages: []Record{}}
	known := map[string]bool{} // by the path that is required, of which a build has one each
	owner := map[string]*Module{}
	for _, pkg := range packages {
		m := pkg.Module
		if m == nil {
			continue
		}
		owner[pkg.Path] = m
		if !known[m.Path] {
			known[m.Path] = true
			r.Modules = append(r.Modules, *m)
			findings = append(findings, checkListed(m, pkg, p, deps, main.required(m))...)
		}
	}
	for _, f := range findings {
		if f.Unselected && !strictFiles {
			r.LeftOut = append(r.LeftOut, f)
			continue
		}
		m := owner[f.Package]
		if m == nil && main != nil && f.Package == "" {
			m = &main.Module
		}
		if rule := Find(f.Rule); m != nil && rule != nil && !rule.Final {
			if reason, ok := p.Accepts(m.Content(), f.Package, f.Rule); ok {
				f.Reason = reason
				r.Accepted = append(r.Accepted, f)
				continue
			}
			if p.Claims(m.Content(), f.Package, f.Rule) {
				f.Message += fmt.Sprintf("; %s accepts it, but only a policy given with --policy can", filepath.Base(p.File))
			}
		}
		r.Findings = append(r.Findings, f)
	}
	sortFindings(r.Findings)
	r.Findings = slices.Compact(r.Findings)
	sortFindings(r.Accepted)
	r.Accepted = slices.Compact(r.Accepted)
	r.LeftOut = sortFindings(r.LeftOut)
	slices.SortFunc(r.Modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	for _, pkg := range packages {
		r.Packages = append(r.Packages, pkg.record(r, p))
	}
	slices.SortFunc(r.Packages, func(a, b Record) int { return cmp.Compare(a.Path, b.Path) })
	return r
}

// required is the place where go.mod requires a module.
func (main *mainModule) required(m *Module) Position {
	if main != nil {
		if f, err := modfile.ParseLax(main.GoModule, main.GoMod, nil); err == nil {
			for _, r := range f.Require {
				if r.Mod.Path == m.Path {
					return Position{main.GoModule, r.Syntax.Start.Line, r.Syntax.Start.LineRune}
				}
			}
		}
		return Position{File: main.GoModule}
	}
	return Position{File: m.Dir}
}
