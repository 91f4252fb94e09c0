package cluster

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// scratchPrefix begins the name of every cluster's directory.
const scratchPrefix = "pgstd-pg-"

// owner holds a cluster's directory. The lock on it ends with the process,
// however that ends, which is how the next one knows what nobody will remove.
type owner struct {
	dir  string
	lock *os.File
}

// claim makes a directory of mode 0700 that belongs to the server's account.
func claim(base string, a *account) (*owner, error) {
	removeAbandoned(base)
	dir, err := os.MkdirTemp(base, scratchPrefix)
	if err != nil {
		return nil, fmt.Errorf("cannot make a directory for the scratch cluster: %w; set TMPDIR to one that can be written", err)
	}
	o := &owner{dir: dir}
	if o.lock, err = lock(dir); err == nil {
		err = a.own(dir)
	}
	if err != nil {
		o.release()
		return nil, err
	}
	return o, nil
}

func (o *owner) release() error {
	err := os.RemoveAll(o.dir)
	if o.lock != nil {
		err = errors.Join(err, o.lock.Close())
		o.lock = nil
	}
	return err
}

// removeAbandoned removes the directories of processes that were killed. Others
// may be removing them too, or may own them: neither is this process's business.
func removeAbandoned(base string) {
	dirs, _ := filepath.Glob(filepath.Join(base, scratchPrefix+"*"))
	for _, dir := range dirs {
		// A young one may be about to be locked, an abandoned server to end.
		if info, err := os.Lstat(dir); err != nil || !info.IsDir() || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		if l, err := lock(dir); err == nil {
			os.RemoveAll(dir)
			l.Close()
		}
	}
}

// lock takes the directory's lock or fails at once.
func lock(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
