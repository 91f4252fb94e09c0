package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/pgstd/pgstd/internal/regular"
	"github.com/pgstd/pgstd/trust/policy"
)

// Build is everything of a build that is judged.
type Build struct {
	Packages []*Package

	order    []*Package // these and the kit's, dependencies first
	cfg      Config
	main     *mainModule
	findings []Finding // made while loading
	// unresolved are packages that the go command does not find, by path: what a build takes in is
	// not known whole.
	unresolved map[string]Finding
	imports    map[*Package][]string
	sources    map[string]*Package // packages of which there is the source, by path
	verdicts   *verdicts
	// originals are the modules that vendored ones are compared with, by required path.
	originals map[string]original
	fset      *token.FileSet
	kitHash   string   // of the kit's packages
	tooMuch   *Finding // why the types are not known, if they are not
}

// Load finds the packages of a build and reads their folders. It parses nothing yet:
// what has been judged before need not be.
func Load(ctx context.Context, cfg Config) (*Build, error) {
	if len(cfg.Patterns) == 0 {
		cfg.Patterns = []string{"."}
	}
	b := &Build{cfg: cfg, imports: map[*Package][]string{}, sources: map[string]*Package{}, originals: map[string]original{}, fset: token.NewFileSet(), unresolved: map[string]Finding{}}
	var err error
	if b.kitHash, err = hashKit(); err != nil {
		return nil, err
	}
	list, err := cfg.list(ctx, listFields, []string{"-deps"}, cfg.Patterns)
	if err != nil {
		return nil, err
	}
	budget := int64(maxBuild)
	importer := importers(list)
	modules := map[string]*Module{}
	for _, l := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if l.Error != nil {
			f := l.failure(cfg.Dir)
			b.findings = append(b.findings, f)
			if l.Dir == "" {
				b.unresolved[l.ImportPath] = f
			}
		}
		if l.Standard || l.Dir == "" {
			continue
		}
		m, err := l.module(&cfg)
		if err != nil {
			return nil, err
		}
		if first := modules[m.Path]; first != nil {
			m = first // so that what is found out about it later holds for all its packages
		}
		modules[m.Path] = m
		if m.Path == kitPath && isPackagePath(l.ImportPath, kitPath+"/pg") {
			if err := b.readKit(l, m); err != nil {
				return nil, err
			}
			continue
		}
		p := &Package{Path: l.ImportPath, Module: m, Dir: l.Dir, Fset: b.fset, ImportedBy: importer[l.ImportPath]}
		tooBig, err := p.readFolder(l.built(), &budget)
		if err != nil {
			return nil, err
		}
		if tooBig == nil {
			tooBig = p.readEmbeds(ctx, l.EmbedFiles, &budget)
		}
		if tooBig != nil {
			b.findings = append(b.findings, *tooBig)
			continue
		}
		b.vendored(p)
		b.Packages = append(b.Packages, p)
		b.add(p, l)
	}
	return b, b.readModule()
}

func (b *Build) add(p *Package, l *listed) {
	b.order = append(b.order, p)
	b.imports[p] = l.Imports
	b.sources[p.Path] = p
}

// importers says for each package which one imported it first.
func importers(list []*listed) map[string]string {
	by := map[string]string{}
	for _, l := range slices.Backward(list) {
		for _, path := range l.Imports {
			by[path] = l.ImportPath
		}
	}
	return by
}

// embedPosition finds the directive that takes a file in: the first that could.
func (p *Package) embedPosition(name string) Position {
	first := Position{File: p.Dir}
	for _, f := range p.Files {
		at := 0
		for line := range bytes.Lines(f.Data) {
			if i := bytes.Index(line, []byte("//go:embed ")); i >= 0 {
				here := f.offset(at + i)
				if first.Line == 0 {
					first = here
				}
				for word := range strings.FieldsSeq(string(line[i+len("//go:embed "):])) {
					word = strings.TrimPrefix(strings.Trim(word, "\"`"), "all:")
					if ok, _ := filepath.Match(word, name); ok || strings.HasPrefix(name, word+"/") {
						return here
					}
				}
			}
			at += len(line)
		}
	}
	return first
}

