package kit

import (
	"errors"
	"fmt"
	"go/version"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/regular"
)

const (
	ModulePath = "github.com/pgstd/pgstd"
	// MinModuleGo is the oldest language version that package pg compiles with. The
	// go line of the author's module decides what his own code means, so the
	// kit's must not be above it.
	MinModuleGo = "1.20"
	// GoMod makes the embedded packages a module. It requires nothing, so that
	// nothing has to be fetched.
	GoMod = "module " + ModulePath + "\n\ngo " + MinModuleGo + "\n"
)

// kitFolder is where the go command finds kitModule: a name that it writes into
// objects, so it is the same everywhere, and one at which nobody can put anything.
// The files are in the overlay only.
const kitFolder = "/proc/pgstd"

// OwnModule is a folder with a module that has the kit's packages.
func (k *Kit) OwnModule() (string, error) {
	return Extract(k.CacheDir, "module", map[string]string{"go.mod": GoMod}, func(path string) bool {
		return strings.HasSuffix(path, "_test.go")
	}, "pg")
}

// kitFiles extracts the kit's packages and returns where its files are, by where the
// go command looks for them.
func (k *Kit) kitFiles() (map[string]string, error) {
	dir, err := k.OwnModule()
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && d.Name() != contentsName {
			files[kitFolder+strings.TrimPrefix(path, dir)] = path
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the kit's packages: %w", err)
	}
	return files, nil
}

// Carries reports whether a package is one of the kit's, by its path. Modules of others may have paths that begin as
// the kit's does, but not as these: package trust/source refuses them.
func Carries(path string) bool {
	return path == ModulePath+"/pg" || strings.HasPrefix(path, ModulePath+"/pg/")
}

// SupportsKit reports whether a module's language version is one that package pg compiles with.
func SupportsKit(m *extension.Module) bool {
	return version.Compare("go"+m.GoVersion, "go"+MinModuleGo) >= 0
}

// Resolve makes ready to build from a module. It returns the flags that make kitModule
// resolve to the packages that pgbuild carries, whatever the author's go.mod, the
// module cache and the network say, and puts those into the overlay. The author's
// go.mod is not touched: a changed copy in tmp is used in its place.
func (k *Kit) Resolve(m *extension.Module, tmp string) ([]string, error) {
	if err := k.See(m); err != nil {
		return nil, err
	}
	if m.Path == ModulePath || m.Path == "std" {
		return nil, nil // the kit itself, or Go's library, is being worked on
	}
	if !SupportsKit(m) {
		return nil, fmt.Errorf("%s has no go line of go%s or later, which extensions need; set one with: go mod edit -go=%s",
			m.File, MinModuleGo, strings.TrimPrefix(version.Lang(k.Golang.Version), "go"))
	}
	files, err := k.kitFiles()
	if err != nil {
		return nil, err
	}
	k.Carried = maps.Clone(files)
	data, err := regular.Read(m.Dir, filepath.Base(m.File), regular.Text)
	if err != nil {
		return nil, fmt.Errorf("reading the module file: %w", err)
	}
	f, err := modfile.Parse(m.File, data, nil)
	if err != nil {
		return nil, err
	}
	required := false
	for _, r := range f.Require {
		required = required || r.Mod.Path == ModulePath
	}
	if !required {
		if err := f.AddRequire(ModulePath, "v0.0.0"); err != nil {
			return nil, err
		}
	}
	for _, r := range f.Replace {
		if r.Old.Path == ModulePath {
			if err := f.DropReplace(r.Old.Path, r.Old.Version); err != nil {
				return nil, err
			}
		}
	}
	if err := f.AddReplace(ModulePath, "", kitFolder, ""); err != nil {
		return nil, err
	}
	goMods, err := k.vendor(m, f)
	if err != nil {
		return nil, err
	}
	maps.Copy(files, goMods)
	if k.Overlay, err = k.Overlay.WithFiles(files); err != nil {
		return nil, err
	}
	f.Cleanup()
	data, err = f.Format()
	if err != nil {
		return nil, err
	}
	copied := filepath.Join(tmp, "go.mod")
	if err := os.WriteFile(copied, data, 0o644); err != nil {
		return nil, err
	}
	sum, err := regular.Read(m.Dir, "go.sum", regular.List)
	if errors.Is(err, fs.ErrNotExist) {
		sum, err = nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("reading the checksums of the author's modules: %w", err)
	}
	if err := os.WriteFile(filepath.Join(tmp, "go.sum"), sum, 0o644); err != nil {
		return nil, err
	}
	return []string{"-modfile=" + copied, "-mod=readonly"}, nil
}
