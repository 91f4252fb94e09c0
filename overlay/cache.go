package overlay

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/pgstd/pgstd/internal/atomicfile"
)

// engine is part of every cache key; it changes when the same input gives another overlay.
const engine = "pgstd overlay 2"

// The cache holds three kinds of things:
//
//	lock            serialises those who build
//	states/KEY      what a former build with the same input came to, see stateKey
//	HASH-ROOT/      a finished overlay; ROOT, as its JSON names files of one GOROOT
//	with/HASH/      an overlay with further files, see With

// What nobody asked for in this time is removed when a new overlay is made.
const keep = 30 * 24 * time.Hour

// state is what a finished build leaves for the next one with the same input.
type state struct {
	Dir      string
	Hash     string
	Digests  map[string]string // SHA-256 of each file below Dir, to notice a damaged cache
	Replace  map[string]string
	Warnings []Warning
}

// stateKey is a digest of all input, with the stock files by size and time, as `make` does it.
// It is only ever compared on one machine.
func (c *Config) stateKey(files []*treeFile, digest [32]byte) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%q %q %q %q %q\n%x\n%x\n%t %d\n", engine, c.Go.Root, c.Go.Version, c.Go.Experiment, c.GOARCH, c.BuildTags(), digest, sha256.Sum256(c.Lock), c.Lock == nil, len(c.Lock))
	last := ""
	for _, f := range files {
		if f.pkg == last {
			continue
		}
		last = f.pkg
		entries, err := os.ReadDir(filepath.Join(c.Go.Root, "src", filepath.FromSlash(f.pkg)))
		if errors.Is(err, fs.ErrNotExist) {
			continue // plan has a better message for it
		}
		if err != nil {
			return "", fmt.Errorf("reading the Go library: %w", err)
		}
		fmt.Fprintf(h, "%s\n", f.pkg)
		for _, e := range entries {
			if e.IsDir() || !isSource(e.Name()) {
				continue
			}
			info, err := e.Info()
			if err != nil {
				return "", fmt.Errorf("reading the Go library: %w", err)
			}
			fmt.Fprintf(h, "%s %d %d\n", e.Name(), info.Size(), info.ModTime().UnixNano())
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// cached returns the overlay that a former build left, if it is still whole.
func (c *Config) cached(key string) *Overlay {
	s, ok := readState(filepath.Join(c.CacheDir, statesName, key))
	if !ok {
		return nil
	}
	dir := filepath.Join(c.CacheDir, s.Dir)
	for name, digest := range s.Digests {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || digestOf(data) != digest {
			return nil
		}
	}
	touch(filepath.Join(c.CacheDir, statesName, key))
	return c.overlay(s)
}

// readState reads what has been noted of an overlay, if that is whole.
func readState(name string) (s state, ok bool) {
	file, err := os.ReadFile(name)
	if err != nil {
		return s, false
	}
	data, whole := atomicfile.Unseal(file)
	return s, whole && json.Unmarshal(data, &s) == nil && s.Dir != ""
}

func digestOf(data []byte) string {
	digest := sha256.Sum256(data)
	return hex.EncodeToString(digest[:])
}

func (c *Config) overlay(s state) *Overlay {
	dir := filepath.Join(c.CacheDir, s.Dir)
	replace := make(map[string]string, len(s.Replace))
	for from, to := range s.Replace {
		if to != "" {
			to = filepath.Join(dir, to)
		}
		replace[from] = to
	}
	return &Overlay{
		JSON: filepath.Join(dir, jsonName), Dir: dir, Hash: s.Hash, Warnings: s.Warnings,
		cacheDir: c.CacheDir, replace: replace,
	}
}

const (
	jsonName   = "overlay.json"
	statesName = "states"
)

// lockCache waits until no other build works on the cache.
func (c *Config) lockCache() (unlock func(), err error) {
	if err := os.MkdirAll(c.CacheDir, 0o700); err != nil {
		return nil, fmt.Errorf("making the overlay cache: %w; choose a writable cache directory", err)
	}
	if unlock, err = lockedfile.MutexAt(filepath.Join(c.CacheDir, "lock")).Lock(); err != nil {
		return nil, fmt.Errorf("locking the overlay cache: %w; choose a writable cache directory", err)
	}
	return unlock, nil
}

// hash is the digest that stands for the overlay in provenance notes: the release, the target
// and each changed file, but no path of this machine.
func (m *made) hash() string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s %s\n", engine, m.target.gover, m.target.goarch)
	for _, e := range m.entries {
		fmt.Fprintf(h, "%s %t %x\n", e.name, e.remove, sha256.Sum256(e.data))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// write puts the overlay in its place and remembers it under key.
func (c *Config) write(key string, m *made, warnings []Warning) (*Overlay, error) {
	root := sha256.Sum256([]byte(m.target.root))
	s := state{Hash: m.hash(), Digests: map[string]string{}, Replace: map[string]string{}, Warnings: warnings}
	s.Dir = s.Hash[:24] + "-" + hex.EncodeToString(root[:4])
	files := map[string][]byte{}
	for _, e := range m.entries {
		from := e.goroot(m.target.root)
		if e.remove {
			s.Replace[from] = ""
			continue
		}
		to := filepath.Join("src", filepath.FromSlash(e.name))
		s.Replace[from] = to
		files[to] = e.data
	}
	o := c.overlay(s)
	files[jsonName] = encode(o.replace)
	for name, data := range files {
		s.Digests[name] = digestOf(data)
	}
	if err := place(o.Dir, files); err != nil {
		return nil, err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	states := filepath.Join(c.CacheDir, statesName)
	if err := errors.Join(os.MkdirAll(states, 0o700), atomicfile.Write(filepath.Join(states, key), atomicfile.Seal(data), 0o644)); err != nil {
		return nil, fmt.Errorf("writing to the overlay cache: %w; choose a writable cache directory", err)
	}
	c.prune()
	return o, nil
}

// prune removes what was not used for long, and what killed builds left behind. To fail at it
// harms nobody.
func (c *Config) prune() {
	now := time.Now()
	old := func(path string, age time.Duration) bool {
		info, err := os.Lstat(path)
		return err == nil && now.Sub(info.ModTime()) > age
	}
	used := map[string]bool{}
	states, _ := filepath.Glob(filepath.Join(c.CacheDir, statesName, "*"))
	for _, name := range states {
		s, ok := readState(name)
		if !ok || old(name, keep) {
			os.Remove(name)
			continue
		}
		used[filepath.Join(c.CacheDir, s.Dir)] = true
	}
	dirs, _ := filepath.Glob(filepath.Join(c.CacheDir, "*-*"))
	more, _ := filepath.Glob(filepath.Join(c.CacheDir, "with", "*"))
	for _, dir := range append(dirs, more...) {
		age := keep
		if strings.HasPrefix(filepath.Base(dir), temporary) {
			age = 24 * time.Hour
		}
		if !used[dir] && old(dir, age) {
			os.RemoveAll(dir)
		}
	}
}

// touch notes that a file or folder was used, once a day: mostly it only has to look.
func touch(path string) {
	now := time.Now()
	if info, err := os.Lstat(path); err == nil && now.Sub(info.ModTime()) > 24*time.Hour {
		os.Chtimes(path, now, now)
	}
}

// temporary begins the name of what is not finished.
const temporary = ".tmp-"

// encode is the JSON of an overlay. The encoder sorts the keys.
func encode(replace map[string]string) []byte {
	data, err := json.MarshalIndent(map[string]any{"Replace": replace}, "", "\t")
	if err != nil {
		panic(err) // strings always encode
	}
	return append(data, '\n')
}

// place makes a folder with the given files appear at dir at once, in place of whatever is
// there. Readers see nothing of it or all of it.
func place(dir string, files map[string][]byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("writing to the overlay cache: %w; free some space, or choose another cache directory", err)
		}
	}()
	if whole(dir, files) {
		touch(dir)
		return nil
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return err
	}
	tmp, err := os.MkdirTemp(parent, temporary)
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	fresh := filepath.Join(tmp, "new")
	for _, name := range slices.Sorted(maps.Keys(files)) {
		path := filepath.Join(fresh, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			return err
		}
		if err := os.WriteFile(path, files[name], 0o666); err != nil {
			return err
		}
	}
	err = os.Rename(fresh, dir)
	if err == nil || whole(dir, files) {
		return nil
	}
	if err := os.Rename(dir, filepath.Join(tmp, "damaged")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(fresh, dir)
}

// whole reports whether dir has the files, with these contents.
func whole(dir string, files map[string][]byte) bool {
	for name, data := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil || string(got) != string(data) {
			return false
		}
	}
	return true
}
