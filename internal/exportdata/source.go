package exportdata

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/scanner"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// fromSource reads a package's declarations without methods that have type parameters. Of
// what it imports, it needs types alone: internal packages are read likewise, and others are
// taken for empty, so that variables of the package's own may come to have no type.
func (l Library) fromSource(fset *token.FileSet, path string) (*types.Package, error) {
	ctx := build.Context{
		GOROOT: l.Root, GOOS: "linux", GOARCH: l.GOARCH, Compiler: "gc",
		BuildTags: []string{"postgres"}, ReleaseTags: releases(l.Version),
	}
	listed, err := ctx.ImportDir(filepath.Join(l.Root, "src", filepath.FromSlash(path)), 0)
	if err != nil {
		return nil, fmt.Errorf("reading the source of %s: %w", path, err)
	}
	var files []*ast.File
	for _, name := range listed.GoFiles {
		text, err := os.ReadFile(filepath.Join(listed.Dir, name))
		if err != nil {
			return nil, err
		}
		// By a name that is the same on all machines, as positions are kept.
		f, err := parser.ParseFile(fset, path+"/"+name, text, parser.SkipObjectResolution|parser.AllErrors)
		if err := dropGenericMethods(fset, f, err); err != nil {
			return nil, fmt.Errorf("reading the source of %s: %w", path, err)
		}
		files = append(files, f)
	}
	config := types.Config{
		Importer: importerFunc(func(of string) (*types.Package, error) {
			switch {
			case of == "unsafe":
				return types.Unsafe, nil
			case strings.HasPrefix(of, "internal/"):
				return l.fromSource(fset, of)
			}
			p := types.NewPackage(of, of[strings.LastIndexByte(of, '/')+1:])
			p.MarkComplete()
			return p, nil
		}),
		IgnoreFuncBodies: true,
		Error:            func(error) {},
		Sizes:            types.SizesFor("gc", l.GOARCH),
	}
	p, _ := config.Check(path, fset, files, nil)
	for _, name := range p.Scope().Names() {
		o := p.Scope().Lookup(name)
		if o.Exported() && strings.Contains(types.ObjectString(o, nil), "invalid type") {
			return nil, fmt.Errorf("reading the source of %s: %s has no type that is known", path, name)
		}
	}
	return p, nil
}

type importerFunc func(path string) (*types.Package, error)

func (f importerFunc) Import(path string) (*types.Package, error) { return f(path) }

// releases are the tags of all releases up to one.
func releases(version string) (tags []string) {
	_, minor, _ := strings.Cut(version, ".")
	minor, _, _ = strings.Cut(minor, ".")
	last, _ := strconv.Atoi(minor)
	for i := 1; i <= last; i++ {
		tags = append(tags, "go1."+strconv.Itoa(i))
	}
	return tags
}

// dropGenericMethods takes the methods out of a file that have type parameters, for which an older parser
// has an error. Any other error it returns.
func dropGenericMethods(fset *token.FileSet, f *ast.File, err error) error {
	var at []int
	if err != nil {
		list, ok := errors.AsType[scanner.ErrorList](err)
		if !ok {
			return err
		}
		for _, e := range list {
			if !strings.Contains(e.Msg, "method must have no type parameters") {
				return e
			}
			at = append(at, e.Pos.Offset)
		}
	}
	f.Decls = slices.DeleteFunc(f.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		if !ok || fn.Recv == nil {
			return false
		}
		from, to := fset.Position(d.Pos()).Offset, fset.Position(d.End()).Offset
		return fn.Type.TypeParams != nil || slices.ContainsFunc(at, func(offset int) bool { return from <= offset && offset < to })
	})
	return nil
}
