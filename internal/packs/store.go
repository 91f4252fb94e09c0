package packs

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd"
	"github.com/pgstd/pgstd/internal/kit"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/trust/object"
	"github.com/pgstd/pgstd/trust/signature"
)

// Store is the folder of the cache with the packs that are installed.
type Store struct{ dir string }

// StoreIn is the one of a cache.
func StoreIn(cacheDir string) *Store { return &Store{filepath.Join(cacheDir, "packs")} }

// Installed is a pack in the store.
type Installed struct {
	Dir   string
	Whole bool // it holds what was installed, and nothing else
	Meta
}

// ErrDamaged says that a pack is not what was installed.
var ErrDamaged = errors.New("it is not what was installed; install it again")

// Find returns the folder of the pack that is for the same as m, and what it is; nil if there
// is none.
func (s *Store) Find(m Meta) (string, *Meta, error) {
	m.Format = Format
	dir := filepath.Join(s.dir, m.Folder())
	if _, err := os.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
		return "", nil, nil
	}
	if !kit.Whole(dir) {
		return "", nil, fmt.Errorf("the pack in %s: %w", dir, ErrDamaged)
	}
	found, err := metaOf(dir)
	return dir, found, err
}

func metaOf(dir string) (*Meta, error) {
	data, err := os.ReadFile(filepath.Join(dir, metaName))
	if err != nil {
		return nil, fmt.Errorf("the pack in %s: %w", dir, err)
	}
	var m Meta
	if err := json.Unmarshal(data, &m); err != nil || m.check() != nil {
		return nil, fmt.Errorf("the pack in %s: %w", dir, ErrDamaged)
	}
	return &m, nil
}

// List returns all that are installed.
func (s *Store) List() (list []Installed, err error) {
	entries, err := os.ReadDir(s.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") {
			continue // of an installation that runs
		}
		i := Installed{Dir: filepath.Join(s.dir, e.Name())}
		if m, err := metaOf(i.Dir); err == nil {
			i.Meta, i.Whole = *m, kit.Whole(i.Dir) && m.Folder() == e.Name()
		}
		list = append(list, i)
	}
	return list, nil
}

// Remove takes out those that a function names, and returns them.
func (s *Store) Remove(which func(*Installed) bool) (removed []Installed, err error) {
	list, err := s.List()
	if err != nil {
		return nil, err
	}
	for _, i := range list {
		if !which(&i) {
			continue
		}
		// Out of the way first: a build sees all of it, or nothing.
		gone := filepath.Join(s.dir, ".gone-"+filepath.Base(i.Dir))
		if err := errors.Join(os.RemoveAll(gone), os.Rename(i.Dir, gone), os.RemoveAll(gone)); err != nil {
			return removed, fmt.Errorf("removing a pack: %w", err)
		}
		removed = append(removed, i)
	}
	return removed, nil
}

// Selection says which packs of an index are meant.
type Selection struct {
	Kit      string   // digest of the kit
	Targets  []string // empty: all
	Go       []string
	Postgres []int
}

func (s *Selection) has(m *Meta) bool {
	return m.Kit.Digest == s.Kit && (len(s.Targets) == 0 || slices.Contains(s.Targets, m.Target)) &&
		(m.Kind != Library || len(s.Go) == 0 || slices.Contains(s.Go, m.Go)) &&
		(m.Kind != Server || len(s.Postgres) == 0 || slices.Contains(s.Postgres, m.Postgres))
}

// Install installs what is selected of a source, and returns it. With dry, nothing is installed:
// all is read and judged.
func (s *Store) Install(ctx context.Context, from *Source, t Trust, which Selection, dry bool) (done []Entry, err error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if from.single() {
		e, err := s.install(ctx, from, from.name, nil, t, which, dry)
		if err != nil {
			return nil, err
		}
		return []Entry{*e}, nil
	}
	x, err := from.Index(ctx, t)
	if err != nil {
		return nil, err
	}
	for i := range x.Packs {
		if !which.has(&x.Packs[i].Meta) {
			continue
		}
		e, err := s.install(ctx, from, x.Packs[i].Name, &x.Packs[i], t, which, dry)
		if err != nil {
			return done, err
		}
		done = append(done, *e)
	}
	if done == nil {
		return nil, fmt.Errorf("%s has %d packs, and none for this pgbuild and what was asked for; see: pgbuild toolchain list %s", from, len(x.Packs), from)
	}
	return done, nil
}

