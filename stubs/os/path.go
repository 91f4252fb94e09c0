//go:build postgres && !pgstdtest

// What goes by the name of a file fails with that name. There is no file system.
package os

import (
	"syscall"
	"time"
)

const DevNull = "/dev/null"

//pgstd:add
func pathError(op, path string) error {
	return &PathError{Op: op, Path: path, Err: syscall.EPERM}
}

//pgstd:add
func linkError(op, old, new string) error {
	return &LinkError{Op: op, Old: old, New: new, Err: syscall.EPERM}
}

func openFileNolog(name string, flag int, perm FileMode) (*File, error) {
	return nil, pathError("open", name)
}

func openDirNolog(name string) (*File, error) { return nil, pathError("open", name) }

func statNolog(name string) (FileInfo, error) { return nil, pathError("stat", name) }

func lstatNolog(name string) (FileInfo, error) { return nil, pathError("lstat", name) }

func Mkdir(name string, perm FileMode) error { return pathError("mkdir", name) }

// MkdirAll would look at every parent first.
func MkdirAll(path string, perm FileMode) error { return pathError("mkdir", path) }

func Remove(name string) error { return pathError("remove", name) }

// removeAll keeps what the documentation says of no path at all.
func removeAll(path string) error {
	if path == "" {
		return nil
	}
	return pathError("unlinkat", path)
}

func Truncate(name string, size int64) error { return pathError("truncate", name) }

func chmod(name string, mode FileMode) error { return pathError("chmod", name) }

func Chown(name string, uid, gid int) error { return pathError("chown", name) }

func Lchown(name string, uid, gid int) error { return pathError("lchown", name) }

func Chtimes(name string, atime time.Time, mtime time.Time) error {
	return pathError("chtimes", name)
}

func Chdir(dir string) error { return pathError("chdir", dir) }

func readlink(name string) (string, error) { return "", pathError("readlink", name) }

func rename(oldname, newname string) error { return linkError("rename", oldname, newname) }

func Link(oldname, newname string) error { return linkError("link", oldname, newname) }

func Symlink(oldname, newname string) error { return linkError("symlink", oldname, newname) }

// tempDir only names a folder; nothing can be made in it.
func tempDir() string {
	if dir := Getenv("TMPDIR"); dir != "" {
		return dir
	}
	return "/tmp"
}
