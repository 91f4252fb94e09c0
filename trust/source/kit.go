package source

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pgstd/pgstd"
)

// hashKit makes a hash of the kit's packages as pgbuild carries them.
func hashKit() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(pgstd.Files, "pg", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(path, "_test.go") {
			return err
		}
		data, err := fs.ReadFile(pgstd.Files, path)
		fmt.Fprintf(h, "%s %d\n%s", path, len(data), data)
		return err
	})
	return fmt.Sprintf("%x", h.Sum(nil)), err
}

// readKit reads a package that pgbuild carries, for its types. If its content is
// another, that is a finding that ends every build.
func (b *Build) readKit(l *listed, m *Module) error {
	p := &Package{Path: l.ImportPath, Module: m, Dir: l.Dir, Fset: b.fset, kit: true}
	rel := strings.TrimPrefix(l.ImportPath, kitPath+"/")
	names, err := b.kitNames(l.Dir)
	differs := ""
	if err != nil || len(names) == 0 {
		differs = l.Dir
	}
	for _, name := range names {
		file := filepath.Join(l.Dir, name)
		if real := b.cfg.Kit[file]; real != "" {
			file = real
		}
		want, err := fs.ReadFile(pgstd.Files, rel+"/"+name)
		got, err2 := os.ReadFile(file)
		if err != nil || err2 != nil || !bytes.Equal(want, got) {
			differs = file
		}
		if slices.Contains(l.GoFiles, name) {
			p.Files = append(p.Files, &File{Name: file, Data: got, Built: true})
		}
	}
	if differs != "" {
		b.findings = append(b.findings, Finding{
			Rule: "kit-internal", Pos: Position{File: differs}, Package: l.ImportPath, Module: kitPath,
			Message: fmt.Sprintf("%s is not what pgbuild %s carries under that path", l.ImportPath, pgstd.Version),
		})
	}
	b.add(p, l)
	return nil
}

// kitNames are the files of a folder of the kit's that a build could take in.
func (b *Build) kitNames(dir string) (names []string, err error) {
	if len(b.cfg.Kit) > 0 {
		for name := range b.cfg.Kit {
			if filepath.Dir(name) == dir {
				names = append(names, filepath.Base(name))
			}
		}
		return names, nil
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if !e.IsDir() && !strings.HasSuffix(e.Name(), "_test.go") {
			names = append(names, e.Name())
		}
	}
	return names, err
}
