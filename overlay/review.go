package overlay

import (
	"cmp"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/version"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
)

// Review is how a release of Go relates to those that were reviewed: what a person has to look
// at before builds with it can be trusted.
type Review struct {
	Release string
	Since   string   // the reviewed release that it is compared with
	Stale   []string // rules and replacements that do not fit
	Changed []Change // what is replaced, dropped or changed, and is not as it was
}

// Change is a declaration, or a file, that the overlay takes out or changes.
type Change struct {
	Path string // package and file
	Decl string
	What string // how it is different
}

// Clean reports whether nobody has to look.
func (r *Review) Clean() bool { return len(r.Stale) == 0 && len(r.Changed) == 0 }

// ReviewRelease compares the library of c.Go with what the lock file knows. The release need not
// be one that builds are allowed with, nor do the rules have to fit.
func ReviewRelease(ctx context.Context, c Config) (*Review, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	sections, err := parseLock(c.Lock)
	if err != nil {
		return nil, err
	}
	files, _, err := readTrees(c.Trees)
	if err != nil {
		return nil, err
	}
	t, err := c.target(ctx)
	if err != nil {
		return nil, err
	}
	var errs problems
	m := &made{target: t, plans: plan(files, t, &errs)}
	r := &Review{Release: c.Go.Version}
	if err := errs.err(); err != nil {
		r.Stale = strings.Split(err.Error(), "\n")
	} else if _, err := assemble(files, t); err != nil {
		r.Stale = strings.Split(err.Error(), "\n")
	}
	known, err := lastReviewed(sections, c.Go.Version, c.GOARCH)
	if err != nil {
		return nil, err
	}
	was := known.nearest(c.Go.Version)
	r.Since = was.release
	r.compare(m.section(), was, known)
	return r, nil
}

// lastReviewed are the sections of the release's own minor release, or, if there is none, of the
// last one before it.
func lastReviewed(sections []section, release, goarch string) (releases, error) {
	var known releases
	for _, s := range sections {
		if s.goarch != goarch || version.Compare(s.minor, version.Lang(release)) > 0 {
			continue
		}
		if len(known) > 0 && version.Compare(s.minor, known[0].minor) > 0 {
			known = nil
		}
		if len(known) == 0 || s.minor == known[0].minor {
			known = append(known, s)
		}
	}
	if len(known) == 0 {
		return nil, fmt.Errorf("lock file: no release up to %s for linux/%s was reviewed (%s)", release, goarch, list(sections))
	}
	return known, nil
}

func (r *Review) compare(now, was section, known releases) {
	locked := map[string]pin{}
	for _, p := range was.pins {
		locked[p.key()] = p
	}
	same := now.minor == was.minor
	for _, p := range now.pins {
		old, ok := locked[p.key()]
		delete(locked, p.key())
		switch {
		case same && known.has(p), ok && old.sig == p.sig && old.body == p.body:
		case !ok:
			r.add(p, "is new, and taken out or changed, other")
		case old.sig != p.sig:
			r.add(p, "has another signature")
		default:
			r.add(p, "has another body")
		}
	}
	for _, p := range locked {
		if !same || !known.lacks(p) {
			r.add(p, "is there no longer, other")
		}
	}
	slices.SortFunc(r.Changed, func(a, b Change) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Decl, b.Decl)) })
}

func (r *Review) add(p pin, what string) {
	r.Changed = append(r.Changed, Change{p.path(), p.subject(), what})
}

// Exported lists what packages of a GOROOT's library have for others: "PATH NAME" and
// "PATH TYPE.NAME", of all architectures and systems, sorted.
func Exported(root string) ([]string, error) {
	src := filepath.Join(root, "src")
	found := map[string]bool{}
	err := filepath.WalkDir(src, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			switch d.Name() {
			case "internal", "vendor", "testdata", "cmd":
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || isTest(name) {
			return nil
		}
		// A release can have syntax that the Go which has built this program did not; what is
		// read all the same counts.
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution|parser.AllErrors)
		if err != nil && (f == nil || slices.ContainsFunc(f.Decls, isBad)) {
			return fmt.Errorf("reading the Go library: %w; a pgbuild that a newer Go has built may know it", err)
		}
		path, err := filepath.Rel(src, filepath.Dir(name))
		if err != nil || f.Name.Name == "main" {
			return err
		}
		for _, d := range f.Decls {
			for _, name := range exportedIn(d) {
				found[filepath.ToSlash(path)+" "+name] = true
			}
		}
		return nil
	})
	var list []string
	for name := range found {
		list = append(list, name)
	}
	slices.Sort(list)
	return list, err
}

func isBad(d ast.Decl) bool {
	_, bad := d.(*ast.BadDecl)
	return bad
}

func exportedIn(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		name := d.Name.Name
		if !d.Name.IsExported() {
			return nil
		}
		if d.Recv != nil && len(d.Recv.List) == 1 {
			t := d.Recv.List[0].Type
			for {
				switch u := t.(type) {
				case *ast.StarExpr:
					t = u.X
					continue
				case *ast.IndexExpr:
					t = u.X
					continue
				case *ast.IndexListExpr:
					t = u.X
					continue
				}
				break
			}
			id, ok := t.(*ast.Ident)
			if !ok || !id.IsExported() {
				return nil
			}
			name = id.Name + "." + name
		}
		return []string{name}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			switch s := s.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				for _, id := range s.Names {
					if id.IsExported() {
						names = append(names, id.Name)
					}
				}
			}
		}
	}
	return names
}
