// Package kit is what every build needs whatever is built: the go command and the C
// compiler of a target, the overlay, the cache, and a sandbox to run them in. It
// resolves the packages that pgbuild carries, fetches modules, and has the go command
// leave a relocatable object. It knows nothing of hosts, gates and extensions.
package kit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/exportdata"
	"github.com/pgstd/pgstd/internal/gocmd"
	"github.com/pgstd/pgstd/internal/sandbox"
	"github.com/pgstd/pgstd/overlay"
	"github.com/pgstd/pgstd/trust/compiler"
	"github.com/pgstd/pgstd/trust/policy"
	"golang.org/x/mod/module"
)

// Options say with what to build. The zero value is good.
type Options struct {
	Go       string // go command; empty: the one in PATH
	Target   Target // empty: the one of this machine
	CacheDir string // empty: DefaultCacheDir
	// Policy is the administrator's policy, a pgtrust.toml; empty: the one of the
	// author's module, which can list modules but make no exceptions from rules.
	Policy string
	// Deps says what becomes of modules that the policy does not list; empty: what
	// the policy says.
	Deps policy.Deps
	// StrictFiles judges files that no build can take in as those that one can.
	StrictFiles bool
	// AllFindings lists findings one by one, also those of one kind in one module.
	AllFindings bool
	// Unchecked leaves the source gate out. It is for tests of the host, which need
	// code that does what no author's may: there is no flag for it.
	Unchecked bool
	// Debug makes hosts that show what their own code does wrong; for tests, as
	// Unchecked is.
	Debug HostDebug
	// Symbols makes modules and objects that a debugger can read: with symbols and DWARF, and the author's
	// packages compiled without optimizations.
	Symbols bool
	// HostFlags are further flags of the C compiler for the host; for tests.
	HostFlags []string
	// Progress, if not nil, hears what the go command compiles while the
	// standard library is built for the first time: done of total packages.
	Progress func(pkg string, done, total int)
	// Warn, if not nil, hears what deserves attention but is no error.
	Warn func(message string)
	// Library, if not nil, says what is to be in the place of the replacements, for tests that need
	// the faults which these mend, as Unchecked is.
	Library func([]overlay.Tree) []overlay.Tree
	// Files makes a test build: what it builds may read files and use a network
	// inside itself, if the standalone host lets it. It is never for PostgreSQL.
	Files bool
	// Network, with Files, has the test build use the kernel's network in its place, which
	// the standalone host makes for it.
	Network bool
	// CompilerDebug are further settings of the compiler's -d flag, for tests of the
	// runtime: there is no flag for it.
	CompilerDebug string
	// Offline keeps the build from fetching modules: they are in the module
	// cache, or in the module's vendor folder.
	Offline bool
	// Sandbox says whether the tools have to run in namespaces of their own;
	// empty: where the kernel lets them.
	Sandbox sandbox.Mode
	// NoPacks does without the packs that are installed.
	NoPacks bool
	// Limits are those of every tool that runs. Zero stands for the defaults.
	Limits sandbox.Limits
}

// DefaultCacheDir is where finished parts are kept between builds.
func DefaultCacheDir() (string, error) {
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("looking for a cache directory: %w; set HOME or XDG_CACHE_HOME", err)
	}
	return filepath.Join(dir, "pgstd"), nil
}

// Kit is everything that a build needs and that does not depend on what is
// built.
type Kit struct {
	Options
	Golang  *gocmd.Go
	Overlay *overlay.Overlay
	CC      string // C compiler for the target
	NoCC    error  // why there is none
	// Linker and Archiver are binutils for the target.
	Linker, Archiver string
	Runner           *sandbox.Runner
	Work             string   // private folder of this build
	Sources          []string // folders with what is built
	// Reviewed is what the linker tells the runtime of modules that are not in safe Go alone.
	Reviewed string
	// Vendored are the replacements that vendor/modules.txt repeats.
	Vendored map[string]module.Version
	// Carried says where the files of the kit's packages are, by where the go command
	// looks for them, once a module has been resolved.
	Carried map[string]string
}

