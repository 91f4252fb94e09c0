package compile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/exportdata"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
)

// prepared is the standard library and the kit's packages, compiled for a target
// and laid out for the compiler and the linker to be run directly: the go command
// takes longer to find out that nothing is to be done than they take together.
type prepared struct {
	dir      string
	config   string // what compile and link read as -importcfg
	packages map[string]preparedPackage
}

// preparedPackage is one compiled package.
type preparedPackage struct {
	Name string // of its package clause
	File string // archive, relative to the folder
	// Plain is a file with the package's types for those who cannot read what the archive notes.
	Plain string `json:",omitempty"`
	Std   bool
	// Offered says that functions may import it although it is not of the standard
	// library. Imports and Module are there for packages of modules.
	Offered bool          `json:",omitempty"`
	Imports []string      `json:",omitempty"`
	Module  *listedModule `json:",omitempty"`
}

// listedPackage is what go list says of one.
type listedPackage struct {
	ImportPath, Name, Export string
	Standard                 bool
	Imports                  []string
	Module                   *listedModule
}

const preparedIndex = "packages.json"

// prepare returns the compiled packages of a kit, which are made on first use: that
// takes as long as compiling the standard library does. Those of a set are looked
// for each time, as its files may have changed.
func prepare(ctx context.Context, k *kit.Kit, set *moduleSet) (*prepared, error) {
	packed, err := link.PackedLibrary(k)
	if err != nil {
		return nil, err
	}
	if packed != "" && set == nil {
		return readPrepared(packed)
	}
	module, err := k.OwnModule()
	if err != nil {
		return nil, err
	}
	id := fmt.Appendf(nil, "5\n%s\n%s\n%s\n%s\n%s\n", k.DebugFlag(), k.Golang.Version, k.Overlay.Hash, k.Target, module)
	list := func() ([]*listedPackage, error) { return listPrepared(ctx, k, module, nil, nil) }
	if set != nil {
		listed, err := listPrepared(ctx, k, set.module.Dir, set.flags, []string{"./..."})
		if err != nil {
			return nil, err
		}
		for _, l := range listed {
			// The build cache names files by their content.
			id = fmt.Appendf(id, "%s %s\n", l.ImportPath, filepath.Base(l.Export))
		}
		list = func() ([]*listedPackage, error) { return listed, nil }
	}
	h := sha256.Sum256(id)
	dir := filepath.Join(k.CacheDir, "prepared", hex.EncodeToString(h[:12]))
	err = kit.Fill(dir, func(tmp string) error {
		listed, err := list()
		if err != nil {
			return err
		}
		return fillPrepared(k.Types(), listed, tmp, dir)
	})
	if err != nil {
		return nil, err
	}
	p, err := readPrepared(dir)
	if err == nil && set != nil && len(p.offered()) == 0 {
		err = fmt.Errorf("modules of %s: there is no package in them that functions could import, as package main and those in folders called internal are not for others", set.module.Dir)
	}
	return p, err
}

func readPrepared(dir string) (*prepared, error) {
	p := &prepared{dir: dir, config: filepath.Join(dir, "importcfg")}
	data, err := os.ReadFile(filepath.Join(p.dir, preparedIndex))
	if err != nil {
		return nil, fmt.Errorf("reading the compiled standard library: %w", err)
	}
	if err := json.Unmarshal(data, &p.packages); err != nil {
		return nil, fmt.Errorf("reading %s: %w; remove the folder %s", preparedIndex, err, p.dir)
	}
	return p, nil
}

// listPrepared compiles the standard library, the kit's packages and more, and says
// where they are.
func listPrepared(ctx context.Context, k *kit.Kit, dir string, flags, more []string) ([]*listedPackage, error) {
	wanted, total, err := preparable(ctx, k, dir, flags)
	if err != nil {
		return nil, err
	}
	out, err := list(ctx, k, dir, total, slices.Concat(flags,
		[]string{"-v", "-deps", "-export", "-json=ImportPath,Name,Export,Standard,Imports,Module"}, wanted, more)...)
	if err != nil {
		return nil, err
	}
	var listed []*listedPackage
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listedPackage
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return listed, nil
		} else if err != nil {
			return nil, fmt.Errorf("reading what go list says: %w", err)
		}
		listed = append(listed, &l)
	}
}

