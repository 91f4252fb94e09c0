// Package scratch makes temporary folders that do not outlive their makers for long.
package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// Prefix begins the names of pgbuild's temporary folders.
const Prefix = "pgstd-build-"

// Folder is a temporary folder that its maker holds a lock on. The lock ends with the
// process, however that ends, which is how the next run knows what nobody will remove.
type Folder struct {
	Path string
	lock *os.File
}

// Make makes a private folder: mode 0700, and a name that nobody can foresee. On the
// way it removes those that killed runs have left. An empty dir is the system's temporary one.
func Make(dir, prefix string) (*Folder, error) {
	removeAbandoned(dir, prefix)
	for {
		path, err := os.MkdirTemp(dir, prefix)
		if err != nil {
			return nil, err
		}
		// Somebody who looks for abandoned ones may have been faster.
		if lock, ok := lockFolder(path); ok {
			return &Folder{path, lock}, nil
		}
	}
}

// Remove removes the folder and all that is in it.
func (f *Folder) Remove() error {
	return errors.Join(os.RemoveAll(f.Path), f.lock.Close())
}

// lockFolder takes the lock of a folder, and makes sure that it is still that folder.
func lockFolder(path string) (*os.File, bool) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, false
	}
	if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
		held, err := f.Stat()
		if there, err2 := os.Lstat(path); err == nil && err2 == nil && os.SameFile(held, there) {
			return f, true
		}
	}
	f.Close()
	return nil, false
}

// removeAbandoned removes the user's folders that nobody has a lock on.
func removeAbandoned(dir, prefix string) {
	if dir == "" {
		dir = os.TempDir()
	}
	names, _ := filepath.Glob(filepath.Join(dir, prefix+"*"))
	for _, name := range names {
		info, err := os.Lstat(name)
		if err != nil || !info.IsDir() || !own(info) {
			continue
		}
		if lock, ok := lockFolder(name); ok {
			os.RemoveAll(name)
			lock.Close()
		}
	}
}

// own reports whether a folder is the user's.
func own(info os.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}
