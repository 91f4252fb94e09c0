package source

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"slices"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/exportdata"
)

// exportData returns what the compiler has noted about the types of the standard
// library, as far as the needed packages import it. It is kept by import path
// under a key that names all that decides it.
func (b *Build) exportData(ctx context.Context, needed map[*Package]bool) (map[string][]byte, error) {
	exports := map[string][]byte{}
	var missing []string
	for p := range needed {
		for _, path := range b.imports[p] {
			if path == "unsafe" || path == "C" || b.sources[path] != nil || exports[path] != nil || slices.Contains(missing, path) {
				continue
			}
			if data, ok := b.keptExport(path); ok {
				exports[path] = data
			} else {
				missing = append(missing, path)
			}
		}
	}
	if len(missing) == 0 {
		return exports, nil
	}
	if b.cfg.Compiled != nil {
		select {
		case <-b.cfg.Compiled:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	slices.Sort(missing)
	list, err := b.cfg.list(ctx, "ImportPath,Export,Standard,Error", []string{"-export"}, missing)
	if err != nil {
		return nil, err
	}
	for _, l := range list {
		if l.Export == "" {
			continue // the type checker says that it is missing, at the import
		}
		data, err := b.cfg.Library.Section(l.Export, l.ImportPath, l.Standard)
		if err != nil {
			return nil, err
		}
		exports[l.ImportPath] = data
		if b.cfg.CacheDir != "" {
			// Without it, the next check asks the go command again.
			if file := b.exportFile(l.ImportPath); os.MkdirAll(filepath.Dir(file), 0o700) == nil {
				_ = atomicfile.Write(file, atomicfile.Seal(data), 0o600)
			}
		}
	}
	return exports, nil
}

// keptExport returns what has been kept of a package, if it is whole.
func (b *Build) keptExport(path string) ([]byte, bool) {
	if b.cfg.CacheDir == "" {
		return nil, false
	}
	file, err := os.ReadFile(b.exportFile(path))
	if err != nil {
		return nil, false
	}
	return atomicfile.Unseal(file)
}

func (b *Build) exportFile(path string) string {
	key := sha256.Sum256([]byte(fmt.Sprintf("%s\x00%t\x00%s", b.cfg.Key, exportdata.NeedsPlain(), path)))
	return filepath.Join(b.cfg.CacheDir, "exports", hex.EncodeToString(key[:16]))
}

// importer gives the type checker packages: those of which there is the source,
// and the others from export data.
type importer struct {
	sources map[string]*Package
	exports map[string][]byte
	fset    *token.FileSet
	loaded  map[string]*types.Package
}

var errNoTypes = errors.New("it cannot be compiled, or is not there")

// Import is what types.Importer wants.
func (i *importer) Import(path string) (*types.Package, error) {
	if path == "unsafe" {
		return types.Unsafe, nil
	}
	if p := i.sources[path]; p != nil {
		if p.Types == nil {
			return nil, errNoTypes
		}
		return p.Types, nil
	}
	if p := i.loaded[path]; p != nil && p.Complete() {
		return p, nil
	}
	data := i.exports[path]
	if data == nil {
		return nil, errNoTypes
	}
	return exportdata.Read(data, i.fset, i.loaded, path)
}
