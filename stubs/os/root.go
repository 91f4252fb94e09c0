//go:build postgres && !pgstdtest

// A Root cannot be opened, so its methods are never reached with one; they fail
// all the same.
package os

import "time"

type root struct{ name string }

func (r *root) Name() string { return r.name }
func (r *root) Close() error { return nil }

func openRootNolog(name string) (*Root, error) { return nil, pathError("open", name) }

func openRootInRoot(r *Root, name string) (*Root, error) { return nil, pathError("openat", name) }

func rootOpenFileNolog(r *Root, name string, flag int, perm FileMode) (*File, error) {
	return nil, pathError("openat", name)
}

func rootStat(r *Root, name string, lstat bool) (FileInfo, error) {
	return nil, pathError("statat", name)
}

func rootReadlink(r *Root, name string) (string, error) { return "", pathError("readlinkat", name) }

func rootChmod(r *Root, name string, mode FileMode) error { return pathError("chmodat", name) }

func rootChown(r *Root, name string, uid, gid int) error { return pathError("chownat", name) }

func rootLchown(r *Root, name string, uid, gid int) error { return pathError("lchownat", name) }

func rootChtimes(r *Root, name string, atime time.Time, mtime time.Time) error {
	return pathError("chtimesat", name)
}

func rootMkdir(r *Root, name string, perm FileMode) error { return pathError("mkdirat", name) }

func rootMkdirAll(r *Root, name string, perm FileMode) error { return pathError("mkdirat", name) }

func rootRemove(r *Root, name string) error { return pathError("unlinkat", name) }

func rootRemoveAll(r *Root, name string) error { return pathError("RemoveAll", name) }

func rootRename(r *Root, oldname, newname string) error {
	return linkError("renameat", oldname, newname)
}

func rootLink(r *Root, oldname, newname string) error { return linkError("linkat", oldname, newname) }

func rootSymlink(r *Root, oldname, newname string) error {
	return linkError("symlinkat", oldname, newname)
}
