// Package atomicfile writes files that are either there whole or not at all:
// each is written under a temporary name beside its place and renamed into it.
//
// It does not call fsync: a file that a power cut may take is written again by
// the next build.
package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Write puts data at path with the given permissions.
func Write(path string, data []byte, perm os.FileMode) error {
	return create(path, perm, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	})
}

// Copy puts a copy of the file at from at path with the given permissions.
func Copy(path, from string, perm os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	return create(path, perm, func(f *os.File) error {
		_, err := io.Copy(f, in)
		return err
	})
}

func create(path string, perm os.FileMode, fill func(*os.File) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	// A full disk may show itself only when the file is closed.
	if err := errors.Join(fill(f), f.Chmod(perm), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
