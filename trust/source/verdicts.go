package source

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/surface"
)

// code is the gate's own source: another gate comes to verdicts of its own.
//
//go:embed *.go changes/*.go
var code embed.FS

// verdicts are the findings of packages that have been judged before, by the hash of
// everything that they depend on: the gate, the toolchain and the target, the files
// of the package, and the same of every package that it imports. A policy is applied
// to findings, so it is no part of the key.
type verdicts struct {
	dir  string
	gate []byte
}

func openVerdicts(cfg *Config, kitHash string) *verdicts {
	if cfg.CacheDir == "" {
		return nil
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s\n", pgstd.Version, runtime.Version(), cfg.Key, kitHash, cfg.GOARCH)
	err := fs.WalkDir(code, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := code.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		return err
	})
	if err != nil {
		return nil
	}
	fmt.Fprintf(h, "%q", surface.AbsentPackages())
	return &verdicts{dir: filepath.Join(cfg.CacheDir, "verdicts"), gate: h.Sum(nil)}
}

// keys makes the keys of all packages.
func (b *Build) keys() map[*Package]string {
	keys := map[*Package]string{}
	if b.verdicts == nil {
		return keys
	}
	broken := map[string]bool{} // packages that the go command reports errors about
	for _, f := range b.findings {
		broken[f.Package] = true
	}
	for _, p := range b.Packages {
		h := sha256.New()
		h.Write(b.verdicts.gate)
		p.hash(h)
		complete := !broken[p.Path]
		imports := slices.Clone(b.imports[p])
		slices.Sort(imports)
		for _, path := range imports {
			if _, unresolved := b.unresolved[path]; unresolved {
				complete = false
			}
			if dep := b.sources[path]; dep != nil && !dep.kit {
				complete = complete && keys[dep] != ""
				fmt.Fprintf(h, "import %q %s\n", path, keys[dep])
			} else {
				fmt.Fprintf(h, "import %q\n", path)
			}
		}
		if complete {
			keys[p] = hex.EncodeToString(h.Sum(nil))
		}
	}
	return keys
}

// hash writes everything that the rules see of a package.
func (p *Package) hash(h hash.Hash) {
	m := p.Module
	is := m.Content()
	is.Sum = "" // no rule looks at it, and it changes with every file
	fmt.Fprintf(h, "%q %q %q %q %q %+v\n", p.Path, p.Dir, m.Path, m.Dir, m.goVersion, is)
	for _, f := range p.Files {
		fmt.Fprintf(h, "file %q %v %v %d\n", f.Name, f.Built, f.Generated, len(f.Data))
		h.Write(f.Data)
	}
	for _, o := range p.Others {
		fmt.Fprintf(h, "other %q %q %v %d\n", o.Name, o.Irregular, o.Dir, len(o.Data))
		h.Write(o.Data)
	}
	for _, e := range p.Embeds {
		fmt.Fprintf(h, "embed %q %q\n", e.Name, e.Irregular)
	}
}

func (v *verdicts) get(key string) ([]Finding, bool) {
	if v == nil || key == "" {
		return nil, false
	}
	data, err := os.ReadFile(filepath.Join(v.dir, key))
	if err != nil {
		return nil, false
	}
	data, whole := atomicfile.Unseal(data)
	var record struct{ Findings []Finding }
	if !whole || json.Unmarshal(data, &record) != nil {
		return nil, false
	}
	return record.Findings, true
}

// put keeps a verdict. If it cannot, the package is judged again next time.
func (v *verdicts) put(key string, findings []Finding) {
	if v == nil || key == "" {
		return
	}
	data, err := json.Marshal(struct{ Findings []Finding }{findings})
	if err == nil && os.MkdirAll(v.dir, 0o700) == nil {
		_ = atomicfile.Write(filepath.Join(v.dir, key), atomicfile.Seal(data), 0o600)
	}
}
