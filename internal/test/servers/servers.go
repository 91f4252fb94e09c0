// Package servers keeps PostgreSQL servers of several majors beside the machine's own,
// for tests: each a folder with what Debian's packages of a server and of its
// headers hold, and with the libraries that they need, the C library included.
//
// Nothing is installed, mounted or run as root. The programs are told, once, to
// take the loader and the libraries of their folder, and are ordinary programs then: a
// folder's pg_config answers for its PostgreSQL as any other does, and whoever has
// it first in PATH uses that server.
//
// A folder is made once, which takes some seconds and the network, and is there whole or
// not at all. Where a machine cannot make one, ErrUnavailable says why.
package servers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/pgstd/pgstd/internal/majors"
)

// ErrUnavailable says that there can be no such server here.
var ErrUnavailable = errors.New("no server of this major on this machine")

// layout is a part of every folder's name: what changes how they are made changes it.
const layout = "3"

// Folder returns the folder with the programs of a major's PostgreSQL for this machine,
// pg_config among them, and makes it if it is not there.
func Folder(ctx context.Context, cacheDir string, major majors.Major) (string, error) {
	return FolderFor(ctx, cacheDir, major, runtime.GOARCH)
}

// FolderFor does it for an architecture, as Go calls it. Of another one than this machine's, the programs
// run where the kernel knows an emulator for them (package arm64).
func FolderFor(ctx context.Context, cacheDir string, major majors.Major, arch string) (string, error) {
	return folderIn(ctx, filepath.Join(base(cacheDir), "servers"), major, arch)
}

func folderIn(ctx context.Context, parent string, major majors.Major, arch string) (string, error) {
	if !major.Tested() {
		return "", fmt.Errorf("%w: no suite of Debian has PostgreSQL %d", ErrUnavailable, major.Number)
	}
	err := once(ctx, parent, fmt.Sprintf("%d-%s-%s", major.Number, arch, layout), func(tmp, root, final string) error {
		packages, err := download(ctx, tmp, major, arch)
		if err == nil {
			err = unpack(ctx, packages, root)
		}
		if err != nil {
			return err
		}
		// Compiling queries takes a compiler of 100 MB, and nothing here is about it.
		jit := filepath.Join(root, fmt.Sprintf("usr/lib/postgresql/%d/lib/llvmjit.so", major.Number))
		if err := os.Remove(jit); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		return direct(ctx, root, final, programs(major))
	})
	if err != nil {
		return "", fmt.Errorf("PostgreSQL %d of Debian %s for %s: %w", major.Number, major.Suite, arch, err)
	}
	return filepath.Join(parent, fmt.Sprintf("%d-%s-%s", major.Number, arch, layout), programs(major)), nil
}

// base is where folders are kept: in the caller's cache, unless that is root's, which the
// account that runs servers for root cannot reach.
func base(cacheDir string) string {
	if os.Geteuid() == 0 {
		return "/var/cache/pgstd"
	}
	return cacheDir
}

// programs is where the programs lie in a folder.
func programs(major majors.Major) string {
	return fmt.Sprintf("usr/lib/postgresql/%d/bin", major.Number)
}

// once makes a folder that is there whole or not at all. What is to fill it works with a folder
// that goes, in which root is to become final. What a process that was killed has left goes, too.
func once(ctx context.Context, parent, name string, fill func(tmp, root, final string) error) error {
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return err
	}
	final := filepath.Join(parent, name)
	lock, err := os.OpenFile(final+".lock", os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return err
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %s: %w", lock.Name(), err)
	}
	if _, err := os.Stat(final); err == nil {
		return nil
	}
	if _, err := lookPath("patchelf"); err != nil {
		return err
	}
	tmp := final + ".new"
	root := filepath.Join(tmp, "root")
	if err := os.RemoveAll(tmp); err != nil {
		return err
	}
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	err = fill(tmp, root, final)
	if err == nil {
		err = os.Rename(root, final)
	}
	return errors.Join(err, os.RemoveAll(tmp))
}

// unpack puts what packages hold under root.
func unpack(ctx context.Context, packages []string, root string) error {
	for _, file := range packages {
		if err := run(ctx, "dpkg-deb", "-x", file, root); err != nil {
			return err
		}
	}
	return keepLinks(root)
}

// keepLinks makes links that lead from the top of a system lead there from the top of root: the
// loader of one release does not go with the C library of another.
func keepLinks(root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink == 0 {
			return err
		}
		target, err := os.Readlink(path)
		if err != nil || !filepath.IsAbs(target) {
			return err
		}
		relative, err := filepath.Rel(filepath.Dir(path), filepath.Join(root, target))
		if err != nil {
			return err
		}
		return errors.Join(os.Remove(path), os.Symlink(relative, path))
	})
}
