//go:build postgres && !pgstdtest

// What a program can ask about the machine and about itself.
package os

import "syscall"

func hostname() (string, error) { return "", &SyscallError{"uname", syscall.EPERM} }

func executable() (string, error) { return "", pathError("readlink", "/proc/self/exe") }

func Getwd() (dir string, err error) { return "", &SyscallError{"getwd", syscall.EPERM} }

func Pipe() (r *File, w *File, err error) { return nil, nil, &SyscallError{"pipe2", syscall.EPERM} }
