package target

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// folder is a temporary folder that its maker holds a lock on. The lock ends with the
// process, however that ends, which is how the next run knows what nobody will remove.
type folder struct {
	path string
	lock *os.File
}

// makeFolder makes a private folder: mode 0700, and a name that nobody can foresee. On the
// way it removes those that killed runs have left.
func makeFolder(dir, prefix string) (*folder, error) {
	removeAbandoned(dir, prefix)
	for {
		path, err := os.MkdirTemp(dir, prefix)
		if err != nil {
			return nil, err
		}
		// Somebody who looks for abandoned ones may have been faster.
		if lock, ok := lockFolder(path); ok {
			return &folder{path, lock}, nil
		}
	}
}

// remove removes the folder, if it is still where it was made.
func (f *folder) remove() error {
	return errors.Join(os.RemoveAll(f.path), f.lock.Close())
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
		if err != nil || !info.IsDir() || owner(info) != os.Geteuid() {
			continue
		}
		if lock, ok := lockFolder(name); ok {
			os.RemoveAll(name)
			lock.Close()
		}
	}
}

// workspaces are those of this process, by path.
var workspaces sync.Map

// workspace makes the private folder of a build.
func workspace() (string, func(), error) {
	f, err := makeFolder("", "pgstd-build-")
	if err != nil {
		return "", nil, fmt.Errorf("making a temporary folder: %w; set TMPDIR to one that can be written to", err)
	}
	workspaces.Store(f.path, f)
	return f.path, func() { removeWorkspace(f.path) }, nil
}

// removeWorkspace removes a folder of workspace.
func removeWorkspace(path string) error {
	if f, ok := workspaces.LoadAndDelete(path); ok {
		return f.(*folder).remove()
	}
	return nil
}
