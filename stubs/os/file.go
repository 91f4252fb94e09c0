//go:build postgres && !pgstdtest

// An open file of a world is one of the three standard ones: nothing can be
// opened. Output goes to the host's hook and input is empty, so neither
// descriptors nor the poller are behind a File.
package os

import (
	"internal/poll"
	"io"
	"syscall"
	"time"
	_ "unsafe" // for go:linkname
)

type file struct {
	descriptor uintptr
	name       string
	closed     bool
	appendMode bool
}

// pgstd_write is the output hook of package runtime.
//
//go:linkname pgstd_write runtime.pgstd_write
//pgstd:add
func pgstd_write(stream int, p *byte, n int)

// newFileFromNewFile makes a File of any number, as programs may ask for one
// only to find out whether it works.
func newFileFromNewFile(fd uintptr, name string) *File {
	if int(fd) < 0 {
		return nil
	}
	return &File{&file{descriptor: fd, name: name}}
}

// fails is the error of an operation on a file that has it in principle.
//
//pgstd:add
func (f *File) fails(op string) error { return &PathError{Op: op, Path: f.name, Err: syscall.EPERM} }

// isStandard reports whether the file is one of the three that exist.
//
//pgstd:add
func (f *File) isStandard() bool { return f.descriptor <= uintptr(syscall.Stderr) }

func (f *File) checkValid(op string) error {
	switch {
	case f == nil:
		return ErrInvalid
	case f.closed:
		return &PathError{Op: op, Path: f.name, Err: ErrClosed}
	}
	return nil
}

func (f *File) fd() uintptr {
	if f.closed {
		return ^uintptr(0)
	}
	return f.descriptor
}

func (f *File) Close() error {
	if err := f.checkValid("close"); err != nil {
		return err
	}
	f.closed = true
	return nil
}

func (f *File) read(b []byte) (int, error) {
	if f.descriptor != uintptr(syscall.Stdin) {
		return 0, syscall.EPERM
	}
	if len(b) == 0 {
		return 0, nil
	}
	return 0, io.EOF
}

func (f *File) write(b []byte) (int, error) {
	if f.descriptor != uintptr(syscall.Stdout) && f.descriptor != uintptr(syscall.Stderr) {
		return 0, syscall.EPERM
	}
	if len(b) > 0 {
		pgstd_write(int(f.descriptor), &b[0], len(b))
	}
	return len(b), nil
}

func (f *File) pread([]byte, int64) (int, error)  { return 0, syscall.EPERM }
func (f *File) pwrite([]byte, int64) (int, error) { return 0, syscall.EPERM }

// The fast ways between descriptors are not for these files.

func (f *File) readFrom(io.Reader) (int64, bool, error) { return 0, false, nil }
func (f *File) writeTo(io.Writer) (int64, bool, error)  { return 0, false, nil }

// epipecheck would raise SIGPIPE for a broken standard output.
func epipecheck(*File, error) {}

func (f *File) Seek(offset int64, whence int) (ret int64, err error) {
	if err := f.checkValid("seek"); err != nil {
		return 0, err
	}
	return 0, f.fails("seek")
}

// Stat describes the standard files as what they are most like, pipes: programs
// ask whether these are terminals, and many do not expect an error.
func (f *File) Stat() (FileInfo, error) {
	if err := f.checkValid("stat"); err != nil {
		return nil, err
	}
	if !f.isStandard() {
		return nil, f.fails("stat")
	}
	return &fileStat{name: [...]string{"stdin", "stdout", "stderr"}[f.descriptor], mode: ModeNamedPipe | 0o600}, nil
}

// Sync has nothing to do: what is written has been taken by the host.
func (f *File) Sync() error {
	if err := f.checkValid("sync"); err != nil || f.isStandard() {
		return err
	}
	return f.fails("sync")
}

func (f *File) chmod(FileMode) error { return f.refuse("chmod") }

func (f *File) Chown(uid, gid int) error { return f.refuse("chown") }

func (f *File) Truncate(size int64) error { return f.refuse("truncate") }

func (f *File) Chdir() error { return f.refuse("chdir") }

// refuse is fails for operations that no file has.
//
//pgstd:add
func (f *File) refuse(op string) error {
	if err := f.checkValid(op); err != nil {
		return err
	}
	return f.fails(op)
}

func (f *File) readdir(int, readdirMode) ([]string, []DirEntry, []FileInfo, error) {
	return nil, nil, nil, f.refuse("readdirent")
}

func (f *File) lstatatNolog(name string) (FileInfo, error) {
	return nil, &PathError{Op: "fstatat", Path: name, Err: syscall.EPERM}
}

func (f *File) setDeadline(time.Time) error { return f.noDeadline("set deadline") }

func (f *File) setReadDeadline(time.Time) error { return f.noDeadline("set deadline") }

func (f *File) setWriteDeadline(time.Time) error { return f.noDeadline("set deadline") }

// noDeadline: the standard files have none, as on a stock Go whose standard
// files are not pollable.
//
//pgstd:add
func (f *File) noDeadline(op string) error {
	if err := f.checkValid(op); err != nil {
		return err
	}
	return poll.ErrNoDeadline
}

// rawConn would give the descriptor to a function.
type rawConn struct{ file *File }

func newRawConn(file *File) (*rawConn, error) { return &rawConn{file}, nil }

func (c *rawConn) Control(func(uintptr)) error { return c.file.refuse("SyscallConn.Control") }

func (c *rawConn) Read(func(uintptr) bool) error { return c.file.refuse("SyscallConn.Read") }

func (c *rawConn) Write(func(uintptr) bool) error { return c.file.refuse("SyscallConn.Write") }

// net_newUnixFile is where package net would make a File of a connection. No code leads
// there; what is linked whole needs the symbol all the same.
//
//go:linkname net_newUnixFile net.newUnixFile
//pgstd:add
func net_newUnixFile(fd int, name string) *File { return nil }