// preparable names the packages that are prepared: not what needs C, and not what needs
// modules that the kit does not bring. Whatever else is wrong with one is an error: it
// would be missing for good. It also says how many packages there are, internal ones among
// them.
func preparable(ctx context.Context, k *kit.Kit, dir string, flags []string) (names []string, total int, err error) {
	out, err := list(ctx, k, dir, 0, slices.Concat(flags,
		[]string{"-e", "-json=ImportPath,CgoFiles,Incomplete,Error,DepsErrors", "std", kit.ModulePath + "/pg/..."})...)
	if err != nil {
		return nil, 0, err
	}
	type failure struct{ Err string }
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l struct {
			ImportPath string
			CgoFiles   []string
			Incomplete bool
			Error      *failure
			DepsErrors []*failure
		}
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return names, total, nil
		} else if err != nil {
			return nil, 0, fmt.Errorf("reading what go list says: %w", err)
		}
		total++
		failed := l.DepsErrors
		if l.Error != nil {
			failed = append(failed, l.Error)
		}
		for _, f := range failed {
			if _, some := kit.Missing(errors.New(f.Err)); !some && !noModule.MatchString(f.Err) {
				return nil, 0, fmt.Errorf("compiling the standard library: %s: %s", l.ImportPath, f.Err)
			}
		}
		if l.Incomplete && len(failed) == 0 && len(l.CgoFiles) == 0 {
			return nil, 0, fmt.Errorf("compiling the standard library: %s cannot be read whole", l.ImportPath)
		}
		if !l.Incomplete && len(l.CgoFiles) == 0 && !isInternal(l.ImportPath) {
			names = append(names, l.ImportPath)
		}
	}
}

// noModule is how the go command says that no module, or no hash of one, is there.
var noModule = regexp.MustCompile(`no required module provides package|missing go\.sum entry|cannot find module`)

// fillPrepared copies. The copies stay when the go command trims its cache.
func fillPrepared(library exportdata.Library, listed []*listedPackage, tmp, final string) error {
	packages := map[string]preparedPackage{}
	var config bytes.Buffer
	for _, pkg := range listed {
		if pkg.ImportPath == "unsafe" || kit.IsAbsent(pkg.ImportPath) {
			continue // the compiler's own, or without a file for the target
		}
		if pkg.Export == "" {
			return fmt.Errorf("package %s has not been compiled", pkg.ImportPath)
		}
		name := fmt.Sprintf("%d.a", len(packages))
		if err := atomicfile.Copy(filepath.Join(tmp, name), pkg.Export, 0o644); err != nil {
			return fmt.Errorf("keeping package %s: %w", pkg.ImportPath, err)
		}
		entry := preparedPackage{Name: pkg.Name, File: name, Std: pkg.Standard}
		if m := pkg.Module; m != nil && m.Path != kit.ModulePath {
			entry.Imports, entry.Module = pkg.Imports, m
		}
		if pkg.Standard {
			plain, err := library.Plain(pkg.Export, pkg.ImportPath)
			if err != nil {
				return err
			}
			if plain != nil {
				entry.Plain = fmt.Sprintf("%d.types", len(packages))
				if err := os.WriteFile(filepath.Join(tmp, entry.Plain), plain, 0o644); err != nil {
					return fmt.Errorf("keeping package %s: %w", pkg.ImportPath, err)
				}
			}
		}
		packages[pkg.ImportPath] = entry
		fmt.Fprintf(&config, "packagefile %s=%s\n", pkg.ImportPath, filepath.Join(final, name))
	}
	offer(listed, packages)
	index, err := json.Marshal(packages)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(tmp, preparedIndex), index, 0o644),
		os.WriteFile(filepath.Join(tmp, "importcfg"), config.Bytes(), 0o644),
	)
}

