package source

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/trust/policy"
	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
)

// checkListed applies the policy to a module that is required at a place; pkg is the
// first package of it.
func checkListed(m *Module, pkg *Package, p *policy.Policy, deps policy.Deps, at Position) []Finding {
	if m.own() {
		return nil
	}
	refuse := func(format string, args ...any) []Finding {
		return []Finding{{
			Rule: "dependency", Pos: at, Package: pkg.Path, Module: m.Path, Version: m.Version,
			Message: fmt.Sprintf(format, args...),
		}}
	}
	by := ""
	if pkg.ImportedBy != "" {
		by = fmt.Sprintf(", which %s imports,", pkg.ImportedBy)
	}
	listed, why := p.Listed(m.policyModule())
	switch {
	case why != "":
		return refuse("module %s %s is not as the policy wants it: %s", m.Path, m.Version, why)
	case listed:
		return differs(m, p, refuse)
	case deps == policy.Checked || deps == "" && p.Deps == policy.Checked && p.Administrators:
		return nil
	case p.File == "":
		return refuse("module %s %s%s is on no list; review it and run: pgbuild policy add %s (or allow what passes every rule with --deps=checked)", m.Path, m.Version, by, m.Path)
	}
	return refuse("module %s %s%s is not listed in %s; review it and run: pgbuild policy add %s (or allow what passes every rule with --deps=checked)", m.Path, m.Version, by, p.File, m.Path)
}

// differs compares a module that may break rules with its hash: what lies in the
// module cache could have been changed since the go command put it there.
func differs(m *Module, p *policy.Policy, refuse func(string, ...any) []Finding) []Finding {
	if !p.Excepts(m.Path) || m.Version == "" || m.vendored {
		return nil
	}
	sum, err := dirhash.HashDir(m.Dir, m.Path+"@"+m.Version, dirhash.Hash1)
	if err != nil {
		return refuse("module %s %s cannot be compared with its hash: %v", m.Path, m.Version, err)
	}
	if sum != m.Sum {
		return refuse("module %s %s in %s has been changed: its hash is %s, not %s; run: go clean -modcache", m.Path, m.Version, m.Dir, sum, m.Sum)
	}
	return nil
}

// moduleCache finds a module's own folder and says whether its content is that of
// its hash.
func (cfg *Config) moduleCache(m *Module) (string, error) {
	escaped, err := module.EscapePath(m.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cfg.ModCache, filepath.FromSlash(escaped)+"@"+version)
	sum, err := dirhash.HashDir(dir, m.Path+"@"+m.Version, dirhash.Hash1)
	if err != nil {
		return "", fmt.Errorf("it is not in the module cache: %w", err)
	}
	want, err := goSum(filepath.Join(cfg.ModuleDir, "go.sum"), m.Path, m.Version)
	if err != nil {
		return "", err
	}
	if sum != want {
		return "", fmt.Errorf("the module cache has %s, go.sum %s", sum, want)
	}
	return dir, nil
}

// goSum looks a module up in go.sum.
func goSum(file, path, version string) (string, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(data)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == path && f[1] == version {
			return f[2], nil
		}
	}
	return "", fmt.Errorf("go.sum has no hash of %s %s", path, version)
}

// vendored compares a package that comes from a vendor folder with the module cache.
func (b *Build) vendored(p *Package) {
	m := p.Module
	if !m.vendored {
		return
	}
	refuse := func(name, why string) {
		b.findings = append(b.findings, Finding{
			Rule: "vendor", Pos: Position{File: name}, Package: p.Path, Module: m.Path, Version: m.Version,
			Message: why,
		})
	}
	original, err := b.cfg.moduleCache(m)
	if err != nil {
		refuse(p.Dir, fmt.Sprintf("a vendored package that cannot be compared with %s %s: %v; run: go mod download %s", m.Path, m.Version, err, m.Path))
		return
	}
	rel := strings.TrimPrefix(strings.TrimPrefix(p.Path, m.Path), "/")
	for _, f := range p.Files {
		want, err := os.ReadFile(filepath.Join(original, filepath.FromSlash(rel), base(f.Name)))
		if err != nil || string(want) != string(f.Data) {
			refuse(f.Name, fmt.Sprintf("a vendored file that differs from the one of %s %s; run: go mod vendor", m.Path, m.Version))
		}
	}
}