// Open makes ready what a build takes. The caller closes the kit.
func Open(ctx context.Context, o Options) (*Kit, error) {
	k := &Kit{Options: o}
	var err error
	if k.Target, err = Parse(string(o.Target)); err != nil {
		return nil, err
	}
	if k.CacheDir == "" {
		if k.CacheDir, err = DefaultCacheDir(); err != nil {
			return nil, err
		}
	}
	if err := PrivateDir(k.CacheDir); err != nil {
		return nil, err
	}
	var env []string
	if o.Offline {
		env = []string{"GOPROXY=off"}
	}
	if k.Golang, err = gocmd.FindIn(ctx, o.Go, k.CacheDir, env...); err != nil {
		return nil, err
	}
	// Not the user's: what other builds leave there, with a toolexec or a changed
	// compiler, must not come into an object.
	k.Golang.Cache = filepath.Join(k.CacheDir, "go-build")
	// Whoever needs it says that it is missing: for objects, and with a pack, nobody does.
	k.CC, k.NoCC = FindCC(k.Golang, k.Target)
	if k.Linker, err = FindBinutil(k.Target, "ld"); err != nil {
		return nil, err
	}
	if k.Archiver, err = FindBinutil(k.Target, "ar"); err != nil {
		return nil, err
	}
	if k.Overlay, err = overlay.Build(ctx, k.overlayConfig()); err != nil {
		return nil, err
	}
	if n := len(k.Overlay.Warnings); n > 0 && k.Warn != nil {
		k.Warn(fmt.Sprintf("%s differs from the release that was reviewed in %d replaced declarations; look at them with: pgbuild overlay write",
			k.Golang.Version, n))
	}
	if err := k.openTools(); err != nil {
		return nil, err
	}
	return k, nil
}

// Trees are the replacements of the standard library that pgbuild carries.
func Trees() []overlay.Tree {
	var trees []overlay.Tree
	for _, name := range []string{"pgstd", "stubs"} {
		sub, err := fs.Sub(pgstd.Files, name)
		if err != nil {
			panic(err) // the names are constants
		}
		trees = append(trees, overlay.Tree{Name: name, FS: sub})
	}
	return trees
}

// OverlayConfig says how the overlay of a target is made for a toolchain.
func OverlayConfig(g *gocmd.Go, t Target, cacheDir string) overlay.Config {
	return overlay.Config{
		Go:       g,
		GOARCH:   t.GOARCH(),
		Trees:    Trees(),
		CacheDir: filepath.Join(cacheDir, "overlay"),
		Lock:     pgstd.OverlayLock,
	}
}

func (k *Kit) overlayConfig() overlay.Config {
	c := OverlayConfig(k.Golang, k.Target, k.CacheDir)
	if k.Library != nil {
		c.Trees, c.Lock = k.Library(c.Trees), nil
	}
	if k.Files {
		// The lock is about what ships; a test build adds to it what never does.
		c.Test, c.Network, c.Lock = true, k.Network, nil
	}
	return c
}

// Flags are common to every go command of a build, so that all share one cache.
func (k *Kit) Flags(overlayJSON string) []string {
	config := k.overlayConfig()
	return []string{
		"-trimpath", "-buildvcs=false",
		"-tags=" + strings.Join(config.BuildTags(), ","),
		"-overlay=" + overlayJSON,
		"-gcflags=all=" + k.DebugFlag(),
	}
}

// DebugFlag turns off what is wrong in the compiler.
func (k *Kit) DebugFlag() string {
	if k.CompilerDebug != "" {
		return compiler.DebugFlag() + "," + k.CompilerDebug
	}
	return compiler.DebugFlag()
}

// FunctionFlag is DebugFlag for the packages of one function. They are small: a compiler that
// collects no garbage before it has 64 MB takes a fifth less time, and makes the same.
func (k *Kit) FunctionFlag() string { return k.DebugFlag() + ",gcstart=64" }

// Extract writes a part of Files into the cache, under a name that its content
// decides, and returns the folder. Files with one of the suffixes are left out.
func Extract(cacheDir, kind string, extra map[string]string, skip func(path string) bool, roots ...string) (string, error) {
	files := map[string][]byte{}
	h := sha256.New()
	for _, root := range roots {
		err := fs.WalkDir(pgstd.Files, root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || skip(path) {
				return err
			}
			data, err := fs.ReadFile(pgstd.Files, path)
			if err != nil {
				return err
			}
			files[path] = data
			fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256(data))
			return nil
		})
		if err != nil {
			return "", err
		}
	}
	for path, data := range extra {
		files[path] = []byte(data)
		fmt.Fprintf(h, "%s %x\n", path, sha256.Sum256([]byte(data)))
	}
	dir := filepath.Join(cacheDir, kind, hex.EncodeToString(h.Sum(nil)[:12]))
	return dir, Fill(dir, func(tmp string) error {
		for path, data := range files {
			name := filepath.Join(tmp, path)
			if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(name, data, 0o644); err != nil {
				return err
			}
		}
		return nil
	})
}

// Types is the standard library of the kit's Go, for those who read what is noted of its types.
func (k *Kit) Types() exportdata.Library {
	return exportdata.Library{Root: k.Golang.Root, Version: k.Golang.Version, GOARCH: k.Target.GOARCH()}
}
