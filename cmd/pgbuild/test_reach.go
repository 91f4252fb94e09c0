package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/scratch"
	"github.com/pgstd/pgstd/target"
	"github.com/spf13/cobra"
)

// reach is what of this machine's files a test may see.
type reach struct {
	files   bool     // its package's folder, and temporary files
	folders []string // and these folders
	copied  bool     // and change a copy of them
	network bool     // the kernel's network, in a namespace, in place of one in memory
}

func (r *reach) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&r.files, "files", false, "let the tests read the package's folder and write temporary files")
	cmd.Flags().StringArrayVarP(&r.folders, "dir", "d", nil, "let the tests read this folder, too, such as the module's root; can be repeated (implies --files)")
	cmd.MarkFlagDirname("dir")
	cmd.Flags().BoolVar(&r.copied, "copy", false, "give the tests a copy of the package's folder, or of the one of --dir that holds it, to change (implies --files)")
	cmd.Flags().BoolVar(&r.network, "network", false, "give the tests a network of their own, with nothing but a loopback, by the kernel (implies --files)")
}

// any tells whether tests see files at all.
func (r *reach) any() bool { return r.files || r.copied || r.network || len(r.folders) > 0 }

// flags makes the flags of the standalone host, which runs the tests of the package in a folder;
// temp is for what they write.
func (r *reach) flags(dir, temp string) ([]string, error) {
	if !r.any() {
		return nil, nil
	}
	dir, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	tree := dir
	var folders []string
	for _, folder := range r.folders {
		real, err := realFolder(folder)
		if err != nil {
			return nil, err
		}
		folders = append(folders, real)
		if within(dir, real) && within(tree, real) {
			tree = real
		}
	}
	// The first folder is where the tests run.
	var flags []string
	if r.copied {
		to := filepath.Join(temp, "copy")
		if err := copyTree(to, tree); err != nil {
			return nil, fmt.Errorf("copying %s for the tests: %w", tree, err)
		}
		rel, err := filepath.Rel(tree, dir)
		if err != nil {
			return nil, err
		}
		flags = append(flags, "-t", filepath.Join(to, rel), "-t", to)
	} else {
		flags = append(flags, "-d", dir)
	}
	for _, folder := range append(folders, target.TestReads()...) {
		flags = append(flags, "-d", folder)
	}
	if r.network {
		flags = append(flags, target.NetworkFlags()...)
	}
	tmp := filepath.Join(temp, "tmp")
	return append(flags, "-t", tmp), os.Mkdir(tmp, 0o777)
}

// copyTree copies the folders, files and links below a folder, but the temporary ones of runs, of
// which one is where the copy goes.
func copyTree(to, from string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), scratch.Prefix) {
			return fs.SkipDir
		}
		copied := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case d.IsDir():
			return os.MkdirAll(copied, 0o755)
		case d.Type()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			if err != nil {
				return err
			}
			return os.Symlink(target, copied)
		case d.Type().IsRegular():
			info, err := d.Info()
			if err != nil {
				return err
			}
			return atomicfile.Copy(copied, path, info.Mode().Perm()|0o200)
		}
		return nil // sockets and the like are nobody's test data
	})
}

// realFolder is a folder that the user has named, without links.
func realFolder(name string) (string, error) {
	dir, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", fmt.Errorf("--dir: %w", err)
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fmt.Errorf("--dir: %s is no folder", name)
	}
	return dir, nil
}

// within tells whether a folder is another one or lies below it.
func within(dir, above string) bool {
	return dir == above || strings.HasPrefix(dir, strings.TrimSuffix(above, "/")+"/")
}
