package source

import (
	"cmp"
	"slices"

	"github.com/pgstd/pgstd/trust/policy"
)

// judge parts findings into what is refused and what a policy accepts, and adds what
// the policy itself refuses: modules.
func judge(findings []Finding, packages []*Package, p *policy.Policy, deps policy.Deps) *Result {
	if p == nil {
		p = &policy.Policy{}
	}
	r := &Result{Findings: []Finding{}, Accepted: []Finding{}}
	modules := map[string]*Module{}
	for _, pkg := range packages {
		if m := pkg.Module; m != nil && modules[m.Path] == nil {
			modules[m.Path] = m
			r.Modules = append(r.Modules, *m)
			findings = append(findings, checkListed(m, pkg, p, deps)...)
		}
	}
	for _, f := range findings {
		m := modules[f.Module]
		if rule := Find(f.Rule); m != nil && rule != nil && !rule.Final {
			if reason, ok := p.Accepts(m.policyModule(), f.Rule); ok {
				f.Reason = reason
				r.Accepted = append(r.Accepted, f)
				continue
			}
		}
		r.Findings = append(r.Findings, f)
	}
	sortFindings(r.Findings)
	r.Findings = slices.Compact(r.Findings)
	sortFindings(r.Accepted)
	r.Accepted = slices.Compact(r.Accepted)
	slices.SortFunc(r.Modules, func(a, b Module) int { return cmp.Compare(a.Path, b.Path) })
	return r
}
