package cluster

import (
	"runtime"
	"syscall"
)

// start starts the postmaster such that it does not outlive this process, even
// one that is killed. The kernel sends the signal when the *thread* that started
// it ends, so that thread is kept until the postmaster has ended.
func (s *server) start() error {
	s.cmd.SysProcAttr.Pdeathsig = syscall.SIGQUIT
	started := make(chan error)
	go func() {
		// Never unlocked: the thread ends with this goroutine, and not before.
		runtime.LockOSThread()
		err := s.cmd.Start()
		started <- err
		if err != nil {
			return
		}
		s.cmd.Wait()
		close(s.done)
	}()
	return <-started
}
