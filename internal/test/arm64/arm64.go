// Package arm64 keeps a PostgreSQL for arm64 on an amd64 machine, for tests: a folder of
// package servers, whose programs the kernel runs through qemu (binfmt_misc).
//
// While it is in use, this process holds a lock, and the kernel knows the emulator;
// afterwards it is as before. Telling the kernel takes root. Where a machine or its kernel
// refuses, ErrUnavailable says why.
package arm64

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"

	"github.com/pgstd/pgstd/internal/cluster"
	"github.com/pgstd/pgstd/internal/majors"
	"github.com/pgstd/pgstd/internal/pgconfig"
	"github.com/pgstd/pgstd/internal/test/servers"
)

// Target is what extensions for this PostgreSQL are built for.
const Target = "linux-postgres-arm64"

// ErrUnavailable says that there can be no such PostgreSQL here.
var ErrUnavailable = errors.New("no PostgreSQL for arm64 on this machine")

// MajorVariable names the major of PostgreSQL in the environment: empty is the first of those
// that are tested.
const MajorVariable = "PGSTD_ARM64_MAJOR"

// System is a PostgreSQL for arm64 that is ready for use.
type System struct {
	PGConfig string           // answers for it
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
		return nil, fmt.Errorf("%w: only root can tell the kernel of an emulator", ErrUnavailable)
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
	if err := s.open(ctx, cacheDir); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *System) open(ctx context.Context, cacheDir string) error {
	major, err := chosenMajor()
	if err != nil {
		return err
	}
	if err := syscall.Flock(int(s.lock.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("locking %s: %w", s.lock.Name(), err)
	}
	if s.binfmt, err = register(); err != nil {
		return err
	}
	bin, err := servers.FolderFor(ctx, cacheDir, major, "arm64")
	if errors.Is(err, servers.ErrUnavailable) {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if err != nil {
		return err
	}
	s.PGConfig = filepath.Join(bin, "pg_config")
	s.PG, err = pgconfig.Find(ctx, s.PGConfig)
	return err
}

func chosenMajor() (majors.Major, error) {
	value := os.Getenv(MajorVariable)
	if value == "" {
		return majors.Tested()[0], nil
	}
	n, err := strconv.Atoi(value)
	m, ok := majors.Find(n)
	if err != nil || !ok || !m.Tested() {
		return m, fmt.Errorf("%s=%s is not among the majors that are tested", MajorVariable, value)
	}
	return m, nil
}

// Options are those of a cluster of this PostgreSQL. The client is this machine's own: no
// emulator is in the way.
func (s *System) Options() cluster.Options { return cluster.Options{PG: s.PG, Psql: "psql"} }

// Close gives everything back. It can be called more than once.
func (s *System) Close() error {
	var errs []error
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
