//go:build postgres && !pgstdtest

// No program can be found and none started, so of a Cmd there are only the parts
// that describe it.
package exec

import (
	"errors"
	"sync/atomic"
	"syscall"
)

func lookPath(file string) (string, error) {
	err := validateLookPath(file)
	if err == nil {
		err = syscall.EPERM
	}
	return "", &Error{Name: file, Err: err}
}

func (c *Cmd) Start() error {
	switch {
	case atomic.SwapInt32(&c.startCalled, 1) != 0:
		return errors.New("exec: already started")
	case c.Err != nil:
		return c.Err
	case c.ctx != nil && c.ctx.Err() != nil:
		return c.ctx.Err()
	}
	return &Error{Name: c.Path, Err: syscall.EPERM}
}
