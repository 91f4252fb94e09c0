package extension

import (
	"context"
	"errors"
	"go/ast"
	"go/token"
	"path/filepath"
	"slices"
)

// Vet checks the files of a package as [Load] does, for tools that have parsed them. A
// package without a directive, well written or not, is none of an extension's. Files have
// the absolute names in fset.
func Vet(ctx context.Context, fset *token.FileSet, files []*ast.File, path string) (Errors, error) {
	if !slices.ContainsFunc(files, hasDirective) {
		return nil, nil
	}
	if files[0].Scope == nil {
		return nil, errors.New("files have to be parsed with object resolution")
	}
	dir := filepath.Dir(fset.PositionFor(files[0].FileStart, false).Filename)
	c := &collector{fset: fset}
	p := &Package{Name: files[0].Name.Name, ImportPath: path, Dir: dir}
	if m, err := FindModule(dir); err == nil {
		p.ModulePath, p.ModuleDir, p.GoVersion = m.Path, m.Dir, m.GoVersion
	}
	c.checkName(p, files)
	err := c.collect(ctx, p, files)
	if err == nil {
		p.Control = c.readControl(p, synopsis(files))
		c.checkTrusted(p)
		err = c.err()
	}
	if err == nil {
		_, err = p.script()
	}
	list := Errors(nil)
	if errors.As(err, &list) {
		return list, nil
	}
	return nil, err
}

// hasDirective reports whether a file has a directive, or what looks like one.
func hasDirective(f *ast.File) bool {
	return slices.ContainsFunc(f.Comments, func(g *ast.CommentGroup) bool {
		return slices.ContainsFunc(g.List, func(line *ast.Comment) bool { return isDirective(line) || isMisspelt(line) })
	})
}
