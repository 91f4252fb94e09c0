package compile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/extension"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/link"
	"github.com/pgstd/pgstd/internal/packs"
	"github.com/pgstd/pgstd/internal/scratch"
)

// Library compiles the standard library of a target for a pack, or finds what has been, and
// returns the folder. It is compiled anew, whatever has been compiled before on this machine:
// what is in it, and under which names the go command looks for it, is decided by the kit and
// the release alone.
func Library(ctx context.Context, o kit.Options) (string, packs.Meta, error) {
	k, err := kit.Open(ctx, o)
	if err != nil {
		return "", packs.Meta{}, err
	}
	defer k.Close()
	meta := link.LibraryMeta(k)
	module, err := k.OwnModule()
	if err != nil {
		return "", meta, err
	}
	id := sha256.Sum256(fmt.Appendf(nil, "2\n%s\n%s\n%s\n%s\n%s\n", meta.Flags, meta.Go, meta.Overlay, meta.Target, filepath.Base(module)))
	dir := filepath.Join(k.CacheDir, "library", hex.EncodeToString(id[:12]))
	return dir, meta, kit.Fill(dir, func(tmp string) error {
		cache, err := scratch.Make(k.CacheDir, ".library-")
		if err != nil {
			return err
		}
		defer cache.Remove()
		fresh, g := *k, *k.Golang
		g.Cache = filepath.Join(cache.Path, "go-build")
		fresh.Golang = &g
		if err := os.Mkdir(g.Cache, 0o700); err != nil {
			return err
		}
		return fillLibrary(ctx, &fresh, module, tmp)
	})
}

// fillLibrary compiles into the go command's cache, which is empty, and lays out what comes of it.
func fillLibrary(ctx context.Context, k *kit.Kit, module, dir string) error {
	listed, err := listPrepared(ctx, k, module, nil, nil)
	if err != nil {
		return err
	}
	if err := fillPrepared(k.Types(), listed, dir, dir); err != nil {
		return err
	}
	// It has the paths of this machine.
	if err := os.Remove(filepath.Join(dir, packs.ConfigName)); err != nil {
		return err
	}
	if err := compileDependency(ctx, k, listed); err != nil {
		return err
	}
	if err := packs.WriteActions(dir, k.Golang.Cache); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.lock"), pgstd.OverlayLock, 0o644); err != nil {
		return err
	}
	return copyOverlay(k, filepath.Join(dir, packs.OverlayFolder))
}

// compileDependency compiles the kit's packages as those of a module that requires the kit, which
// the go command keeps under other names than those of the kit's own module.
func compileDependency(ctx context.Context, k *kit.Kit, listed []*listedPackage) error {
	dir := filepath.Join(k.Work, "dependency")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.org/dependency\n\ngo "+kit.MinModuleGo+"\n"), 0o644); err != nil {
		return err
	}
	m, err := extension.FindModule(dir)
	if err != nil {
		return err
	}
	author := *k
	flags, err := author.Resolve(m, k.Work)
	if err != nil {
		return err
	}
	args := append(flags, "-export", "-f", "{{.Export}}")
	for _, l := range listed {
		if kit.Carries(l.ImportPath) {
			args = append(args, l.ImportPath)
		}
	}
	_, err = list(ctx, &author, dir, 0, args...)
	return err
}

// copyOverlay copies what was in the place of Go's own files, with a JSON file as the go command
// takes it, but for GOROOT and the folder itself.
func copyOverlay(k *kit.Kit, to string) error {
	data, err := os.ReadFile(k.Overlay.JSON)
	if err != nil {
		return err
	}
	var o struct{ Replace map[string]string }
	if err := json.Unmarshal(data, &o); err != nil {
		return err
	}
	relative := map[string]string{}
	for from, by := range o.Replace {
		name := "$GOROOT" + strings.TrimPrefix(from, k.Golang.Root)
		if by != "" {
			if by, err = filepath.Rel(k.Overlay.Dir, by); err != nil {
				return err
			}
			if err := copyInto(filepath.Join(to, by), filepath.Join(k.Overlay.Dir, by)); err != nil {
				return err
			}
		}
		relative[name] = by
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetIndent("", "\t")
	if err := e.Encode(map[string]any{"Replace": relative}); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(to, "overlay.json"), out.Bytes(), fs.FileMode(0o644))
}

func copyInto(to, from string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return atomicfile.Copy(to, from, 0o644)
}
