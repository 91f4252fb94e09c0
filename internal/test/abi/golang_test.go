package abi

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// golang is the packages that mirror abi.h, type-checked for one architecture as far
// as their own sources go: what they import from elsewhere is unknown to it, and is
// nothing but pointers in structures that cross.
type golang struct {
	sizes    types.Sizes
	packages map[string]*types.Package
	files    map[string][]*ast.File
}

func (g *golang) Import(path string) (*types.Package, error) {
	for name, folder := range folders {
		if path == "github.com/pgstd/pgstd/"+folder && g.packages[name] != nil {
			return g.packages[name], nil
		}
	}
	return nil, fmt.Errorf("%s is not looked at", path)
}

var loaded sync.Map

func load(t *testing.T, arch string) *golang {
	t.Helper()
	if g, ok := loaded.Load(arch); ok {
		return g.(*golang)
	}
	g := &golang{sizes: types.SizesFor("gc", arch), packages: map[string]*types.Package{}, files: map[string][]*ast.File{}}
	for _, name := range []string{"runtime", "host", "pgabi", "pg", "object", "syscall"} {
		names, err := filepath.Glob(filepath.Join("../../..", folders[name], "*.go"))
		if err != nil || len(names) == 0 {
			t.Fatal(name, err)
		}
		fset := token.NewFileSet()
		for _, file := range names {
			if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "_portable.go") {
				continue
			}
			parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			g.files[name] = append(g.files[name], parsed)
		}
		config := types.Config{Importer: g, Sizes: g.sizes, Error: func(error) {}}
		g.packages[name], _ = config.Check(folders[name], fset, g.files[name], nil)
	}
	loaded.Store(arch, g)
	return g
}

func (g *golang) object(t *testing.T, name string) types.Object {
	t.Helper()
	pkg, name, _ := strings.Cut(name, ".")
	o := g.packages[pkg].Scope().Lookup(name)
	if o == nil {
		t.Fatalf("%s has no %s", folders[pkg], name)
	}
	return o
}

// value is that of a constant.
func (g *golang) value(t *testing.T, name string) uint64 {
	t.Helper()
	o, ok := g.object(t, name).(*types.Const)
	if !ok {
		t.Fatalf("%s is not a constant", name)
	}
	return number(t, name, o.Val())
}

func number(t *testing.T, name string, v constant.Value) uint64 {
	t.Helper()
	n, exact := constant.Uint64Val(constant.ToInt(v))
	if !exact {
		t.Fatalf("%s is %v", name, v)
	}
	return n
}

// evaluate returns a constant of a file of stock Go, which is checked by itself.
func evaluate(t *testing.T, file, name string) uint64 {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	goarch := types.NewPackage("internal/goarch", "goarch")
	goarch.Scope().Insert(types.NewConst(token.NoPos, goarch, "PtrSize", types.Typ[types.UntypedInt], constant.MakeInt64(8)))
	goarch.MarkComplete()
	config := types.Config{Importer: only{goarch}, Error: func(error) {}}
	pkg, _ := config.Check("p", fset, []*ast.File{parsed}, nil)
	c, ok := pkg.Scope().Lookup(name).(*types.Const)
	if !ok {
		t.Fatalf("%s has no constant %s", file, name)
	}
	return number(t, name, c.Val())
}

type only struct{ pkg *types.Package }

func (o only) Import(path string) (*types.Package, error) {
	if path == o.pkg.Path() {
		return o.pkg, nil
	}
	return nil, os.ErrNotExist
}