// install fetches one pack to a private folder, holds it against its digest, and only then
// looks into it.
func (s *Store) install(ctx context.Context, from *Source, name string, listed *Entry, t Trust, which Selection, dry bool) (*Entry, error) {
	fail := func(err error) (*Entry, error) { return nil, fmt.Errorf("pack %s: %w", from.where(name), err) }
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return fail(err)
	}
	tmp, err := scratch.Make(s.dir, ".new-")
	if err != nil {
		return fail(err)
	}
	defer tmp.Remove()
	file, limit := filepath.Join(tmp.Path, "pack"), int64(maxPack)
	if listed != nil {
		limit = listed.Size
	}
	digest, size, err := from.fetch(ctx, name, file, limit)
	if err != nil {
		return fail(err)
	}
	unpacked := int64(maxUnpacked)
	if listed != nil {
		if digest != listed.SHA256 || size != listed.Size {
			return fail(fmt.Errorf("it has %d bytes with the digest %s, and the index says %d with %s", size, digest, listed.Size, listed.SHA256))
		}
		unpacked = listed.Unpacked
	} else {
		data, err := os.ReadFile(file)
		if err != nil {
			return fail(err)
		}
		if err := t.believe(from.where(name), data, func() ([]byte, error) { return from.read(ctx, name+signature.Suffix, maxSignature) }); err != nil {
			return nil, err
		}
	}
	f, err := os.Open(file)
	if err != nil {
		return fail(err)
	}
	defer f.Close()
	fresh := filepath.Join(tmp.Path, "fresh")
	if err := os.Mkdir(fresh, 0o755); err != nil {
		return fail(err)
	}
	m, err := unpack(f, fresh, unpacked)
	if err != nil {
		return fail(err)
	}
	switch {
	case listed != nil && *m != listed.Meta:
		return fail(errors.New("it is another one than the index says"))
	case m.Kit.Digest != which.Kit:
		return fail(fmt.Errorf("it is for pgbuild %s with the digest %.12s, and this is one with %.12s", m.Kit.Version, m.Kit.Digest, which.Kit))
	}
	e := &Entry{Name: m.Name(), Size: size, SHA256: digest, Unpacked: unpacked, Meta: *m}
	if err := check(fresh, m); err != nil {
		return fail(err)
	}
	if dry {
		return e, nil
	}
	if err := s.place(fresh, m); err != nil {
		return fail(err)
	}
	return e, nil
}

// place moves what has been unpacked to where builds look.
func (s *Store) place(fresh string, m *Meta) error {
	dir := filepath.Join(s.dir, m.Folder())
	meta, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(fresh, metaName), meta, 0o644); err != nil {
		return err
	}
	if m.Kind == Library {
		config, err := importConfig(fresh, dir)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(fresh, ConfigName), config, 0o644); err != nil {
			return err
		}
	}
	return kit.Replace(dir, fresh)
}

// importConfig says where a library's packages are, as compiler and linker read it.
func importConfig(dir, final string) ([]byte, error) {
	packages, err := packagesOf(dir)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	for _, path := range sorted(packages) {
		fmt.Fprintf(&b, "packagefile %s=%s\n", path, filepath.Join(final, packages[path].File))
	}
	return b.Bytes(), nil
}

// check finds out whether a pack holds what one of its kind has to.
func check(dir string, m *Meta) error {
	if m.Kind == Library {
		packages, err := packagesOf(dir)
		if err != nil {
			return err
		}
		for path, p := range packages {
			for _, name := range []string{p.File, cmp.Or(p.Plain, p.File)} {
				if info, err := os.Lstat(filepath.Join(dir, name)); err != nil || m.checkName(name) != nil || !info.Mode().IsRegular() || strings.ContainsAny(path, "=\n ") {
					return fmt.Errorf("it has no file of package %.100q", path)
				}
			}
		}
		_, err = readActions(dir)
		return err
	}
	modules, err := filepath.Glob(filepath.Join(dir, SupportFolder, "*.so"))
	if err != nil {
		return err
	}
	// The program of cells is no module: it belongs to no server process, and to no gate.
	modules = slices.DeleteFunc(modules, func(path string) bool { return filepath.Base(path) == pgstd.CellProgram })
	if len(modules) != 2 {
		return fmt.Errorf("it has %d modules for the server, and not 2", len(modules))
	}
	for _, path := range modules {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r := object.Verify(data, object.Host)
		if err := r.Err(); err != nil {
			return fmt.Errorf("the object gate refuses %s: %w", filepath.Base(path), err)
		}
		if p := r.Provenance; p.Kit.Digest != m.Kit.Digest || p.Target != m.Target || p.Postgres != m.Postgres || p.Compiler != m.Compiler {
			return fmt.Errorf("%s is not what the pack says that it is", filepath.Base(path))
		}
	}
	return nil
}

// packageFile is what is needed here of a library's index of packages.
type packageFile struct {
	File  string
	Plain string // of what older releases can read, if that is another one
}

func packagesOf(dir string) (map[string]packageFile, error) {
	data, err := os.ReadFile(filepath.Join(dir, PackagesName))
	if err != nil {
		return nil, fmt.Errorf("it has no %s", PackagesName)
	}
	packages := map[string]packageFile{}
	if err := json.Unmarshal(data, &packages); err != nil || len(packages) == 0 {
		return nil, fmt.Errorf("its %s cannot be read", PackagesName)
	}
	return packages, nil
}

func sorted(packages map[string]packageFile) []string {
	var list []string
	for path := range packages {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}
