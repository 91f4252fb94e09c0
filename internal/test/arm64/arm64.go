// Package arm64 keeps a PostgreSQL for arm64 on an amd64 machine, for tests: a small
// Debian in a folder, whose programs the kernel runs through qemu (binfmt_misc).
//
// The folder is made once, which takes minutes and the network, and kept. While it is
// in use, this process holds a lock, and the kernel knows the emulator; afterwards
// both are as before. Nothing is mounted into the folder, so it can be removed at any
// time. It takes root. Where a machine or its kernel refuses, ErrUnavailable says why.
package arm64

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/pgstd/pgstd/internal/atomicfile"
	"github.com/pgstd/pgstd/internal/pgconfig"
)

// Target is what extensions for this PostgreSQL are built for.
const Target = "linux-postgres-arm64"

// ErrUnavailable says that there can be no such PostgreSQL here.
var ErrUnavailable = errors.New("no PostgreSQL for arm64 on this machine")

// System is a Debian for arm64 that is ready for use.
type System struct {
	Root     string           // its root directory
	Base     string           // a folder with the same name inside and outside
	PGConfig string           // answers for its PostgreSQL, with the names from outside
	PG       *pgconfig.Config // what PGConfig answers

	lock   *os.File
	binfmt *binfmt
}

// Open makes the system ready, and makes it if it is not there. It waits for other
// processes to be done with it. The caller calls Close.
func Open(ctx context.Context, cacheDir string) (*System, error) {
	if runtime.GOARCH != "amd64" {
		return nil, fmt.Errorf("%w: it is for amd64 machines, this is one of %s", ErrUnavailable, runtime.GOARCH)
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("%w: only root can run programs in another file system", ErrUnavailable)
	}
	dir := filepath.Join(cacheDir, "arm64")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	s := &System{lock: lock}
	if err := s.open(ctx, filepath.Join(dir, "debian-"+release)); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *System) open(ctx context.Context, dir string) (err error) {
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %s: %w", s.lock.Name(), err)
	}
	if s.binfmt, err = register(); err != nil {
		return err
	}
	if err := makeOnce(ctx, dir); err != nil {
		return err
	}
	s.Root, s.PGConfig = filepath.Join(dir, "root"), filepath.Join(dir, "pg_config")
	if err := atomicfile.Write(s.PGConfig, []byte(pgConfig), 0o755); err != nil {
		return err
	}
	if s.PG, err = pgconfig.Find(ctx, s.PGConfig); err != nil {
		return err
	}
	s.removeAbandoned()
	s.Base, err = sharedFolder(s.Root)
	return err
}

// Close gives everything back. It can be called more than once.
func (s *System) Close() error {
	var errs []error
	if s.Base != "" {
		errs = append(errs, os.RemoveAll(filepath.Join(s.Root, s.Base)), os.Remove(s.Base))
		s.Base = ""
	}
	if s.binfmt != nil {
		errs = append(errs, s.binfmt.unregister())
		s.binfmt = nil
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Close())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// sharedPrefix begins the name of every shared folder, in temporary.
const (
	temporary    = "/tmp"
	sharedPrefix = "pgstd-arm64-"
)

// sharedFolder makes a folder in the system's /tmp, and a link of that name in this
// machine's that leads there: both sides know it by one name, which is short enough
// for sockets, and nothing is mounted.
func sharedFolder(root string) (string, error) {
	folder, err := os.MkdirTemp(filepath.Join(root, temporary), sharedPrefix)
	if err != nil {
		return "", err
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		return "", err
	}
	name := filepath.Join(temporary, filepath.Base(folder))
	if err := os.Symlink(folder, name); err != nil {
		return "", errors.Join(err, os.Remove(folder))
	}
	return name, nil
}

// removeAbandoned removes what processes left behind that were killed. The lock
// says that nobody uses it.
func (s *System) removeAbandoned() {
	links, _ := filepath.Glob(filepath.Join(temporary, sharedPrefix+"*"))
	for _, link := range links {
		folder, err := os.Readlink(link)
		if err == nil && filepath.Dir(folder) == filepath.Join(s.Root, temporary) {
			os.Remove(link)
		}
	}
	folders, _ := filepath.Glob(filepath.Join(s.Root, temporary, sharedPrefix+"*"))
	for _, folder := range folders {
		os.RemoveAll(folder)
	}
}