// list runs go list for the target and returns what it prints. Of that many packages it
// says which it begins to compile.
func list(ctx context.Context, k *kit.Kit, dir string, total int, args ...string) ([]byte, error) {
	cmd := k.Command(ctx, dir, slices.Concat([]string{"list", "-buildmode=c-archive"}, k.Flags(k.Overlay.JSON), args)...)
	var stdout bytes.Buffer
	said := newBuildLog(ctx, total)
	cmd.Stdout, cmd.Stderr = &stdout, said
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("compiling the standard library: %w\n%s", err, said.Errors())
	}
	return stdout.Bytes(), nil
}

// isInternal reports whether a package of the standard library is not for users.
func isInternal(path string) bool {
	return !kit.Carries(path) &&
		(strings.HasPrefix(path, "vendor/") || slices.Contains(strings.Split(path, "/"), "internal"))
}

// packageImporter gives a text the types of prepared packages. It can be used by
// one goroutine at a time.
//
// What a compiler has noted of types has a version of its own, which the standard importer
// of an older Go than the compiler's does not know; that of x/tools, which is kept newer
// than all Go releases that are supported, reads it whatever Go has built this program.
type packageImporter struct {
	prepared *prepared
	fset     *token.FileSet
	loaded   map[string]*types.Package
	names    map[string][]string
}

func newPackageImporter(p *prepared) *packageImporter {
	i := &packageImporter{prepared: p, fset: token.NewFileSet(), loaded: map[string]*types.Package{}, names: map[string][]string{}}
	for path, pkg := range p.packages {
		if i.Refuse(path) == nil {
			i.names[pkg.Name] = append(i.names[pkg.Name], path)
		}
	}
	for _, paths := range i.names {
		slices.SortFunc(paths, func(a, b string) int {
			if d := preference(a) - preference(b); d != 0 {
				return d
			}
			return strings.Compare(a, b)
		})
	}
	return i
}

// preference orders packages of one name. The unpredictable generator comes before
// the other, as with goimports; else the shorter path, which is the plainer thing.
func preference(path string) int {
	switch path {
	case "crypto/rand", "text/template":
		return 0
	}
	return len(path)
}

func (i *packageImporter) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if pkg := i.loaded[path]; pkg != nil && pkg.Complete() {
		return pkg, nil
	}
	pkg, ok := i.prepared.packages[path]
	if !ok {
		return nil, fmt.Errorf("no package %s", path)
	}
	noted, err := i.noted(path, pkg)
	if err != nil {
		return nil, err
	}
	return exportdata.Read(noted, i.fset, i.loaded, path)
}

func (i *packageImporter) noted(path string, pkg preparedPackage) ([]byte, error) {
	if pkg.Plain != "" && exportdata.NeedsPlain() {
		return os.ReadFile(filepath.Join(i.prepared.dir, pkg.Plain))
	}
	return exportdata.Library{}.Section(filepath.Join(i.prepared.dir, pkg.File), path, false)
}

// Named returns the packages of a name that a text may import.
func (i *packageImporter) Named(name string) []string { return i.names[name] }

// Refuse says why a text cannot import a package.
func (i *packageImporter) Refuse(path string) error {
	pkg, ok := i.prepared.packages[path]
	switch {
	case path == "unsafe" || path == "C":
		return fmt.Errorf("package %s is not for functions that are trusted", path)
	case path == kit.ModulePath+"/pg" || path == kit.ModulePath+"/pg/pgfmt":
		return nil
	case kit.IsAbsent(path):
		return kit.AbsentError(path)
	case pkg.Offered:
		return nil
	case path == kit.ModulePath+"/pg/pgsql" || path == kit.ModulePath+"/pg/pgxpg":
		return fmt.Errorf("package %s is for extensions; functions of the language have package pg", path)
	case !ok:
		return fmt.Errorf("no package %q; there are the standard library and %s", path, i.prepared.offeredNames())
	case !pkg.Std || isInternal(path):
		return fmt.Errorf("package %s is internal", path)
	}
	return nil
}
