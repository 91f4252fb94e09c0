// Package library reads the source of the standard library as it is on the target, or as
// it is without the overlay. It is built with the release of Go that it reads: only that
// knows its own language. So it imports nothing but the library.
package library

import (
	"bytes"
	"cmp"
	"encoding/json"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Sizes are those of the types, which are the same on all targets.
var Sizes = types.SizesFor("gc", "amd64")

// Source is where the library is.
type Source struct {
	Go      string // go command
	Tags    string // build tags of the target; the first is left out without an overlay
	Overlay string // JSON file of the overlay
	GOARCH  string
	Bodies  bool // functions are read whole
}

// Flags registers the flags that set it.
func (s *Source) Flags() {
	flag.StringVar(&s.Go, "go", "go", "go command")
	flag.StringVar(&s.Tags, "tags", "", "build tags of the target; the first is left out without an overlay")
	flag.StringVar(&s.Overlay, "overlay", "", "JSON file of the overlay")
	// The default is the same on every machine, so that the results are.
	flag.StringVar(&s.GOARCH, "goarch", "amd64", "architecture")
}

// Package is one that has been read.
type Package struct {
	*types.Package
	Files []*ast.File
	Info  *types.Info // nil without Bodies
}

// Public reports whether a program can import a package.
func Public(path string) bool {
	return !strings.HasPrefix(path, "vendor/") && !slices.Contains(strings.Split(path, "/"), "internal")
}

// listed is a package as go list prints it.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string
	ImportMap       map[string]string
}

// Read reads all packages, each after those that it imports.
func (s Source) Read() ([]*Package, error) {
	cgo, tags := "CGO_ENABLED=1", s.Tags
	if s.Overlay == "" {
		// The stock library would have to be translated by cgo.
		cgo = "CGO_ENABLED=0"
		_, tags, _ = strings.Cut(tags, ",")
	}
	args := []string{"list", "-deps", "-json=ImportPath,Dir,GoFiles,ImportMap", "-tags=" + tags}
	r := reader{Source: s, fset: token.NewFileSet(), done: map[string]*types.Package{"unsafe": types.Unsafe}}
	if s.Overlay != "" {
		args = append(args, "-overlay="+s.Overlay)
		data, err := os.ReadFile(s.Overlay)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, &r.overlay); err != nil {
			return nil, fmt.Errorf("%s: %w", s.Overlay, err)
		}
	}
	cmd := exec.Command(s.Go, append(args, "std")...)
	cmd.Env = append(os.Environ(), cgo, "GOOS=linux", "GOARCH="+s.GOARCH)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("listing packages: %w", err)
	}
	var packages []*Package
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); err == io.EOF {
			return packages, nil
		} else if err != nil {
			return nil, err
		}
		if l.ImportPath == "unsafe" {
			continue
		}
		p, err := r.check(l)
		if err != nil {
			return nil, err
		}
		packages = append(packages, p)
	}
}

// reader checks packages in the order of their dependencies.
type reader struct {
	Source
	fset      *token.FileSet
	overlay   struct{ Replace map[string]string }
	done      map[string]*types.Package
	importMap map[string]string
}

// Import is what types.Importer wants.
func (r *reader) Import(path string) (*types.Package, error) {
	path = cmp.Or(r.importMap[path], path)
	if p := r.done[path]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("%s comes after what imports it", path)
}

func (r *reader) check(l listed) (*Package, error) {
	p := &Package{}
	for _, name := range l.GoFiles {
		path := filepath.Join(l.Dir, name)
		f, err := parser.ParseFile(r.fset, cmp.Or(r.overlay.Replace[path], path), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		p.Files = append(p.Files, f)
	}
	if r.Bodies {
		p.Info = &types.Info{
			Types: map[ast.Expr]types.TypeAndValue{},
			Defs:  map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{},
		}
	}
	r.importMap = l.ImportMap
	config := types.Config{IgnoreFuncBodies: !r.Bodies, Importer: r, Sizes: Sizes}
	var err error
	p.Package, err = config.Check(l.ImportPath, r.fset, p.Files, p.Info)
	r.done[l.ImportPath] = p.Package
	return p, err
}
