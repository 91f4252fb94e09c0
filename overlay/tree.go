package overlay

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Tree is a set of replacements: its file system holds one folder per import path, with Go
// files, assembly files and at most one overlay.rules in each.
type Tree struct {
	Name string // as it shall appear in messages, such as "pgstd"
	FS   fs.FS
}

const (
	rulesName = "overlay.rules"
	prefix    = "zpgstd_" // our files sort last and are recognised at a glance
)

// treeFile is one file of a replacement tree.
type treeFile struct {
	tree, pkg, name string
	data            []byte
}

func (f *treeFile) path() string { return path.Join(f.tree, f.pkg, f.name) }

// readTrees returns the files of all trees, in a fixed order, and a digest of them all.
func readTrees(trees []Tree) ([]*treeFile, [32]byte, error) {
	var files []*treeFile
	var errs problems
	for _, t := range trees {
		err := fs.WalkDir(t.FS, ".", func(p string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case p != "." && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			case d.IsDir():
				return nil
			}
			f := &treeFile{tree: t.Name, pkg: path.Dir(p), name: path.Base(p)}
			if why := unwanted(f); why != "" {
				errs.add(f.path(), "", "%s", why)
				return nil
			}
			if f.data, err = fs.ReadFile(t.FS, p); err != nil {
				return err
			}
			if bytes.IndexByte(f.data, '\r') >= 0 {
				errs.add(f.path(), "", "has carriage returns; save it with plain newlines")
				return nil
			}
			files = append(files, f)
			return nil
		})
		if err != nil {
			return nil, [32]byte{}, fmt.Errorf("reading replacement tree %s: %w", t.Name, err)
		}
	}
	slices.SortFunc(files, func(a, b *treeFile) int {
		return cmp.Or(cmp.Compare(a.pkg, b.pkg), cmp.Compare(a.tree, b.tree), cmp.Compare(a.name, b.name))
	})
	h := sha256.New()
	for i, f := range files {
		fmt.Fprintf(h, "%s %s %s %d\n", f.tree, f.pkg, f.name, len(f.data))
		h.Write(f.data)
		if i > 0 && files[i-1].pkg == f.pkg && files[i-1].name == f.name && f.name != rulesName {
			errs.add(f.path(), "", "%s has the same name; rename one of them", files[i-1].path())
		}
	}
	return files, [32]byte(h.Sum(nil)), errs.err()
}

// unwanted says why a file cannot be part of a replacement tree.
func unwanted(f *treeFile) string {
	ext := path.Ext(f.name)
	switch {
	case f.pkg == ".":
		return "lies outside of any package; move it into a folder named after the import path it replaces"
	case f.name == rulesName:
		return ""
	case strings.HasSuffix(f.name, "_test.go"):
		return "is a test file, which replaces nothing; keep tests elsewhere"
	case ext != ".go" && ext != ".s":
		return "is neither Go nor assembly nor " + rulesName + "; move it elsewhere"
	}
	return ""
}
