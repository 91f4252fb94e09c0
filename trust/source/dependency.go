package source

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/regular"
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
	is := m.Content()
	refuse := func(format string, args ...any) []Finding {
		f := Finding{Rule: "dependency", Pos: at, Package: pkg.Path, Message: fmt.Sprintf(format, args...)}
		f.of(m)
		return []Finding{f}
	}
	by := ""
	if pkg.ImportedBy != "" {
		by = fmt.Sprintf(", which %s imports,", pkg.ImportedBy)
	}
	listed, why := p.Listed(is)
	switch {
	case why != "":
		return refuse("module %s is not as the policy wants it: %s", m, why)
	case listed:
		return differs(m, p, refuse)
	case deps == policy.Checked || deps == "" && p.Deps == policy.Checked && p.Administrators:
		return nil
	case p.File == "":
		return refuse("module %s%s is on no list; review it and run: pgbuild policy add %s (or allow what passes every rule with --deps=checked)", m, by, is.Path)
	}
	return refuse("module %s%s is not listed in %s; review it and run: pgbuild policy add %s (or allow what passes every rule with --deps=checked)", m, by, p.File, is.Path)
}

// differs compares a module that may break rules with its hash: what lies in the
// module cache could have been changed since the go command put it there.
func differs(m *Module, p *policy.Policy, refuse func(string, ...any) []Finding) []Finding {
	is := m.Content()
	if !p.Excepts(is.Path) || is.Folder || m.Vendored {
		return nil
	}
	sum, err := dirhash.HashDir(m.Dir, is.Path+"@"+is.Version, dirhash.Hash1)
	if err != nil {
		return refuse("module %s cannot be compared with its hash: %v", m, err)
	}
	if sum != m.Sum {
		return refuse("module %s in %s has been changed: its hash is %s, not %s; run: go clean -modcache", m, m.Dir, sum, m.Sum)
	}
	return nil
}

// moduleCache finds a module's own folder and says whether its content is that of
// its hash.
func (cfg *Config) moduleCache(is policy.Module) (string, error) {
	escaped, err := module.EscapePath(is.Path)
	if err != nil {
		return "", err
	}
	version, err := module.EscapeVersion(is.Version)
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cfg.ModCache, filepath.FromSlash(escaped)+"@"+version)
	sum, err := dirhash.HashDir(dir, is.Path+"@"+is.Version, dirhash.Hash1)
	if err != nil {
		return "", fmt.Errorf("it is not in the module cache: %w", err)
	}
	if sum != is.Sum {
		return "", fmt.Errorf("the module cache has %s, go.sum %s", sum, is.Sum)
	}
	return dir, nil
}

// goSum looks a module up in the go.sum of a folder.
func goSum(dir, path, version string) (string, error) {
	data, err := regular.Read(dir, "go.sum", regular.List)
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

// original is where the module cache has a module, found and compared once.
type original struct {
	dir string
	err error
}

// vendored compares a package that comes from a vendor folder with the module cache:
// every file that lies beside it and every one that it embeds, whatever its name ends in.
func (b *Build) vendored(p *Package) {
	m := p.Module
	if !m.Vendored || m.own() {
		return
	}
	is := m.Content()
	refuse := func(name, format string, args ...any) {
		f := Finding{Rule: "vendor", Pos: Position{File: name}, Package: p.Path, Message: fmt.Sprintf(format, args...)}
		f.of(m)
		b.findings = append(b.findings, f)
	}
	o, known := b.originals[m.Path]
	if !known {
		o.dir, o.err = b.cfg.moduleCache(is)
		b.originals[m.Path] = o
	}
	if o.err != nil {
		refuse(p.Dir, "a vendored package that cannot be compared with %s %s: %v; run: go mod download %s", is.Path, is.Version, o.err, is.Path)
		return
	}
	rel := strings.TrimPrefix(strings.TrimPrefix(p.Path, m.Path), "/")
	same := func(name string, digest [sha256.Size]byte) {
		want, _, err := regular.Digest(o.dir, filepath.Join(filepath.FromSlash(rel), name), regular.Embed)
		if err != nil || want != digest {
			refuse(filepath.Join(p.Dir, name), "a vendored file that differs from the one of %s %s; run: go mod vendor", is.Path, is.Version)
		}
	}
	seen := map[string]bool{}
	for _, f := range p.Files {
		seen[base(f.Name)] = true
		same(base(f.Name), sha256.Sum256(f.Data))
	}
	for _, e := range p.Embeds {
		seen[e.Name] = true
		same(filepath.FromSlash(e.Name), e.Digest)
	}
	for _, other := range p.Others {
		if name := base(other.Name); !other.Dir && !seen[name] {
			digest, _, err := regular.Digest(p.Dir, name, regular.Embed)
			if err != nil {
				refuse(other.Name, "a vendored file that cannot be compared: %v", err)
				continue
			}
			same(name, digest)
		}
	}
}
