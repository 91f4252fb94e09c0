//go:build postgres && pgstdtest

package os

import (
	"internal/poll"
	"internal/syscall/unix"
	"syscall"
)

// blockUntilWaitable waits for the end of a process as for a pipe, so that other goroutines
// run meanwhile: there is one thread.
//
//pgstd:add
func (p *Process) blockUntilWaitable() (bool, error) {
	fd, err := unix.PidFDOpen(p.Pid, 0)
	if err != nil {
		return false, NewSyscallError("waitid", syscall.ECHILD)
	}
	pid := poll.FD{Sysfd: int(fd)}
	defer pid.Close()
	if err := pid.Init("file", true); err != nil {
		return false, err
	}
	var info unix.SiginfoChild
	var failed error
	err = pid.RawRead(func(uintptr) bool {
		failed = unix.Waitid(unix.P_PID, p.Pid, &info, syscall.WEXITED|syscall.WNOHANG|syscall.WNOWAIT, nil)
		return failed != nil || info.Pid != 0
	})
	if failed != nil {
		err = failed
	}
	if err != nil {
		return false, NewSyscallError("waitid", err)
	}
	return true, nil
}
