package overlay

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"sync"
)

// unuse turns the imports that src no longer uses into blank ones, on the same lines. It also
// is the proof that the edited file still parses.
func (r *resolver) unuse(name string, src []byte) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, src, 0) // with object resolution, for Unresolved
	if err != nil {
		return nil, fmt.Errorf("no longer parses after the changes: %w", err)
	}
	used := map[string]bool{}
	for _, id := range f.Unresolved {
		used[id.Name] = true
	}
	tf := fset.File(f.FileStart)
	var edits []edit
	for _, spec := range f.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil || importPath == "C" {
			continue
		}
		start := tf.Offset(spec.Path.Pos())
		switch {
		case spec.Name == nil:
			pkg, err := r.name(importPath)
			if err != nil {
				return nil, err
			}
			if !used[pkg] {
				edits = append(edits, edit{start, start + 1, "_ " + string(src[start])})
			}
		case spec.Name.Name == "_":
		case spec.Name.Name == ".":
			if ok, err := r.declaresAny(importPath, used); err != nil {
				return nil, err
			} else if !ok {
				edits = append(edits, edit{tf.Offset(spec.Name.Pos()), tf.Offset(spec.Name.End()), "_"})
			}
		case !used[spec.Name.Name]:
			edits = append(edits, edit{tf.Offset(spec.Name.Pos()), tf.Offset(spec.Name.End()), "_"})
		}
	}
	return apply(src, edits)
}

// resolver looks into imported packages for what their import path does not tell: the name
// that a package goes by, and the names that a dot import brings.
type resolver struct {
	root string // GOROOT
	ctx  build.Context
	mu   sync.Mutex
	pkgs map[string][]*ast.File
}

func resolverFor(t target) *resolver {
	return &resolver{root: t.root, ctx: t.ctx, pkgs: map[string][]*ast.File{}}
}

// name is what a package is called in the code that imports it.
func (r *resolver) name(importPath string) (string, error) {
	if importPath == "unsafe" {
		return "unsafe", nil
	}
	files, err := r.load(importPath)
	if err != nil {
		return "", err
	}
	return files[0].Name.Name, nil
}

// declaresAny reports whether the package exports one of the names.
func (r *resolver) declaresAny(importPath string, names map[string]bool) (bool, error) {
	files, err := r.load(importPath)
	if err != nil {
		return false, err
	}
	for _, f := range files {
		for name := range f.Scope.Objects {
			if ast.IsExported(name) && names[name] {
				return true, nil
			}
		}
	}
	return false, nil
}

// load parses the files of a package that the target selects. Only those of dot imports are
// needed whole, and they are few and small; for the others the package clause would do, but
// one file of it is enough and cheap.
func (r *resolver) load(importPath string) ([]*ast.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if files := r.pkgs[importPath]; files != nil {
		return files, nil
	}
	if !fs.ValidPath(importPath) || importPath == "." {
		return nil, fmt.Errorf("imports %q, which is no package of the standard library", importPath)
	}
	for _, dir := range []string{
		filepath.Join(r.root, "src", filepath.FromSlash(importPath)),
		filepath.Join(r.root, "src", "vendor", filepath.FromSlash(importPath)),
	} {
		entries, err := os.ReadDir(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var files []*ast.File
		for _, e := range entries {
			if path.Ext(e.Name()) != ".go" || isTest(e.Name()) {
				continue
			}
			if ok, err := r.ctx.MatchFile(dir, e.Name()); err != nil || !ok {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, 0)
			if err != nil {
				return nil, fmt.Errorf("reading imported package %s: %w", importPath, err)
			}
			files = append(files, f)
		}
		if len(files) > 0 {
			r.pkgs[importPath] = files
			return files, nil
		}
	}
	return nil, fmt.Errorf("imports %q, which GOROOT %s does not have", importPath, r.root)
}
