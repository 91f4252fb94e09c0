// Package atomicfile writes files that are either there whole or not at all:
// each is written under a temporary name beside its place and renamed into it.
//
// It does not call fsync: a file that a power cut may take is written again by
// the next build.
package atomicfile

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// File is one of several files that belong together.
type File struct {
	Path string
	Data []byte
	Perm os.FileMode
}

// WriteAll writes files that belong together: none of them takes its name
// before all are written.
func WriteAll(files ...File) (err error) {
	var temporary []string
	defer func() {
		for _, name := range temporary {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	for _, f := range files {
		name, err := create(f.Path, f.Perm, func(w *os.File) error {
			_, err := w.Write(f.Data)
			return err
		})
		if err != nil {
			return err
		}
		temporary = append(temporary, name)
	}
	for _, f := range files {
		if err := os.Rename(temporary[0], f.Path); err != nil {
			return err
		}
		temporary = temporary[1:]
	}
	return nil
}

// Write puts data at path with the given permissions.
func Write(path string, data []byte, perm os.FileMode) error {
	return WriteAll(File{path, data, perm})
}

// Copy puts a copy of the file at from at path with the given permissions.
func Copy(path, from string, perm os.FileMode) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	name, err := create(path, perm, func(f *os.File) error {
		_, err := io.Copy(f, in)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Rename(name, path); err != nil {
		return errors.Join(err, os.Remove(name))
	}
	return nil
}

// CheckFolder finds out, before the work that makes a result, whether it can be put into a folder
// that is there.
func CheckFolder(dir string) error {
	f, err := os.CreateTemp(dir, ".pgbuild-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// create makes a temporary file beside path and returns its name.
func create(path string, perm os.FileMode, fill func(*os.File) error) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	// A full disk may show itself only when the file is closed.
	if err := errors.Join(fill(f), f.Chmod(perm), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// Seal puts the digest of data before it, so that Unseal notices whatever has happened to it
// on a disk.
func Seal(data []byte) []byte {
	digest := sha256.Sum256(data)
	return append(digest[:], data...)
}

// Unseal returns what Seal was given, and whether it is that still.
func Unseal(file []byte) (data []byte, ok bool) {
	if len(file) < sha256.Size {
		return nil, false
	}
	data = file[sha256.Size:]
	digest := sha256.Sum256(data)
	return data, bytes.Equal(digest[:], file[:sha256.Size])
}
