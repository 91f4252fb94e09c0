//go:build postgres && !pgstdtest

package pprof

import (
	"io"
	"os"
	"syscall"
)

// StartCPUProfile needs a timer signal, which nothing in a world receives.
func StartCPUProfile(w io.Writer) error { return os.NewSyscallError("setitimer", syscall.EPERM) }
