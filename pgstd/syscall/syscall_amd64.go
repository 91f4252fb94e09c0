//go:build postgres

package syscall

// gettimeofday is assembly on amd64 and an ordinary system call elsewhere.
func gettimeofday(timeval *Timeval) (err Errno) { return EPERM }
