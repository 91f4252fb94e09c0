//go:build postgres && !pgstdtest

package syscall

// Getpid is 0: that the backend is a process is not a world's business, and its
// number is what a kill would need.
func Getpid() (pid int) { return 0 }

func Getppid() (ppid int) { return 0 }