// readModule reads what the rules about modules look at, and gives folders a hash.
func (b *Build) readModule() error {
	dir := b.cfg.ModuleDir
	b.main = &mainModule{Module: Module{Dir: dir}, GoModule: filepath.Join(dir, "go.mod")}
	data, err := regular.Read(dir, "go.mod", regular.Text)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the module file: %w", err)
	}
	b.main.GoMod = data
	if entries, err := os.ReadDir(dir); err == nil {
		for _, e := range entries {
			b.main.Folder = append(b.main.Folder, e.Name())
		}
	}
	for _, p := range b.Packages {
		m := p.Module
		if m.own() && m.Sum == "" {
			if m.Sum, err = b.hashFolder(m); err != nil {
				return err
			}
		}
		if m.Main {
			b.main.Module = *m
		}
	}
	return nil
}

// Check judges what has been loaded.
func (b *Build) Check(ctx context.Context, p *policy.Policy, deps policy.Deps) (*Result, error) {
	findings := slices.Clone(b.findings)
	for i := range Rules {
		if check := Rules[i].checkModule; check != nil {
			check(&modulePass{mainModule: b.main, rule: &Rules[i], findings: &findings})
		}
	}
	e := newEnv()
	e.unresolved = b.unresolved
	b.verdicts = openVerdicts(&b.cfg, b.kitHash)
	keys := b.keys()
	known := map[*Package][]Finding{}
	for _, pkg := range b.Packages {
		if found, ok := b.verdicts.get(keys[pkg]); ok {
			known[pkg] = found
			findings = append(findings, found...)
		}
	}
	if len(known) < len(b.Packages) {
		if err := b.understand(ctx, e, known); err != nil {
			return nil, err
		}
		if b.tooMuch != nil {
			return judge(append(findings, *b.tooMuch), b.Packages, p, deps, b.cfg.StrictFiles, b.main), nil
		}
		for _, pkg := range b.Packages {
			if _, ok := known[pkg]; ok {
				continue
			}
			found := e.checkPackage(pkg)
			b.verdicts.put(keys[pkg], found)
			findings = append(findings, found...)
		}
	}
	return judge(findings, b.Packages, p, deps, b.cfg.StrictFiles, b.main), nil
}

// understand parses and type-checks the packages without a verdict, and of those
// that they import, what others can see.
func (b *Build) understand(ctx context.Context, e *env, known map[*Package][]Finding) error {
	needed := map[*Package]bool{}
	for _, p := range slices.Backward(b.order) {
		if _, ok := known[p]; !ok && !p.kit {
			needed[p] = true
		}
		if needed[p] {
			for _, path := range b.imports[p] {
				if dep := b.sources[path]; dep != nil {
					needed[dep] = true
				}
			}
		}
	}
	var group sync.WaitGroup
	for p := range needed {
		group.Go(p.parse)
	}
	group.Wait()
	exports, err := b.exportData(ctx, needed)
	if err != nil {
		return err
	}
	imp := &importer{sources: b.sources, exports: exports, fset: b.fset, loaded: map[string]*types.Package{}}
	for _, p := range b.order {
		if !needed[p] {
			continue
		}
		e.measure(p)
		if len(p.bigStrings) > 0 {
			continue
		}
		_, declarations := known[p]
		if err := b.typeCheck(ctx, p, imp, declarations || p.kit); err != nil || b.tooMuch != nil {
			return err
		}
	}
	return nil
}

// Run loads and judges.
func Run(ctx context.Context, cfg Config, p *policy.Policy, deps policy.Deps) (*Result, error) {
	b, err := Load(ctx, cfg)
	if err != nil {
		return nil, err
	}
	r, err := b.Check(ctx, p, deps)
	if r != nil {
		r.build = b
	}
	return r, err
}
