package compile

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/gate"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/trust/policy"
	"github.com/pgstd/pgstd/trust/provenance"
	"github.com/pgstd/pgstd/trust/source"
)

// moduleSet is what functions may import besides the standard library: what the
// packages of an administrator's module are and import. Its pgtrust.toml says which
// modules of others may be among it, and counts as an administrator's, exceptions
// included: he has started the compiler with it.
type moduleSet struct {
	module  *extension.Module
	flags   []string           // of go commands that resolve it, while it is read
	files   map[string][]byte  // what these name, for later
	verdict *provenance.Source // of the source gate
	judged  *source.Result
}

// modFiles are what a set is resolved by, as [kit.Kit.Resolve] leaves it.
var modFiles = []string{"go.mod", "go.sum"}

// openModules reads a set and has the source gate judge all of it. It changes the kit,
// which then resolves the set's packages.
func openModules(ctx context.Context, k *kit.Kit, dir string) (*moduleSet, error) {
	m, err := extension.FindModule(dir)
	if err != nil {
		return nil, err
	}
	if m.Path == kit.ModulePath {
		return nil, fmt.Errorf("modules of %s: %s is the kit itself; functions import its package pg without being told", dir, m.Path)
	}
	if err := k.See(m); err != nil {
		return nil, err
	}
	if special := source.Special(k.Sources...); special != nil {
		return nil, &source.Refused{Result: &source.Result{Findings: special}}
	}
	file := filepath.Join(m.Dir, policy.FileName)
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		file = "" // no module of others, then
	}
	p, err := policy.Find(file, m.Dir, source.Acceptable())
	if err != nil {
		return nil, err
	}
	k.Reviewed = gate.Reviewed(p)
	set := &moduleSet{module: m, files: map[string][]byte{}}
	if set.flags, err = k.Resolve(m, k.Work); err != nil {
		return nil, err
	}
	if set.flags != nil {
		for _, name := range modFiles {
			if set.files[name], err = os.ReadFile(filepath.Join(k.Work, name)); err != nil {
				return nil, err
			}
		}
	}
	const all = "./..."
	cfg := gate.Config(k, m, m.Dir, set.flags, all)
	var result *source.Result
	err = k.Fetching(ctx, m.Dir, slices.Concat([]string{"list"}, cfg.BuildFlags, []string{all}), func() error {
		if result, err = gate.Judge(ctx, k, cfg, p); err != nil {
			return err
		}
		return gate.LacksModules(result)
	})
	if err != nil {
		return nil, err
	}
	if !result.OK() {
		result.Relative(m.Dir)
		return nil, fmt.Errorf("modules of %s: %w", dir, &source.Refused{Result: result})
	}
	set.judged = result
	set.verdict = (&gate.Gate{Policy: p, Result: result}).Record()
	return set, nil
}

// resolve makes ready to find the set's packages once more, as what they were judged as: whatever
// go.mod has become, the modules are the same. It returns the flags of go commands.
func (s *moduleSet) resolve(k *kit.Kit) ([]string, error) {
	if s.flags == nil {
		return nil, nil
	}
	dir, err := os.MkdirTemp(k.Work, "set-")
	if err != nil {
		return nil, err
	}
	for _, name := range modFiles {
		if err := os.WriteFile(filepath.Join(dir, name), s.files[name], 0o644); err != nil {
			return nil, err
		}
	}
	return append([]string{"-modfile=" + filepath.Join(dir, "go.mod")}, s.flags[1:]...), nil
}

// offer marks the packages that functions may import: those of the administrator's
// module, and those that they import.
func offer(listed []*listedPackage, packages map[string]preparedPackage) {
	mark := func(name string) {
		p, ok := packages[name]
		if ok && !p.Std && p.Name != "main" && !kit.Carries(name) && !isInternal(name) {
			p.Offered = true
			packages[name] = p
		}
	}
	for _, l := range listed {
		if l.Module != nil && l.Module.Main && l.Module.Path != kit.ModulePath {
			mark(l.ImportPath)
			for _, name := range l.Imports {
				mark(name)
			}
		}
	}
}

// listedModule is what go list says of a package's module.
type listedModule struct {
	Path, Version, Sum string
	Main               bool
	Replace            *listedModule
}

// debug is what the go command would have the linker write of the module.
func (m *listedModule) debug() *debug.Module {
	d := &debug.Module{Path: m.Path, Version: m.Version, Sum: m.Sum}
	if m.Replace != nil {
		d.Sum = ""
		d.Replace = m.Replace.debug()
	}
	return d
}

func debugModules(list []listedModule) []*debug.Module {
	modules := make([]*debug.Module, len(list))
	for i := range list {
		modules[i] = list[i].debug()
	}
	return modules
}

// modulesOf returns the modules that packages bring into an object, sorted, and the
// packages that do.
func (p *prepared) modulesOf(imports []string) ([]listedModule, map[string]bool) {
	seen := map[string]bool{}
	var modules []listedModule
	known := func(path string) bool {
		return slices.ContainsFunc(modules, func(m listedModule) bool { return m.Path == path })
	}
	var visit func(name string)
	visit = func(name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		pkg := p.packages[name]
		if m := pkg.Module; m != nil && !known(m.Path) {
			modules = append(modules, *m)
		}
		for _, i := range pkg.Imports {
			visit(i)
		}
	}
	for _, name := range imports {
		visit(name)
	}
	slices.SortFunc(modules, func(a, b listedModule) int { return strings.Compare(a.Path, b.Path) })
	return modules, seen
}

// linkedModules reads from an object which modules are in it, as PATH VERSION, one a
// line.
func linkedModules(object []byte) (string, error) {
	info, err := provenance.BuildInfo(object)
	if err != nil {
		return "", fmt.Errorf("reading what an object is made of: %w", err)
	}
	return moduleLines(info.Deps), nil
}

// moduleLines names modules as PATH VERSION, one a line.
func moduleLines(modules []*debug.Module) string {
	var lines []string
	for _, m := range modules {
		line := strings.TrimSpace(m.Path + " " + m.Version)
		if r := m.Replace; r != nil && r.Path != "./vendor/"+m.Path {
			line += strings.TrimRight(" => "+r.Path+" "+r.Version, " ")
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// offered are the packages of modules that functions can import, sorted.
func (p *prepared) offered() []string {
	var names []string
	for name, pkg := range p.packages {
		if pkg.Offered {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// offeredNames lists what functions may import, for messages: all of it, or how many there are more.
func (p *prepared) offeredNames() string {
	const most = 12
	names := append([]string{path.Join(kit.ModulePath, "pg")}, p.offered()...)
	if more := len(names) - most; more > 0 {
		names = append(names[:most], fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", ")
}
