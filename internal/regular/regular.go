// Package regular opens files that somebody else may have put there.
//
// Whatever stands in a file's place, the answer comes at once: a pipe, a device, a socket
// or a folder is refused without being opened for good, what is too large is not read, and
// a file that is changed while it is read is not half of each.
package regular

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// Limits of kinds of files.
const (
	Small  = 64 << 10 // a key, a signature
	Text   = 4 << 20  // a policy, a control file, go.mod
	List   = 32 << 20 // go.sum, vendor/modules.txt
	Embed  = 256 << 20
	Object = 1 << 30
)

// Error says why a file is not read.
type Error struct {
	Name     string
	Why      string
	TooLarge bool
}

func (e *Error) Error() string { return e.Name + ": " + e.Why }

// File is an open file, and what it was when it was opened.
type File struct {
	*os.File
	Info  fs.FileInfo
	limit int64
}

// Open opens a file that an author names: name is relative to dir and leads to it through
// folders alone, by no link. The caller closes it.
func Open(dir, name string, limit int64) (*File, error) {
	shown := filepath.Join(dir, name)
	if !filepath.IsLocal(name) {
		return nil, &Error{Name: shown, Why: "it lies outside of " + dir}
	}
	at, err := openat(unix.AT_FDCWD, dir, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: shown, Err: err}
	}
	defer func() { unix.Close(at) }()
	parts := strings.Split(filepath.Clean(name), string(filepath.Separator))
	for _, part := range parts[:len(parts)-1] {
		next, err := openat(at, part, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW)
		if errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP) {
			return nil, &Error{Name: shown, Why: "it is reached through " + part + ", which is no folder"}
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: shown, Err: err}
		}
		unix.Close(at)
		at = next
	}
	return openRegular(at, parts[len(parts)-1], shown, limit, unix.O_NOFOLLOW)
}

// OpenNamed opens a file that whoever runs the program has named: it may be a link.
func OpenNamed(name string, limit int64) (*File, error) {
	return openRegular(unix.AT_FDCWD, name, name, limit, 0)
}

// openRegular looks at what is there before it opens it: to open a device can have effects.
func openRegular(at int, name, shown string, limit int64, nofollow int) (*File, error) {
	var before unix.Stat_t
	flags := 0
	if nofollow != 0 {
		flags = unix.AT_SYMLINK_NOFOLLOW
	}
	if err := unix.Fstatat(at, name, &before, flags); err != nil {
		return nil, &fs.PathError{Op: "open", Path: shown, Err: err}
	}
	if why := Irregular(before.Mode); why != "" {
		return nil, &Error{Name: shown, Why: why + " in the place of a file"}
	}
	fd, err := openat(at, name, unix.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY|nofollow)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: shown, Err: err}
	}
	f := &File{File: os.NewFile(uintptr(fd), shown), limit: limit}
	if f.Info, err = f.Stat(); err == nil && !f.Info.Mode().IsRegular() {
		err = &Error{Name: shown, Why: "something else has taken its place"}
	}
	if err == nil && f.Info.Size() > limit {
		err = &Error{Name: shown, Why: fmt.Sprintf("it has %d bytes; %d are read at most", f.Info.Size(), limit), TooLarge: true}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func openat(at int, name string, flags int) (int, error) {
	for {
		fd, err := unix.Openat(at, name, flags|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// Irregular names what a mode is of, if not of a regular file.
func Irregular(mode uint32) string {
	switch mode & unix.S_IFMT {
	case unix.S_IFREG:
		return ""
	case unix.S_IFLNK:
		return "a symbolic link"
	case unix.S_IFDIR:
		return "a folder"
	case unix.S_IFIFO:
		return "a named pipe"
	case unix.S_IFSOCK:
		return "a socket"
	}
	return "a device"
}

// copyTo passes the content on, and makes sure that it was one content.
func (f *File) copyTo(w io.Writer) error {
	n, err := io.Copy(w, io.LimitReader(f, f.limit+1))
	if err != nil {
		return err
	}
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if n != f.Info.Size() || StampOf(now) != StampOf(f.Info) {
		return &Error{Name: f.Name(), Why: "it has been changed while it was read"}
	}
	return nil
}

// ReadAll reads the content and closes the file.
func (f *File) ReadAll() ([]byte, error) {
	b := bytes.NewBuffer(make([]byte, 0, f.Info.Size()+bytes.MinRead))
	if err := errors.Join(f.copyTo(b), f.Close()); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// Read reads a file that an author names.
func Read(dir, name string, limit int64) ([]byte, error) {
	f, err := Open(dir, name, limit)
	if err != nil {
		return nil, err
	}
	return f.ReadAll()
}

// ReadNamed reads a file that whoever runs the program has named.
func ReadNamed(name string, limit int64) ([]byte, error) {
	f, err := OpenNamed(name, limit)
	if err != nil {
		return nil, err
	}
	return f.ReadAll()
}

// Digest is the SHA-256 of a file that an author names, and when that was true.
func Digest(dir, name string, limit int64) (digest [sha256.Size]byte, stamp Stamp, err error) {
	f, err := Open(dir, name, limit)
	if err != nil {
		return digest, stamp, err
	}
	h := sha256.New()
	err = errors.Join(f.copyTo(h), f.Close())
	h.Sum(digest[:0])
	return digest, StampOf(f.Info), err
}

// Stamp is what the system changes whenever a file is written, replaced or moved: no
// program without privileges can set the time of a change back.
type Stamp struct {
	device, inode uint64
	size          int64
	changed       syscall.Timespec
}

// Size of the file, in bytes.
func (s Stamp) Size() int64 { return s.size }

// StampOf is the stamp of a file that has been looked at.
func StampOf(info fs.FileInfo) Stamp {
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return Stamp{size: info.Size()}
	}
	return Stamp{uint64(s.Dev), s.Ino, s.Size, s.Ctim}
}
