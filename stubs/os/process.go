//go:build postgres && !pgstdtest

// There are no processes: none can be started, none can be seen, and the
// backend's own is no business of a world.
package os

import "syscall"

func startProcess(name string, argv []string, attr *ProcAttr) (*Process, error) {
	return nil, pathError("fork/exec", name)
}

// findProcess succeeds, as it always does on Unix; what is done with the result
// fails.
func findProcess(pid int) (*Process, error) { return newPIDProcess(pid), nil }

func (p *Process) wait() (*ProcessState, error) { return nil, &SyscallError{"wait", syscall.EPERM} }

func (p *Process) signal(sig Signal) error { return &SyscallError{"kill", syscall.EPERM} }
